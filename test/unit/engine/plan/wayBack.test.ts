// The way back from a release, before it begins.
import assert from "node:assert/strict";
import { analyzeMigrations } from "../../../../engine/lint/analyze.ts";
import { readChanges } from "../../../../engine/plan/changes.ts";
import { planWayBack, type WayBackRequest } from "../../../../engine/plan/wayBack.ts";
import { withSoak } from "../../../../engine/soak/soakPolicy.ts";
import { fileOf } from "../lint/analyzeSql.ts";

const NO_DOWN = { path: "down.sql", sql: "-- there is none\n" };

async function wayBack(
  files: readonly (readonly [sql: string, down?: typeof NO_DOWN])[],
  {
    soaks = false,
    ...given
  }: Partial<Omit<WayBackRequest, "changes">> & { readonly soaks?: boolean } = {},
) {
  const migrations = await analyzeMigrations(
    [["create table t (id int, a int)"] as const, ...files].map(([sql, down], at) =>
      fileOf(sql, {
        ...{ number: `0${String(at + 1)}`, order: BigInt(at + 1), name: "x" },
        ...(down && { down }),
      }),
    ),
  );
  const all = soaks ? withSoak(migrations, { from: "very high", timeMs: 3_600_000 }) : migrations;
  const changes = await readChanges({ migrations: all, pending: all.slice(1) });
  return planWayBack({ changes, appliedThrough: "01", initial: false, ...given });
}

describe("the way back", () => {
  it("is the app's, then the down files', then the backup's", async () => {
    const { files, steps, pointOfNoReturn } = await wayBack([
      ["alter table t drop column a"],
      ["alter table t add column c int"],
    ]);
    assert.deepEqual(
      files.map(({ file, way }) => `${file} ${way}`),
      ["03_x down", "02_x backup"],
    );
    assert.equal(pointOfNoReturn, "02_x");
    assert.match(
      steps.join("\n"),
      /^until contract, a gate that fails has `up` bring the app before back[^\n]*expand files stay[^\n]*\nuntil contract, 1 file can be taken back[^\n]*: lockstep down --to 01\nfrom 02_x on only the backup before contract[^\n]*lockstep restore[^\n]*$/,
    );
  });

  it("is an undo's while a file soaks, and the backup's only behind that", async () => {
    const { steps } = await wayBack([["alter table t drop column a"]], { soaks: true });
    assert.match(
      steps.join("\n"),
      /02_x drops soaks: until its time is over lockstep undo[^\n]*\nfrom 02_x on, once it has soaked, only the backup/,
    );
  });

  it("names files that have none, and rows that no down file brings back", async () => {
    const { steps, pointOfNoReturn } = await wayBack([
      ["update t set a = 1"],
      ["alter table t add column c int", NO_DOWN],
      [
        "-- lockstep: backfill table=t key=id remaining=select 0\nupdate t set c = a where c is null",
      ],
    ]);
    assert.equal(pointOfNoReturn, undefined);
    const text = steps.join("\n");
    assert.match(text, /lockstep down stops before 03_x/);
    assert.match(text, /no down file brings back the rows[^\n]*: 02_x$/);
    assert.doesNotMatch(text, /taken back by hand/);
  });

  it("is no app's on an empty database, and nobody's where nothing is pending", async () => {
    const { steps } = await wayBack([["update t set a = 1"]], {
      initial: true,
      appliedThrough: undefined,
    });
    assert.match(steps[0] ?? "", /no app before to go back to/);
    assert.match(steps[1] ?? "", /lockstep down, once for each$/);
    assert.deepEqual((await wayBack([])).steps, []);
  });
});
