-- Loses no value: the trigger has written everything that 1.1 stored to phone, too. For that, 1.1 must be
-- gone before this runs, as must the contract file 05 be undone.

DROP TRIGGER customers_sync_contact_phone ON customers;
DROP FUNCTION customers_sync_contact_phone();
ALTER TABLE customers DROP COLUMN contact_phone;
