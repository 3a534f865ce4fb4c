-- Ends the move: nobody reads or writes phone any more. The backfill's `remaining` was 0 before this may
-- run, so every value that goes is also in contact_phone.

-- The trigger first: it names the column that goes. All three in one transaction, so no write falls between.
DROP TRIGGER customers_sync_contact_phone ON customers;
DROP FUNCTION customers_sync_contact_phone();

-- No CASCADE: a view that still reads the column should stop this, not disappear with it.
ALTER TABLE customers DROP COLUMN phone;
