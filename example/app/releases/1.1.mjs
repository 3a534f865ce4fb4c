// Release 1.1 of Customer Vault: the number has moved to `customers.contact_phone`.
//
// It never names the old column, so it works before the contract file removes that and after. It needs no
// fallback to it either: the backfill ends before this release starts, and what 1.0 writes beside it reaches
// the new column through the trigger.

/** @type {import("../release.mjs").Queries} */
export const queries = {
  insert: `
    INSERT INTO customers (name, email, contact_phone) VALUES ($1, $2, $3)
    RETURNING id, name, email, contact_phone AS phone, created_at`,
  get: `
    SELECT id, name, email, contact_phone AS phone, created_at FROM customers WHERE id = $1`,
  list: `
    SELECT id, name, email, contact_phone AS phone, created_at FROM customers
    WHERE id > $1 ORDER BY id LIMIT $2`,
  update: `
    UPDATE customers
    SET name = coalesce($2, name), email = coalesce($3, email),
        contact_phone = CASE WHEN $4::boolean THEN $5 ELSE contact_phone END,
        updated_at = now()
    WHERE id = $1
    RETURNING id, name, email, contact_phone AS phone, created_at`,
  remove: `
    DELETE FROM customers WHERE id = $1`,
};

/** @type {import("../release.mjs").FailsRequest} */
export function failsRequest() {
  return false;
}
