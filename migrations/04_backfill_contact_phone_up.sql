-- lockstep: backfill table=customers key=id batch=5000 remaining=select count(*) from customers where contact_phone is distinct from phone
--
-- Fills the rows from before the trigger. Rows written meanwhile are the trigger's, so a batch never meets a
-- row whose contact_phone is newer than its phone. The condition makes a second run, or a catch-up, cheap.

UPDATE customers
SET contact_phone = phone
WHERE contact_phone IS DISTINCT FROM phone;
