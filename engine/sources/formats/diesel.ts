// diesel: a folder for each migration with `up.sql` and `down.sql`, in the bytewise order of the versions.
import path from "node:path";
import type { MigrationFile } from "../migration.ts";
import { readText } from "../readText.ts";
import type { Folder, Format } from "./format.ts";
import { readEach } from "./numbered.ts";
import { textOrder } from "./order.ts";

const UP = /^([^/]+)\/up\.sql$/;

export const diesel: Format = {
  name: "diesel",
  recognize: (folder) => {
    const first = folder.files.find((file) => UP.test(file));
    return Promise.resolve(first && `${first} lies as diesel lays files`);
  },
  read: (folder) => {
    const names = folder.files.flatMap((file) => {
      const [, dir] = UP.exec(file) ?? [];
      return dir === undefined ? [] : [{ file, dir }];
    });
    return readEach(folder, names, async ({ dir }, text) => {
      // All before the first underscore, without dashes (version_from_string).
      const version = (dir.split("_")[0] ?? "").replaceAll("-", "");
      const migration: MigrationFile = {
        number: version,
        order: textOrder(version),
        name: dir.slice(dir.indexOf("_") + 1),
        path: text.path,
        sql: text.sql,
        checksum: text.sum,
        down: await readDown(folder, `${dir}/down.sql`),
        verify: undefined,
        foreign: {
          format: "diesel",
          version,
          outsideTransaction: !(await runsInTransaction(folder, `${dir}/metadata.toml`)),
        },
      };
      return migration;
    });
  },
};

async function readDown(folder: Folder, file: string): Promise<MigrationFile["down"]> {
  if (!folder.files.includes(file)) return undefined;
  const text = await readText(path.join(folder.dir, file));
  return "fault" in text ? undefined : { path: text.path, sql: text.sql };
}

/** Without the file true; with one that does not say, false: so diesel reads it. */
async function runsInTransaction(folder: Folder, file: string): Promise<boolean> {
  if (!folder.files.includes(file)) return true;
  const text = await readText(path.join(folder.dir, file));
  return "fault" in text || /^\s*run_in_transaction\s*=\s*true\b/m.test(text.sql);
}
