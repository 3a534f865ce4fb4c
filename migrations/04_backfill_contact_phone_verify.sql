-- Raises when a customer would lose the number with the old column. After the contract file there is
-- nothing left to compare, hence the query that is only parsed where both columns exist.

DO $$
DECLARE
    differing bigint;
BEGIN
    IF EXISTS (
        SELECT FROM pg_attribute
        WHERE attrelid = to_regclass('customers') AND attname = 'phone' AND NOT attisdropped
    ) THEN
        EXECUTE 'SELECT count(*) FROM customers WHERE contact_phone IS DISTINCT FROM phone'
            INTO differing;
        IF differing > 0 THEN
            RAISE EXCEPTION '% customers have a phone that contact_phone does not hold', differing
                USING HINT = 'Run the backfill again, and see that the trigger of 03 is enabled.';
        END IF;
    END IF;
END
$$;
