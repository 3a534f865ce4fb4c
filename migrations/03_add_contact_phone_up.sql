-- Customer Vault 1.1 moves customers.phone to customers.contact_phone.
--
-- From here until the contract file 05, releases 1.0 (knows only phone) and 1.1 (knows only contact_phone)
-- run side by side, so the two columns are kept equal in both directions by the server: 1.1 must see what
-- 1.0 writes during the rollout, and 1.0 must see what 1.1 wrote if the release is rolled back.

-- Nullable and without a default: no rewrite of the table.
ALTER TABLE customers ADD COLUMN contact_phone text;

-- The fixed search_path keeps an operator or type in somebody's own schema from being picked up here.
CREATE FUNCTION customers_sync_contact_phone() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        -- The column that the writing release does not know is null. Both given: the new one counts.
        IF NEW.contact_phone IS NULL THEN
            NEW.contact_phone := NEW.phone;
        ELSE
            NEW.phone := NEW.contact_phone;
        END IF;
    ELSIF NEW.contact_phone IS DISTINCT FROM OLD.contact_phone THEN
        -- Written by 1.1 (or by the backfill). Where both changed, the new column counts as well.
        NEW.phone := NEW.contact_phone;
    ELSE
        -- Written by 1.0. Where neither changed they can only differ in a row from before this
        -- trigger which the backfill has not reached: the old column still holds its value.
        NEW.contact_phone := NEW.phone;
    END IF;
    RETURN NEW;
END
$$;

-- Before, in the same row version: no reader ever sees the columns differ. On every update, not only
-- UPDATE OF these columns, so that another trigger's change to one of them does not slip past.
CREATE TRIGGER customers_sync_contact_phone
    BEFORE INSERT OR UPDATE ON customers
    FOR EACH ROW EXECUTE FUNCTION customers_sync_contact_phone();
