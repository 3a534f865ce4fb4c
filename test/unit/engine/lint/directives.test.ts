// Head comments that tell what the SQL cannot.
import assert from "node:assert/strict";
import { formatError } from "../../../../engine/errors/formatError.ts";
import { isLockstepError } from "../../../../engine/errors/lockstepError.ts";
import { analyzeSql } from "./analyzeSql.ts";

const BACKFILL =
  "-- lockstep: backfill table=t key=id remaining=SELECT count(*) FROM t WHERE b IS NULL";
const UPDATE = "UPDATE t SET b = a WHERE b IS NULL;";

describe("stage directives", () => {
  it("override the SQL, with their reason", async () => {
    const migration = await analyzeSql(
      '-- why\n-- lockstep: stage=expand reason="varchar to text: no rewrite"\nALTER TABLE t ALTER a TYPE text',
    );
    assert.equal(migration.stage, "expand");
    assert.equal(migration.stageFrom, "header");
    assert.equal(migration.stageReason, "varchar to text: no rewrite");
    assert.deepEqual(migration.problems, []);
  });

  for (const line of [
    "--lockstep:stage=contract reason='x'",
    "--   LockStep :  reason=x   stage=contract",
    '-- lockstep: stage=contract reason="x" ',
  ]) {
    it(`may be written ${line}`, async () => {
      const migration = await analyzeSql(`${line}\nSELECT 1`);
      assert.equal(migration.stage, "contract");
      assert.equal(migration.stageReason, "x");
    });
  }

  it("are no directives within strings or prose", async () => {
    const migration = await analyzeSql(
      "-- the lockstep: way\n-- lockstep runs this\nSELECT '\n-- lockstep: nonsense'",
    );
    assert.equal(migration.stageFrom, "name");
  });
});

describe("backfill directives", () => {
  it("give table, key, batch and the query to the end of the line", async () => {
    const { backfill, stage } = await analyzeSql(
      `-- lockstep: backfill table=app."T" key="Id",b batch=100 remaining=SELECT count(*) FROM app."T" WHERE c = 'x y';\nUPDATE app."T" SET a = 1`,
    );
    assert.equal(stage, "expand");
    assert.deepEqual(backfill, {
      table: 'app."T"',
      key: '"Id",b',
      batch: 100,
      remaining: `SELECT count(*) FROM app."T" WHERE c = 'x y'`,
    });
  });

  it("begin with 1000 rows where nothing is said, and leave the time of a batch to the config", async () => {
    const { backfill } = await analyzeSql(`${BACKFILL}\n${UPDATE}`);
    assert.equal(backfill?.batch, 1000);
    assert.equal(backfill.targetMs, undefined);
  });

  for (const [written, ms] of [
    ["50ms", 50],
    ["1.5s", 1_500],
  ] as const) {
    it(`give the time of a batch: ${written}`, async () => {
      const sql = BACKFILL.replace("key=id", `key=id target=${written}`);
      assert.equal((await analyzeSql(`${sql}\n${UPDATE}`)).backfill?.targetMs, ms);
    });
  }

  for (const sql of [
    `${BACKFILL}\nBEGIN; ${UPDATE} COMMIT;`,
    `${BACKFILL}\nDELETE FROM public.t WHERE a = 1`,
    `${BACKFILL}\nINSERT INTO u SELECT * FROM t`,
    `${BACKFILL.replace("table=t", "table=T")}\n${UPDATE}`,
  ]) {
    it(`go with ${sql.split("\n")[1]}`, async () => {
      assert.equal((await analyzeSql(sql)).backfill?.key, "id");
    });
  }
});

describe("wrong directives", () => {
  const cases: readonly (readonly [string, string, RegExp])[] = [
    [
      "an unknown one",
      "-- lockstep: stge=expand\nSELECT 1",
      /unknown directive "stge"[\s\S]*:1:14[\s\S]*stage=expand\|contract/,
    ],
    ["an unknown word", "-- lockstep: no-transaction\nSELECT 1", /cannot read "no-transaction"/],
    ["nothing", "-- lockstep:\nSELECT 1", /says nothing/],
    ["no reason", "-- lockstep: stage=contract\nSELECT 1", /needs its reason/],
    ["an empty reason", '-- lockstep: stage=contract reason=" "\nSELECT 1', /needs its reason/],
    [
      "another stage",
      '-- lockstep: stage=both reason="x"\nSELECT 1',
      /expand or contract, not "both"/,
    ],
    [
      "a key twice",
      '-- lockstep: stage=expand stage=contract reason="x"\nSELECT 1',
      /"stage" stands twice/,
    ],
    [
      "two stages",
      '-- lockstep: stage=expand reason="x"\n-- lockstep: stage=expand reason="x"\nSELECT 1',
      /second stage[\s\S]*:2:14/,
    ],
    ["an open quote", '-- lockstep: stage=expand reason="x\nSELECT 1', /cannot read "reason="x"/],
    [
      "a key of the other kind",
      '-- lockstep: stage=expand reason="x" batch=5\nSELECT 1',
      /"batch" does not go with stage/,
    ],
    [
      "a place below the SQL",
      'SELECT 1;\n-- lockstep: stage=expand reason="x"\nSELECT 2',
      /below the first statement[\s\S]*:2:1/,
    ],
    [
      "a place behind the SQL",
      'SELECT 1;\n-- lockstep: stage=expand reason="x"\n',
      /below the first statement/,
    ],
    ["a block comment", '/* lockstep: stage=expand reason="x" */ SELECT 1', /in a block comment/],
    [
      "no table",
      "-- lockstep: backfill key=id remaining=SELECT 1\nUPDATE t SET a = 1",
      /needs table=NAME/,
    ],
    [
      "no key",
      "-- lockstep: backfill table=t remaining=SELECT 1\nUPDATE t SET a = 1",
      /needs key=COLUMN/,
    ],
    [
      "a key that is no name",
      "-- lockstep: backfill table=t key=a;b remaining=SELECT 1\nUPDATE t SET a = 1",
      /needs key=COLUMN or COLUMN,COLUMN, not "a;b"/,
    ],
    [
      "no query",
      "-- lockstep: backfill table=t key=id remaining=\nUPDATE t SET a = 1",
      /needs remaining=QUERY/,
    ],
    [
      "a query that is none",
      "-- lockstep: backfill table=t key=id remaining=SELEC 1\nUPDATE t SET a = 1",
      /remaining is not a query: syntax error at or near "SELEC"/,
    ],
    [
      "a query that changes rows",
      "-- lockstep: backfill table=t key=id remaining=DELETE FROM t\nUPDATE t SET a = 1",
      /remaining must be one SELECT/,
    ],
    [
      "two queries",
      "-- lockstep: backfill table=t key=id remaining=SELECT 1; SELECT 2\nUPDATE t SET a = 1",
      /must be one SELECT, this is 2 statements/,
    ],
    [
      "a batch of nothing",
      "-- lockstep: backfill table=t key=id batch=0 remaining=SELECT 1\nUPDATE t SET a = 1",
      /batch must be 1 to 1000000 rows, not "0"/,
    ],
    [
      "a batch that is no number",
      "-- lockstep: backfill table=t key=id batch=many remaining=SELECT 1\nUPDATE t SET a = 1",
      /not "many"/,
    ],
    [
      "a time without a unit",
      "-- lockstep: backfill table=t key=id target=200 remaining=SELECT 1\nUPDATE t SET a = 1",
      /target must be 1ms to 60s, such as 200ms, not "200"/,
    ],
    [
      "a time that is no batch's",
      "-- lockstep: backfill table=t key=id target=61s remaining=SELECT 1\nUPDATE t SET a = 1",
      /target must be 1ms to 60s/,
    ],
    ["two statements", `${BACKFILL}\n${UPDATE}\nSELECT 1`, /exactly one[\s\S]*:3:1/],
    ["another statement", `${BACKFILL}\nCREATE TABLE u ()`, /must be an UPDATE/],
    ["INSERT of values", `${BACKFILL}\nINSERT INTO t VALUES (1)`, /must be an UPDATE/],
    ["another table", `${BACKFILL}\nUPDATE u SET a = 1`, /changes u, the directive names t/],
  ];
  for (const [what, sql, expected] of cases) {
    it(`are refused: ${what}`, async () => {
      await assert.rejects(analyzeSql(sql), (error) => {
        assert.ok(isLockstepError(error) && error.code === "MIGRATION_FILES");
        assert.match(formatError(error), expected);
        return true;
      });
    });
  }
});
