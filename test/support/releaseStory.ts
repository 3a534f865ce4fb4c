// What the stories of a release ask again and again, on whichever platform they are told.
import assert from "node:assert/strict";
import type { LoadReport } from "../integration/example/vaultProcess.ts";
import { queryAll } from "./database.ts";
import type { PulumiProject } from "./pulumiProject.ts";

/** The numbers of the files that the ledger has, in their order. */
export async function appliedFiles(url: string): Promise<readonly string[]> {
  const rows = await queryAll<{ label: string }>(
    url,
    "select label from lockstep.migration order by number",
  );
  return rows.map(({ label }) => label);
}

/** The columns that the table `customers` has now. */
export async function customerColumns(url: string): Promise<readonly string[]> {
  const rows = await queryAll<{ attname: string }>(
    url,
    "select attname from pg_attribute where attrelid = 'customers'::regclass and attnum > 0 and not attisdropped",
  );
  return rows.map(({ attname }) => attname);
}

/** How each backup of the ledger was proven. */
export async function backupProofs(url: string): Promise<readonly string[]> {
  const rows = await queryAll<{ proof: string }>(
    url,
    "select data->>'proof' as proof from lockstep.event where kind = 'backup' order by seq",
  );
  return rows.map(({ proof }) => proof);
}

/** Approves all contract files of the stack `dev`. */
export async function approveAll(project: PulumiProject): Promise<void> {
  const reason = ["--reason", "story"];
  const { exitCode, text } = await project.lockstep(
    "approve",
    "--stack",
    "dev",
    "--yes",
    ...reason,
  );
  assert.equal(exitCode, 0, text);
}

/** Fails unless what an update showed live holds `lines`, in their order. */
export function ensureShownInOrder(text: string, lines: readonly string[]): void {
  const live = text.slice(text.indexOf("Updating"), text.lastIndexOf("Diagnostics:"));
  const places = lines.map((line) => live.indexOf(line));
  assert.ok(
    places.every((at) => at >= 0),
    live,
  );
  assert.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
  );
}

/** A customer as release 1.1's table holds it. */
export interface StoredCustomer {
  readonly id: string;
  readonly email: string;
  readonly contact_phone: string | null;
}

/** Fails unless every value that the load was told is stored is there. @returns all that is stored. */
export async function ensureValuesKept(
  url: string,
  { customers }: LoadReport,
): Promise<readonly StoredCustomer[]> {
  const rows = await queryAll<StoredCustomer>(
    url,
    "select id::text, email, contact_phone from customers",
  );
  const stored = new Map(rows.map((row) => [Number(row.id), row]));
  assert.ok(customers.length > 0);
  for (const { id, email, phone } of customers) {
    const row = stored.get(id);
    assert.deepEqual([row?.email, row?.contact_phone], [email, phone], `customer ${id}`);
  }
  return rows;
}
