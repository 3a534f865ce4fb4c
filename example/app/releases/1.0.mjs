// Release 1.0 of Customer Vault: a customer's number is in `customers.phone`.

/** @type {import("../release.mjs").Queries} */
export const queries = {
  insert: `
    INSERT INTO customers (name, email, phone) VALUES ($1, $2, $3)
    RETURNING id, name, email, phone, created_at`,
  get: `
    SELECT id, name, email, phone, created_at FROM customers WHERE id = $1`,
  list: `
    SELECT id, name, email, phone, created_at FROM customers
    WHERE id > $1 ORDER BY id LIMIT $2`,
  // A phone can be cleared, so null alone cannot tell "leave it": $4 says whether $5 counts.
  update: `
    UPDATE customers
    SET name = coalesce($2, name), email = coalesce($3, email),
        phone = CASE WHEN $4::boolean THEN $5 ELSE phone END,
        updated_at = now()
    WHERE id = $1
    RETURNING id, name, email, phone, created_at`,
  remove: `
    DELETE FROM customers WHERE id = $1`,
};

/** @type {import("../release.mjs").FailsRequest} */
export function failsRequest() {
  return false;
}
