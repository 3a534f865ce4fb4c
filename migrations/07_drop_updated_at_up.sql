-- 1.2 writes revision in its place. Releases 1.0 and 1.1 write updated_at with each change, so they fail from
-- here on: this is for when 1.2 has proven itself.

ALTER TABLE customers DROP COLUMN updated_at;
