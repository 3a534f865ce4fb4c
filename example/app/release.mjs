// Loads the release that this process is to be: its queries and its faults.

import { readdir } from "node:fs/promises";

/**
 * The statements of a release. Each returns the customer under the API's names, whatever the columns.
 *
 * @typedef {object} Queries
 * @property {string} insert $1 name, $2 email, $3 phone
 * @property {string} get $1 id
 * @property {string} list $1 id to start after, $2 rows at most
 * @property {string} update $1 id, $2 name or null, $3 email or null, $4 whether to set the phone, $5 phone
 * @property {string} remove $1 id
 */

/**
 * Whether the release answers the nth request to /customers (from 1) with a 500.
 *
 * @typedef {(ordinal: number) => boolean} FailsRequest
 */

/** @typedef {{ label: string, queries: Queries, failsRequest: FailsRequest }} Release */

const folder = new URL("./releases/", import.meta.url);

/**
 * @param {string | undefined} label for example `1.1`
 * @returns {Promise<Release>}
 * @throws {Error} when there is no such release; names those that there are
 */
export async function loadRelease(label) {
  const labels = (await readdir(folder)).map((file) => file.replace(/\.mjs$/, "")).sort();
  // Compared with the folder's content, so that the argument cannot lead anywhere else.
  if (label === undefined || !labels.includes(label)) {
    throw new Error(
      `Expected a release (${labels.join(", ")}), got ${label === undefined ? "none" : `"${label}"`}. ` +
        `Try: node example/app/server.mjs ${labels[0]}`,
    );
  }
  const { queries, failsRequest } = await import(new URL(`${label}.mjs`, folder).href);
  return { label, queries, failsRequest };
}
