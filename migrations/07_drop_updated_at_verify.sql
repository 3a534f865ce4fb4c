SELECT 'customers.updated_at is still there' AS problem
FROM pg_attribute
WHERE attrelid = to_regclass('customers') AND attname = 'updated_at' AND NOT attisdropped;
