// Which GRANT is missing: from the server's words, the statement and the catalogue's rights.
import type { Asked } from "../asked.ts";
import type { Facts } from "../entry.ts";
import { known } from "../facts.ts";
import { ownership, privilegesOn } from "./objectRights.ts";
import { relationRights } from "./relationRights.ts";
import { statementRights } from "./statementRights.ts";

/** What is missing, and what gives it. */
export interface Lack {
  /** In words: `CREATE on schema app`. */
  readonly lacks: string;
  /** SQL commands; none where no GRANT gives it. */
  readonly grants: readonly string[];
  /** Who may run them. */
  readonly admin: string;
}

/** `must be owner of table t`, `permission denied for schema s`: the kind and the bare name. */
const OWNER = /^must be owner of ([a-z -]+?) "?(.+?)"?$/;
const DENIED = /^permission denied for ([a-z -]+?) "?(.+?)"?$/;
/** Kinds of objects that are relations, as the server words them. */
const RELATIONS = /^(relation|table|view|materialized view|foreign table|index|sequence|column)$/;

/** Facts `lacks`, `grants` and `admin`, after SQLSTATE 42501. */
export async function askGrants(asked: Asked): Promise<Facts> {
  const lack = await findLack(asked);
  if (!lack) return {};
  const grants = lack.grants.join("\n");
  return { lacks: lack.lacks, admin: lack.admin, ...known("grants", grants) };
}

async function findLack(asked: Asked): Promise<Lack | undefined> {
  const { message } = asked.error;
  const owner = OWNER.exec(message);
  if (owner) return ownership(asked, { kind: owner[1] ?? "", name: owner[2] ?? "" });
  const special = await statementRights(asked);
  if (special) return special;
  const denied = DENIED.exec(message);
  if (denied) {
    const object = { kind: denied[1] ?? "", name: denied[2] ?? "" };
    if (RELATIONS.test(object.kind)) return relationRights(asked, object.name);
    return privilegesOn(asked, object);
  }
  // In another language than English: the statement's own tables are what it is about most often.
  return ownership(asked, { kind: "relation", name: undefined });
}
