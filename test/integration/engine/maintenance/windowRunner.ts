// A runner that stays in maintenance until it is killed: its wait for the app never ends.
import { applyFiles, RELEASE } from "../run/applyFiles.ts";

const url = process.env.DATABASE_URL ?? "";
const files = {
  "01_create_things_up.sql": "create table things (id int primary key, a int);",
  "02_change_a_up.sql": "update things set a = 1;",
};
await applyFiles(url, files, {
  ...{ stage: "expand", release: RELEASE },
  limits: {
    leaseTtlMs: 1_000,
    maintenance: { during: "high", keepOnFailure: false, waitMs: 600_000 },
  },
});
