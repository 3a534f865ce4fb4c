// Alembic: revisions in Python, rendered to SQL by Alembic itself (`alembic upgrade A:B --sql`), along their chain.
import path from "node:path";
import type { Fault } from "../folderFaults.ts";
import type { MigrationFile } from "../migration.ts";
import { readText } from "../readText.ts";
import { renderAll, type Rendered } from "./alembicRender.ts";
import { readRevisions, type Revision } from "./alembicRevisions.ts";
import { baseName, type Folder, type Format } from "./format.ts";

export const alembic: Format = {
  name: "alembic",
  recognize: (folder) => {
    const ini = folder.files.find((file) => file === "alembic.ini");
    const env = folder.files.find(
      (file) => file === "env.py" && folder.files.some((other) => /^versions\/.*\.py$/.test(other)),
    );
    const found = ini ?? env;
    return found && `${found} is Alembic's`;
  },
  read: async (folder) => {
    const ini = configFile(folder);
    const revisions = await readRevisions(ini);
    if ("fault" in revisions) return { files: [], faults: [revisions.fault] };
    if (revisions.chain.length === 0) return { files: [], faults: [] };
    const ups = await renderAll(ini, "upgrade", revisions.chain);
    const downs = await renderAll(ini, "downgrade", revisions.chain);
    const faults: Fault[] = [];
    const files: MigrationFile[] = [];
    for (const [index, revision] of revisions.chain.entries()) {
      const text = readText(revision.path);
      if ("fault" in text) faults.push({ ...text.fault, file: baseName(revision.path) });
      else {
        const rendered = { up: ups.get(revision.id), down: downs.get(revision.id) };
        files.push(toMigration(revision, { index, checksum: text.sum, rendered }));
      }
    }
    return { files, faults };
  },
};

/** `alembic.ini` of the folder, or of the one above where the folder holds the scripts alone. */
function configFile(folder: Folder): string {
  const inside = folder.files.includes("alembic.ini");
  return path.resolve(folder.dir, inside ? "alembic.ini" : "../alembic.ini");
}

function toMigration(
  revision: Revision,
  facts: {
    readonly index: number;
    readonly checksum: string;
    readonly rendered: { readonly up: Rendered | undefined; readonly down: Rendered | undefined };
  },
): MigrationFile {
  const { up, down } = facts.rendered;
  return {
    number: revision.id,
    // Its place in the chain: Alembic's revisions have no other order.
    order: BigInt(facts.index + 1),
    name: revision.name,
    path: revision.path,
    sql: up?.sql ?? "",
    // Of the Python file: what Alembic renders may differ from one of its versions to the next.
    checksum: facts.checksum,
    down: down && { path: revision.path, sql: down.sql },
    verify: undefined,
    foreign: {
      format: "alembic",
      version: revision.id,
      outsideTransaction: up?.outsideTransaction ?? false,
      ...(up ? {} : { code: "Python" }),
    },
  };
}
