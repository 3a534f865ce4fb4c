-- The counts are lost; nothing but 1.2 reads them.

ALTER TABLE customers DROP COLUMN revision;
