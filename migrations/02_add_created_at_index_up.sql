-- For the report on new customers per day. A plain CREATE INDEX holds writers off while it builds, which
-- takes no time here: this file belongs to the first release, whose table is still empty.

CREATE INDEX customers_created_at_idx ON customers (created_at);
