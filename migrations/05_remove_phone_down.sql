-- Gives release 1.0 its column back, filled from contact_phone, and the trigger of 03 with it.
--
-- What was dropped is gone, but it was equal to contact_phone at that moment; what 1.1 wrote since is there
-- as well, and that is newer. So the values are right for 1.0 from the first read, though not taken from the
-- old column. Had the two differed when it was dropped, only a backup would still have the old ones.
--
-- Holds the table for the whole update: stop the app or expect it to wait.

ALTER TABLE customers ADD COLUMN phone text;

UPDATE customers SET phone = contact_phone WHERE contact_phone IS NOT NULL;

-- The same as in 03 to the letter, for the same reasons.
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

CREATE TRIGGER customers_sync_contact_phone
    BEFORE INSERT OR UPDATE ON customers
    FOR EACH ROW EXECUTE FUNCTION customers_sync_contact_phone();
