// diesel: a folder for each migration with `up.sql` and `down.sql`, in the bytewise order of the versions.
import path from "node:path";
import type { MigrationFile } from "../migration.ts";
import { readCompanion, readText } from "../readText.ts";
import type { Folder, Format } from "./format.ts";
import { readEach } from "./numbered.ts";
import { textOrder } from "./order.ts";

const UP = /^([^/]+)\/up\.sql$/;

export const diesel: Format = {
  name: "diesel",
  recognize: (folder) => {
    const first = folder.files.find((file) => UP.test(file));
    return first && `${first} lies as diesel lays files`;
  },
  read: (folder) => {
    const names = folder.files.flatMap((file) => {
      const [, dir] = UP.exec(file) ?? [];
      return dir === undefined ? [] : [{ file, dir }];
    });
    return readEach(folder, names, ({ dir }, text) => {
      // All before the first underscore, without dashes (version_from_string).
      const version = (dir.split("_")[0] ?? "").replaceAll("-", "");
      const migration: MigrationFile = {
        number: version,
        order: textOrder(version),
        name: dir.slice(dir.indexOf("_") + 1),
        path: text.path,
        sql: text.sql,
        checksum: text.sum,
        down: readCompanion(folder, `${dir}/down.sql`),
        verify: undefined,
        foreign: {
          format: "diesel",
          version,
          outsideTransaction: !runsInTransaction(folder, `${dir}/metadata.toml`),
        },
      };
      return migration;
    });
  },
};

/** Without the file true; with one that does not say, false: so diesel reads it. */
function runsInTransaction(folder: Folder, file: string): boolean {
  if (!folder.files.includes(file)) return true;
  const text = readText(path.join(folder.dir, file));
  return "fault" in text || /^\s*run_in_transaction\s*=\s*true\b/m.test(text.sql);
}
