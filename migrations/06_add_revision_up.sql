-- Customer Vault 1.2 counts a customer's changes in place of noting the time of the last one.

-- A constant default is kept in the catalogue: no rewrite of the table. 1.1, which does not know the column,
-- leaves it at its default.
ALTER TABLE customers ADD COLUMN revision integer NOT NULL DEFAULT 1;
