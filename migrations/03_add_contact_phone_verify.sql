-- The column stays, so it is asked for always; the trigger only as long as there is an old column to sync.

SELECT 'customers.contact_phone is missing' AS problem
WHERE NOT EXISTS (
    SELECT FROM pg_attribute
    WHERE attrelid = to_regclass('customers') AND attname = 'contact_phone' AND NOT attisdropped
)
UNION ALL
SELECT 'customers.phone and contact_phone are not kept equal: the trigger is missing or disabled'
WHERE EXISTS (
    SELECT FROM pg_attribute
    WHERE attrelid = to_regclass('customers') AND attname = 'phone' AND NOT attisdropped
)
AND NOT EXISTS (
    SELECT FROM pg_trigger
    WHERE tgrelid = to_regclass('customers')
      AND tgname = 'customers_sync_contact_phone'
      AND tgenabled IN ('O', 'A')
);
