// Release 1.2 of Customer Vault: counts changes in `customers.revision`, and is broken on purpose, so that
// there is a release for the health gate to refuse.

import { queries as previous } from "./1.1.mjs";

/** @type {import("../release.mjs").Queries} */
export const queries = {
  ...previous,
  update: `
    UPDATE customers
    SET name = coalesce($2, name), email = coalesce($3, email),
        contact_phone = CASE WHEN $4::boolean THEN $5 ELSE contact_phone END,
        revision = revision + 1
    WHERE id = $1
    RETURNING id, name, email, contact_phone AS phone, created_at`,
};

/**
 * Every eighth request, 12.5 %: over the gate's limit with any sample, and the same in every run.
 *
 * @type {import("../release.mjs").FailsRequest}
 */
export function failsRequest(ordinal) {
  return ordinal % 8 === 0;
}
