-- Takes every customer with it: only a backup gives them back.
-- No CASCADE: what has come to depend on the table since then should stop this, not go unnoticed.

DROP TABLE customers;
