// What hangs on relations and columns, as a canonical list that an approval can be bound to (ENGINE.md rule 23).
import type { Queryable } from "../drivers/postgres/queryable.ts";
import type { Removal } from "../lint/removals.ts";

/** Raised whenever the same objects would be listed differently: lists of two versions are not compared. */
export const DEPENDANTS_ALGORITHM = 1;

/** Objects, as they were when somebody looked. */
export interface Dependants {
  readonly version: number;
  /** Sorted: `index public.customers_phone_idx`, `table column public.customers.phone text`. */
  readonly objects: readonly string[];
}

/**
 * `removed` and whatever the server would refuse to lose with it, or lose silently: indexes, constraints, views, sequences, policies
 * … Names only and the types of columns: definitions that a server prints change between majors. What is not there is left out.
 * Throws pg's errors.
 */
export async function readDependants(
  client: Queryable,
  removed: readonly Removal[],
): Promise<Dependants> {
  const relations = removed.map(({ relation }) => relation);
  const columns = removed.map(({ column }) => column ?? null);
  const { rows } = await client.query<{ object: string }>(FIND, [relations, columns]);
  return { version: DEPENDANTS_ALGORITHM, objects: rows.map(({ object }) => object) };
}

/**
 * Row types and TOAST tables come with every table, a foreign key's triggers bear numbers, NOT NULL is an object from 18 on. A view
 * hangs on what it reads by its rule.
 */
const FIND = `
  WITH RECURSIVE found (classid, objid, objsubid) AS (
    SELECT 'pg_class'::regclass::oid, to_regclass(removed.relation)::oid, coalesce(a.attnum, 0)::int
    FROM unnest($1::text[], $2::text[]) AS removed (relation, column_name)
    LEFT JOIN pg_attribute a
      ON a.attrelid = to_regclass(removed.relation) AND a.attname = removed.column_name AND NOT a.attisdropped
    WHERE to_regclass(removed.relation) IS NOT NULL AND (removed.column_name IS NULL OR a.attnum IS NOT NULL)
    UNION
    SELECT d.classid, d.objid, d.objsubid
    FROM found f JOIN pg_depend d
      ON d.refclassid = f.classid AND d.refobjid = f.objid AND (f.objsubid = 0 OR d.refobjsubid = f.objsubid)
  ), named AS (
    SELECT DISTINCT
      CASE WHEN i.type = 'rule' AND i.identity LIKE '"\\_RETURN" on %' THEN 'view ' || substr(i.identity, 14)
        ELSE i.type || ' ' || i.identity END
      || coalesce((
        SELECT ' ' || (pg_identify_object('pg_type'::regclass, a.atttypid, 0)).identity FROM pg_attribute a
        WHERE f.classid = 'pg_class'::regclass AND a.attrelid = f.objid AND a.attnum = f.objsubid AND f.objsubid > 0
      ), '') AS object
    FROM found f, pg_identify_object(f.classid, f.objid, f.objsubid) i
    WHERE i.type NOT IN ('type', 'toast table')
      AND NOT (f.classid = 'pg_constraint'::regclass AND EXISTS (SELECT FROM pg_constraint WHERE oid = f.objid AND contype = 'n'))
      AND NOT (f.classid = 'pg_trigger'::regclass AND EXISTS (SELECT FROM pg_trigger WHERE oid = f.objid AND tgisinternal))
  )
  SELECT object FROM named ORDER BY object COLLATE "C"`;
