// What changed since a plan was previewed, found out from its digest alone: the plans that one change would make of this one.
import type { LedgerState } from "../ledger/ledger.ts";
import { withoutSoak } from "../soak/soakPolicy.ts";
import { fileId } from "../sources/fileId.ts";
import type { Migration } from "../sources/migration.ts";
import { digestPlan, planFileDigest } from "./planDigest.ts";
import { planReleaseFiles, type ReleaseScope } from "./releaseFiles.ts";

/** Files, the latest applied first, that may have been pending then. */
const MOST_APPLIED = 20;
/** Plans of more files are compared with fewer others. */
const MOST_FILES = 200;

interface Guess {
  readonly files: readonly Migration[];
  readonly initial: boolean;
  readonly says: readonly string[];
}

/**
 * What made the plan of digest `wanted` into the plan of now: files applied or added since, an approval that came or went.
 * @returns undefined where no one change of these does, an edit among them: a digest does not tell it.
 */
export async function explainDifference(
  wanted: string,
  { ledger, ...scope }: ReleaseScope & { readonly ledger: LedgerState },
): Promise<readonly string[] | undefined> {
  const digests = new Map<Migration, string>();
  const digestOf = async (file: Migration) => {
    const known = digests.get(file) ?? (await planFileDigest(file, scope.migrations));
    digests.set(file, known);
    return { digest: known };
  };
  for (const { files, initial, says } of guesses(ledger, scope)) {
    const all: { readonly digest: string }[] = [];
    for (const file of files) all.push(await digestOf(file));
    if (digestPlan(initial, all) === wanted) return says;
  }
  return undefined;
}

function* guesses(ledger: LedgerState, scope: ReleaseScope): Generator<Guess> {
  const now = planReleaseFiles(ledger, scope);
  const recent = appliedLately(ledger, scope.migrations);
  const pending = [...now.expand, ...now.contract];
  // An empty database takes them all, approved or not.
  const all = [...pending, ...now.waiting];
  const plan = (files: readonly Migration[], initial: boolean, says: readonly string[]): Guess => ({
    files: initial ? inFileOrder(files).map(withoutSoak) : inReleaseOrder(files),
    ...{ initial, says },
  });
  for (let count = 1; count <= recent.length; count += 1) {
    const since = recent.slice(0, count);
    const says = [`applied since: ${names(since)}`];
    yield plan([...since, ...pending], false, says);
    yield plan([...since, ...all], true, [...says, "the database was empty then"]);
  }
  yield plan(now.expand, false, [`approved since: ${names(now.contract)}`]);
  for (let count = 1; count <= now.waiting.length; count += 1) {
    const gone = now.waiting.slice(0, count);
    yield plan([...pending, ...gone], false, [`no longer approved: ${names(gone)}`]);
  }
  if (!now.initial) yield plan(all, true, ["the database was empty then"]);
  for (let count = 1; count < pending.length && count <= MOST_FILES; count += 1) {
    const added = inFileOrder(pending).slice(-count);
    const before = pending.filter((file) => !added.includes(file));
    yield plan(before, now.initial, [`added since: ${names(added)}`]);
  }
  if (pending.length > MOST_FILES) return;
  for (const added of pending) {
    const before = pending.filter((file) => file !== added);
    yield plan(before, now.initial, [`added since: ${fileId(added)}`]);
  }
}

/** Files of the folder that the ledger has as applied, the last one first. */
function appliedLately(
  { applied }: LedgerState,
  migrations: readonly Migration[],
): readonly Migration[] {
  const files = new Map(migrations.map((file) => [file.order, file]));
  return applied
    .filter(({ state }) => state === "applied")
    .toSorted((a, b) => (a.seq > b.seq ? -1 : 1))
    .slice(0, MOST_APPLIED)
    .flatMap(({ number }) => files.get(number) ?? []);
}

function inFileOrder(files: readonly Migration[]): readonly Migration[] {
  return files.toSorted((a, b) => (a.order < b.order ? -1 : 1));
}

/** What expands goes first. */
function inReleaseOrder(files: readonly Migration[]): readonly Migration[] {
  const ordered = inFileOrder(files);
  const isContract = ({ stage }: Migration) => stage === "contract";
  return [...ordered.filter((file) => !isContract(file)), ...ordered.filter(isContract)];
}

function names(files: readonly Migration[]): string {
  return files.map(fileId).join(", ");
}
