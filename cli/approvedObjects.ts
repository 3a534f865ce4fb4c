// What an approval would take away, as the database has it now, for whoever is asked to give it.
import type { LedgerState } from "../engine/ledger/ledger.ts";
import { removalsOf } from "../engine/lint/removals.ts";
import { readDependants, type Dependants } from "../engine/schema/dependants.ts";
import { fileId } from "../engine/sources/fileId.ts";
import type { Migration } from "../engine/sources/migration.ts";
import { lookAtDatabase } from "./seenDatabase.ts";

/** What was seen, or why not. */
export type ApprovedObjects =
  { readonly seen: Dependants; readonly display: string } | { readonly unseen: string };

/**
 * Looks at the database that the environment names. Where files below are still to be expanded nothing is bound: what they add may
 * hang on the same objects.
 * @throws LockstepError CONFIG for a database that is named wrongly.
 */
export async function seeApprovedObjects(
  env: Readonly<Record<string, string | undefined>>,
  migrations: readonly Migration[],
  covered: readonly Migration[],
): Promise<ApprovedObjects> {
  const removed = await removalsOf(covered);
  const look = await lookAtDatabase(env, async (client, ledger) => {
    const open = expandBefore(covered.at(-1), migrations, ledger);
    return open ? fileId(open) : await readDependants(client, removed);
  });
  if ("unseen" in look) return look;
  const { found, display } = look;
  if (typeof found !== "string") return { seen: found, display };
  return { unseen: `${found} is not applied to ${display} yet, and may change what hangs on it` };
}

function expandBefore(
  last: Migration | undefined,
  migrations: readonly Migration[],
  { applied }: LedgerState,
): Migration | undefined {
  const done = new Set(applied.map(({ number }) => number));
  return migrations.find(
    ({ stage, order, repeatable }) =>
      stage === "expand" && !repeatable && last && order < last.order && !done.has(order),
  );
}

/** The same for people. */
export function describeApproved(objects: ApprovedObjects): readonly string[] {
  if ("unseen" in objects) {
    return ["not bound to what hangs on these objects in the database:", `  ${objects.unseen}`];
  }
  const { seen, display } = objects;
  if (seen.objects.length === 0) return [];
  return [
    `bound to what hangs on it in ${display}; what comes or goes there before contract makes the approval void:`,
    ...seen.objects.map((object) => `  ${object}`),
  ];
}
