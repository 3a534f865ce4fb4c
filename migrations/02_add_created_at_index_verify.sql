-- An index can be there and yet be unusable, which only shows as a slow report.

SELECT 'customers_created_at_idx is missing or not valid' AS problem
WHERE NOT EXISTS (
    SELECT FROM pg_index
    WHERE indexrelid = to_regclass('customers_created_at_idx') AND indisvalid
);
