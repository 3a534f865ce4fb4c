SELECT 'customers.' || attname || ' is still there' AS problem
FROM pg_attribute
WHERE attrelid = to_regclass('customers') AND attname = 'phone' AND NOT attisdropped
UNION ALL
SELECT 'the trigger on customers still writes to the removed column'
FROM pg_trigger
WHERE tgrelid = to_regclass('customers') AND tgname = 'customers_sync_contact_phone';
