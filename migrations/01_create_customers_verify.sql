-- Returns a row for each column that every release relies on and that is not there.
-- Only columns that no later file removes: this runs again after those.

SELECT expected.name AS missing_column
FROM (VALUES ('id'), ('name'), ('email'), ('created_at')) AS expected (name)
WHERE NOT EXISTS (
    SELECT FROM pg_attribute
    WHERE attrelid = to_regclass('customers') AND attname = expected.name AND NOT attisdropped
);
