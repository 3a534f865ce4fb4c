DROP INDEX customers_created_at_idx;
