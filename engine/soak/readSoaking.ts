// What the ledger says of soaking objects, and of approvals that an undo has spent.
import type { Queryable } from "../drivers/postgres/queryable.ts";

/** An object that contract has put aside. */
export interface SoakingObject {
  readonly id: bigint;
  /** The `order` of the file that took it away. */
  readonly number: bigint;
  /** `05_remove_phone` */
  readonly file: string;
  /** `column`, `table`, ... */
  readonly kind: string;
  /** As it was: `public.customers.phone`. */
  readonly name: string;
  /** What it, or the schema that holds it, is called meanwhile; empty where only its definition is kept. */
  readonly kept: string;
  /** The table that it is a part of, as a quoted path; null for what stands by itself. */
  readonly relation: string | null;
  /** Scans of a table when it was put aside; 0 for all else. */
  readonly reads: number;
  readonly since: Date;
  readonly until: Date;
  /** Whether its time is over, by the server's clock. */
  readonly isDue: boolean;
}

interface Row {
  readonly id: string;
  readonly number: string;
  readonly file: string;
  readonly kind: string;
  readonly name: string;
  readonly kept: string;
  readonly relation: string | null;
  readonly reads: string;
  readonly since: Date;
  readonly until: Date;
  readonly due: boolean;
}

/** All of them, in the order in which they were put aside. The ledger must have the table. */
export async function readSoaking(client: Queryable): Promise<readonly SoakingObject[]> {
  const found = await client.query<Row>(
    "SELECT id, number, file, kind, name, kept, relation, reads, since, until, until <= clock_timestamp() AS due FROM lockstep.soak ORDER BY id",
  );
  return found.rows.map(({ id, number, reads, due, ...row }) => ({
    ...row,
    id: BigInt(id),
    number: BigInt(number),
    reads: Number(reads),
    isDue: due,
  }));
}

/** Scans of a soaking table so far, as the server counts them. */
export async function readReads(client: Queryable, { id }: SoakingObject): Promise<number> {
  const found = await client.query<{ reads: string }>(
    "SELECT lockstep.soak_reads(to_regclass(lockstep.soak_path(s))) AS reads FROM lockstep.soak s WHERE s.id = $1",
    [id.toString()],
  );
  return Number(found.rows[0]?.reads ?? 0);
}

/** What tells one approval from another of the same files. */
function spentKey({ digest, at }: { readonly digest: string; readonly at: string }): string {
  return `${digest} ${at}`;
}

/** Keys of the approvals that were accepted before the last undo. */
export async function readSpentApprovals(client: Queryable): Promise<readonly string[]> {
  const found = await client.query<{ digest: string; at: string }>(
    `SELECT DISTINCT data ->> 'digest' AS digest, data ->> 'at' AS at FROM lockstep.event
     WHERE kind = 'approval' AND seq < (SELECT max(seq) FROM lockstep.event WHERE kind = 'undo')`,
  );
  return found.rows.map(spentKey);
}

/** `approval`, unless `lockstep undo` has spent it: what it let through was given back. */
export function unspent<T extends { readonly digest: string; readonly at: string }>(
  approval: T | undefined,
  { spentApprovals = [] }: { readonly spentApprovals?: readonly string[] },
): T | undefined {
  return approval && !spentApprovals.includes(spentKey(approval)) ? approval : undefined;
}

/** A file that soaks. */
export interface SoakingFile {
  readonly file: string;
  readonly number: bigint;
  readonly since: Date;
  readonly until: Date;
  readonly isDue: boolean;
  /** In the order in which they were put aside. */
  readonly objects: readonly SoakingObject[];
}

/** The files that soak, in the order in which they were applied. */
export function soakingFiles(soaking: readonly SoakingObject[] = []): readonly SoakingFile[] {
  const files = new Map<bigint, SoakingObject[]>();
  for (const object of soaking) {
    const objects = files.get(object.number);
    if (objects) objects.push(object);
    else files.set(object.number, [object]);
  }
  return [...files.values()].flatMap((objects) => {
    const [first] = objects;
    if (!first) return [];
    const { file, number, since, until, isDue } = first;
    return [{ file, number, since, until, isDue, objects }];
  });
}

/** The names of a file's objects, as they were: `column public.customers.phone`. */
export function namesOf({ objects }: SoakingFile): readonly string[] {
  return objects.map(({ kind, name }) => `${kind} ${name}`);
}
