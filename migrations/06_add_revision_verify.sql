SELECT 'customers.revision is missing' AS problem
WHERE NOT EXISTS (
    SELECT FROM pg_attribute
    WHERE attrelid = to_regclass('customers') AND attname = 'revision' AND NOT attisdropped
);
