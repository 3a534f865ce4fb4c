// What depends on an object that a file drops or changes, and the DROPs for it in an order that works.
import type { AlterTableCmd, DropStmt, Node } from "@pgsql/types";
import type { Asked } from "../asked.ts";
import type { Facts } from "../entry.ts";
import { known } from "../facts.ts";
import {
  commandsOf,
  findNodes,
  nameOf,
  pathOf,
  tableOf,
  type ReadStatement,
} from "../statement.ts";

/** More than these are not listed: an error fits one screen. */
const MOST_DROPS = 8;

/** Where to begin: an object's name and the function that finds it, and a column where it is about one. */
interface Root {
  readonly lookUp: "regclass" | "regtype" | "regproc" | "regnamespace";
  readonly name: string;
  readonly column: string;
}

/** Fact `drops`: DROP commands, the outermost dependant first. */
export async function askDependants({ client, statement }: Asked): Promise<Facts> {
  const drops: string[] = [];
  for (const root of statement ? rootsOf(statement) : []) {
    const values = [root.name, root.column];
    const { rows } = await client.query<{ drop: string | null }>(dependants(root.lookUp), values);
    drops.push(...rows.flatMap(({ drop }) => drop ?? []));
  }
  const unique = [...new Set(drops)];
  const shown = unique.slice(0, MOST_DROPS);
  const more = unique.length - shown.length;
  return known(
    "drops",
    [...shown, ...(more > 0 ? [`-- and ${String(more)} more`] : [])].join("\n"),
  );
}

const LOOK_UP: Readonly<Record<string, Root["lookUp"]>> = {
  OBJECT_TABLE: "regclass",
  OBJECT_VIEW: "regclass",
  OBJECT_MATVIEW: "regclass",
  OBJECT_SEQUENCE: "regclass",
  OBJECT_INDEX: "regclass",
  OBJECT_FOREIGN_TABLE: "regclass",
  OBJECT_TYPE: "regtype",
  OBJECT_DOMAIN: "regtype",
  OBJECT_FUNCTION: "regproc",
  OBJECT_PROCEDURE: "regproc",
  OBJECT_SCHEMA: "regnamespace",
};

function rootsOf(statement: ReadStatement): Root[] {
  if (statement.kind === "DropStmt") {
    const [{ removeType, objects = [] } = {} as DropStmt] = findNodes<DropStmt>(
      statement.node,
      "DropStmt",
    );
    const lookUp = LOOK_UP[removeType ?? ""];
    return lookUp === undefined
      ? []
      : objects.map((object) => ({ lookUp, name: objectPath(object), column: "" }));
  }
  const table = pathOf(tableOf(statement));
  if (statement.kind !== "AlterTableStmt" || table === undefined) return [];
  const parts: readonly AlterTableCmd[] = commandsOf(statement);
  return parts
    .filter(({ subtype }) => subtype === "AT_DropColumn" || subtype === "AT_AlterColumnType")
    .map(({ name = "" }) => ({ lookUp: "regclass", name: table, column: name }));
}

function objectPath(object: Node): string {
  if ("List" in object) return nameOf(object.List.items);
  if ("TypeName" in object) return nameOf(object.TypeName.names);
  if ("ObjectWithArgs" in object) return nameOf(object.ObjectWithArgs.objname);
  return "String" in object ? nameOf([object]) : "";
}

/** Columns are not dropped by a command that is to be copied: their data would go. */
function dependants(lookUp: Root["lookUp"]): string {
  return `
    WITH RECURSIVE tree (classid, objid, objsubid, deptype, depth) AS (
      SELECT d.classid, d.objid, d.objsubid, d.deptype, 1
      FROM pg_catalog.pg_depend d
      WHERE d.refobjid = to_${lookUp}($1)::oid
        AND ($2 = '' OR d.refobjsubid = (SELECT attnum FROM pg_catalog.pg_attribute
          WHERE attrelid = d.refobjid AND attname = $2))
      UNION
      SELECT d.classid, d.objid, d.objsubid, d.deptype, tree.depth + 1
      FROM tree JOIN pg_catalog.pg_depend d
        ON (d.refclassid, d.refobjid) = (tree.classid, tree.objid)
        OR (tree.classid = 'pg_catalog.pg_rewrite'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass
          AND d.refobjid = (SELECT ev_class FROM pg_catalog.pg_rewrite r WHERE r.oid = tree.objid))
      WHERE tree.depth < 20
    ), found AS (
      SELECT CASE
          WHEN classid = 'pg_catalog.pg_rewrite'::regclass THEN
            (SELECT format('DROP %s %s;', CASE c.relkind WHEN 'v' THEN 'VIEW' ELSE 'MATERIALIZED VIEW' END, c.oid::regclass)
             FROM pg_catalog.pg_rewrite r JOIN pg_catalog.pg_class c ON c.oid = r.ev_class
             WHERE r.oid = objid AND c.relkind IN ('v', 'm'))
          WHEN classid = 'pg_catalog.pg_constraint'::regclass THEN
            (SELECT format('ALTER TABLE %s DROP CONSTRAINT %I;', conrelid::regclass, conname)
             FROM pg_catalog.pg_constraint WHERE oid = objid AND conrelid <> 0)
          WHEN classid = 'pg_catalog.pg_trigger'::regclass THEN
            (SELECT format('DROP TRIGGER %I ON %s;', tgname, tgrelid::regclass)
             FROM pg_catalog.pg_trigger WHERE oid = objid AND NOT tgisinternal)
          WHEN classid = 'pg_catalog.pg_policy'::regclass THEN
            (SELECT format('DROP POLICY %I ON %s;', polname, polrelid::regclass)
             FROM pg_catalog.pg_policy WHERE oid = objid)
          WHEN classid = 'pg_catalog.pg_attrdef'::regclass THEN
            (SELECT format('ALTER TABLE %s ALTER %I DROP DEFAULT;', adrelid::regclass, attname)
             FROM pg_catalog.pg_attrdef JOIN pg_catalog.pg_attribute ON attrelid = adrelid AND attnum = adnum
             WHERE pg_attrdef.oid = objid AND attgenerated = '')
          WHEN classid = 'pg_catalog.pg_proc'::regclass THEN
            (SELECT format('DROP ROUTINE %s;', oid::regprocedure) FROM pg_catalog.pg_proc WHERE oid = objid)
        END AS drop, depth
      FROM tree WHERE deptype = 'n' AND objid IS DISTINCT FROM to_${lookUp}($1)::oid
    )
    SELECT drop FROM found WHERE drop IS NOT NULL GROUP BY drop ORDER BY max(depth) DESC, drop`;
}
