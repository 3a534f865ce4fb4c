// What a run would take, wait with or refuse, by files and ledger alone.
import assert from "node:assert/strict";
import { isLockstepError, type ErrorCode } from "../../../../engine/errors/lockstepError.ts";
import type { AppliedMigration, LedgerState } from "../../../../engine/ledger/ledger.ts";
import {
  NO_FILES,
  planRun,
  upToTarget,
  type StageChoice,
} from "../../../../engine/plan/planRun.ts";
import type { Migration, MigrationProblem, Stage } from "../../../../engine/sources/migration.ts";

/** `02c` is contract file 02, `01` is expand file 01. */
function numberAndStage(text: string): readonly [string, Stage] {
  return [text.replace("c", ""), text.endsWith("c") ? "contract" : "expand"];
}

function file(text: string, problems: readonly MigrationProblem[] = []): Migration {
  const [number, stage] = numberAndStage(text);
  return {
    number,
    order: BigInt(number),
    name: "change",
    path: `migrations/${number}_change_up.sql`,
    sql: "",
    checksum: `sum of ${number}`,
    content: `content of ${number}`,
    down: undefined,
    verify: undefined,
    stage,
    stageFrom: "sql",
    stageReason: undefined,
    statements: [],
    body: "",
    downStatements: [],
    verifyStatements: [],
    transactional: true,
    backfill: undefined,
    problems,
  };
}

function row(text: string, rest: Partial<AppliedMigration> = {}): AppliedMigration {
  const [label, stage] = numberAndStage(text);
  return {
    number: BigInt(label),
    label,
    name: "change",
    stage,
    checksum: `sum of ${label}`,
    content: `content of ${label}`,
    link: "",
    substituted: null,
    state: "applied",
    baseline: false,
    release: null,
    appliedAt: new Date("2026-01-02T03:04:05Z"),
    appliedBy: "owner",
    durationMs: 1,
    seq: BigInt(label),
    ...rest,
  };
}

const EMPTY: LedgerState = {
  exists: false,
  applied: [],
  initial: undefined,
  chainHead: undefined,
  releases: [],
  hasRelations: false,
};

/** A ledger in which `rows` are applied; by default in a database that has relations. */
function ledger(
  rows: readonly (string | AppliedMigration)[],
  rest: Partial<LedgerState> = {},
): LedgerState {
  const applied = rows.map((one) => (typeof one === "string" ? row(one) : one));
  return { ...EMPTY, exists: true, hasRelations: true, applied, ...rest };
}

const files = (...texts: readonly string[]) => texts.map((text) => file(text));
const ask = (stage: StageChoice, target?: string) => ({ stage, target });
const numbersOf = (found: readonly Migration[]) => found.map(({ number }) => number).join(" ");

function refused(code: ErrorCode, ...told: readonly RegExp[]): (error: unknown) => boolean {
  return (error) => {
    assert.ok(isLockstepError(error), String(error));
    assert.equal(error.code, code);
    const text = [error.message, error.where, error.seen, error.next].join("\n");
    for (const pattern of told) assert.match(text, pattern);
    return true;
  };
}

interface Case {
  readonly what: string;
  readonly ledger: LedgerState;
  readonly files: readonly Migration[];
  readonly stage: StageChoice;
  readonly target?: string;
  readonly pending: string;
  readonly waiting: string;
  readonly initial?: boolean;
}

const CASES: readonly Case[] = [
  {
    what: "expand takes expand files and leaves contract ones waiting",
    ledger: ledger(["01"]),
    files: files("01", "02", "03c"),
    stage: "expand",
    pending: "02",
    waiting: "03",
  },
  {
    what: "contract takes contract files only",
    ledger: ledger(["01"]),
    files: files("01", "02", "03c"),
    stage: "contract",
    pending: "03",
    waiting: "",
  },
  {
    what: "all takes both in file order",
    ledger: ledger(["01"]),
    files: files("01", "02c", "03"),
    stage: "all",
    pending: "02 03",
    waiting: "",
  },
  {
    what: "an expand file numbered after a waiting contract file runs",
    ledger: ledger(["01"]),
    files: files("01", "02c", "03"),
    stage: "expand",
    pending: "03",
    waiting: "02",
  },
  {
    what: "a contract file runs though expand is past it",
    ledger: ledger(["01", "03"]),
    files: files("01", "02c", "03"),
    stage: "contract",
    pending: "02",
    waiting: "",
  },
  {
    what: "a release without files leaves all of them",
    ledger: ledger(["01"]),
    files: files("01", "02", "03c"),
    stage: "expand",
    target: NO_FILES,
    pending: "",
    waiting: "",
  },
  {
    what: "the target leaves higher files alone, neither pending nor waiting",
    ledger: ledger(["01"]),
    files: files("01", "02", "03c", "04"),
    stage: "expand",
    target: "2",
    pending: "02",
    waiting: "",
  },
  {
    what: "a file that was begun and not ended is pending",
    ledger: ledger(["01", row("02", { state: "running" })]),
    files: files("01", "02", "03"),
    stage: "expand",
    pending: "02 03",
    waiting: "",
  },
  {
    what: "a gap in the numbers is no gap in the history",
    ledger: ledger(["01"]),
    files: files("01", "05", "0009"),
    stage: "expand",
    pending: "05 0009",
    waiting: "",
  },
  {
    what: "numbers are compared as integers, however they are written",
    ledger: ledger(["9"]),
    files: [{ ...file("0009"), checksum: "sum of 9" }, file("10")],
    stage: "expand",
    pending: "10",
    waiting: "",
  },
  {
    what: "an applied expand file that is not here is no fault",
    ledger: ledger(["01", "03"]),
    files: files("01", "04"),
    stage: "expand",
    pending: "04",
    waiting: "",
  },
  {
    what: "a finished history has nothing pending",
    ledger: ledger(["01", "02c"]),
    files: files("01", "02c"),
    stage: "all",
    pending: "",
    waiting: "",
  },
  {
    what: "an empty database takes all files in file order, whatever the stage",
    ledger: EMPTY,
    files: files("01", "02c", "03"),
    stage: "expand",
    pending: "01 02 03",
    waiting: "",
    initial: true,
  },
  {
    what: "an empty database with a ledger is as empty",
    ledger: ledger([], { hasRelations: false }),
    files: files("01", "02c"),
    stage: "contract",
    pending: "01 02",
    waiting: "",
    initial: true,
  },
  {
    what: "initial mode holds after a crash in its midst",
    ledger: ledger(["01"], { initial: { through: "03" } }),
    files: files("01", "02c", "03"),
    stage: "expand",
    pending: "02 03",
    waiting: "",
    initial: true,
  },
  {
    what: "files added after that crash join it",
    ledger: ledger(["01"], { initial: { through: "02" } }),
    files: files("01", "02", "03c"),
    stage: "expand",
    pending: "02 03",
    waiting: "",
    initial: true,
  },
  {
    what: "initial mode is over with its last file, told or not",
    ledger: ledger(["01", "02"], { initial: { through: "02" } }),
    files: files("01", "02", "03c", "04"),
    stage: "expand",
    pending: "04",
    waiting: "03",
  },
  {
    what: "tables whose ledger has a history need no baseline",
    ledger: ledger([row("01", { baseline: true })]),
    files: files("01", "02"),
    stage: "expand",
    pending: "02",
    waiting: "",
  },
];

describe("planRun", () => {
  for (const { what, ledger: state, files: found, stage, target, ...expected } of CASES) {
    it(`${stage}: ${what}`, () => {
      const plan = planRun(state, found, ask(stage, target));
      const { pending, waiting, initial = false } = expected;
      assert.deepEqual(
        [numbersOf(plan.pending), numbersOf(plan.waiting), plan.initial],
        [pending, waiting, initial],
      );
    });
  }

  it("refuses a file that was edited after it was applied, pending or not", () => {
    const edited = { ...file("01"), checksum: "other sum", content: "other" };
    for (const state of ["applied", "running"] as const) {
      assert.throws(
        () => planRun(ledger([row("01", { state })]), [edited, file("02")], ask("expand")),
        refused("CHECKSUM_MISMATCH", /migrations\/01_change_up\.sql/, /lockstep new/),
      );
    }
  });

  it("refuses an edited file above the target too", () => {
    const edited = { ...file("02"), checksum: "other sum" };
    assert.throws(
      () => planRun(ledger(["01", "02"]), [file("01"), edited], ask("expand", "01")),
      refused("CHECKSUM_MISMATCH", /02_change/),
    );
  });

  it("refuses a release without files where no set-up has come to its end", () => {
    const initial = { through: "02" };
    for (const rows of [ledger([], { hasRelations: false }), ledger(["01"], { initial })]) {
      assert.throws(
        () => planRun(rows, files("01", "02"), ask("expand", NO_FILES)),
        refused("RISK_REFUSED", /risk\.mode: skip/, /lockstep migrate$/),
      );
    }
  });

  it("refuses files that lack an applied contract file", () => {
    assert.throws(
      () => planRun(ledger(["01", "02c"]), files("01", "03"), ask("expand")),
      refused("MIGRATION_ORDER", /02_change, applied 2026-01-02/),
    );
  });

  for (const [what, rows, found, late] of [
    ["an expand file before an applied one", ["01", "03"], ["01", "02", "03"], /02_change_up/],
    ["a contract file before an applied one", ["01", "04c"], ["01", "03c", "04c"], /03_change_up/],
  ] as const) {
    for (const stage of ["expand", "contract", "all"] as const) {
      it(`${stage}: refuses ${what}`, () => {
        assert.throws(
          () => planRun(ledger(rows), files(...found), ask(stage)),
          refused("MIGRATION_ORDER", late, /next free number/),
        );
      });
    }
  }

  it("names what was applied, not what only began, as what a late file comes before", () => {
    const rows = [row("01"), row("03"), row("04", { state: "running" })];
    assert.throws(
      () => planRun(ledger(rows), files("01", "02", "03", "04"), ask("expand")),
      refused("MIGRATION_ORDER", /03_change was applied/),
    );
  });

  it("knows one order only in initial mode", () => {
    const state = ledger(["01", "03"], { initial: { through: "04" } });
    assert.throws(
      () => planRun(state, files("01", "02c", "03", "04"), ask("expand")),
      refused("MIGRATION_ORDER", /02_change_up/),
    );
  });

  it("lets a late file above the target be", () => {
    const plan = planRun(ledger(["01", "04"]), files("01", "02", "03", "04"), ask("all", "01"));
    assert.deepEqual([plan.pending, plan.waiting], [[], []]);
  });

  for (const exists of [true, false]) {
    it(`refuses tables without a history, ${exists ? "with" : "without"} a ledger`, () => {
      assert.throws(
        () => planRun(ledger([], { exists }), files("01"), ask("expand")),
        refused("NEEDS_BASELINE", /lockstep baseline --through/),
      );
    });
  }
});

describe("planRun on a stack that takes another's releases", () => {
  const promoted = (contractThrough: string | null) => ({ from: "staging", contractThrough });
  const found = files("01", "02c", "03", "04c");

  for (const [through, pending, waiting] of [
    [null, "", "02 04"],
    ["02", "02", "04"],
    ["4", "02 04", ""],
  ] as const) {
    it(`lets contract files beyond ${String(through)} wait`, () => {
      const request = { ...ask("contract"), promoted: promoted(through) };
      const plan = planRun(ledger(["01", "03"]), found, request);
      assert.deepEqual([numbersOf(plan.pending), numbersOf(plan.waiting)], [pending, waiting]);
    });
  }

  it("takes what was run there on an empty database, too, and nothing more", () => {
    const plan = planRun(EMPTY, found, { ...ask("expand"), promoted: promoted("02") });
    assert.ok(plan.initial);
    assert.deepEqual([numbersOf(plan.pending), numbersOf(plan.waiting)], ["01 02 03", "04"]);
  });
});

describe("planRun with files that are not safe", () => {
  const problem = (rule: string, initialToo: boolean): MigrationProblem => ({
    rule,
    message: `${rule} is not safe`,
    where: "migrations/02_change_up.sql:1:1",
    remedy: "split it",
    initialToo,
  });
  const mixed = file("02", [problem("mixed-stages", false)]);
  const halves = file("02", [problem("inner-commit", true)]);

  it("refuses them where they are pending, with the place and the way out", () => {
    assert.throws(
      () => planRun(ledger(["01"]), [file("01"), mixed], ask("expand")),
      refused("UNSAFE_MIGRATION", /mixed-stages is not safe/, /sql:1:1/, /split it/),
    );
  });

  it("counts the others", () => {
    const both = file("02", [problem("mixed-stages", false), problem("inner-commit", true)]);
    assert.throws(
      () => planRun(ledger(["01"]), [file("01"), both], ask("expand")),
      refused("UNSAFE_MIGRATION", /mixed-stages, and 1 more \(lockstep lint\)/),
    );
  });

  it("lets them be where they are applied, above the target or of the other stage", () => {
    const two = [file("01"), mixed];
    assert.deepEqual(planRun(ledger(["01", "02"]), two, ask("all")).pending, []);
    assert.deepEqual(planRun(ledger(["01"]), two, ask("all", "01")).pending, []);
    assert.deepEqual(planRun(ledger(["01"]), two, ask("contract")).pending, []);
  });

  it("minds only what concerns an empty database there", () => {
    assert.equal(numbersOf(planRun(EMPTY, [file("01"), mixed], ask("expand")).pending), "01 02");
    assert.throws(
      () => planRun(EMPTY, [file("01"), halves], ask("expand")),
      refused("UNSAFE_MIGRATION", /inner-commit/),
    );
  });
});

describe("upToTarget", () => {
  const three = files("01", "02", "10");

  it("takes all files without a target, and those up to it with one", () => {
    assert.equal(numbersOf(upToTarget(three, undefined)), "01 02 10");
    assert.equal(numbersOf(upToTarget(three, "002")), "01 02");
  });

  for (const target of ["3", "two", "", "-1", "1.0", "0x2"]) {
    it(`refuses ${JSON.stringify(target)} and lists the numbers there are`, () => {
      assert.throws(() => upToTarget(three, target), refused("CONFIG", /01, 02, 10/));
    });
  }

  it("shortens a long list, and says where there are no files", () => {
    const many = files(...Array.from({ length: 13 }, (_, index) => String(index + 1)));
    assert.throws(() => upToTarget(many, "99"), refused("CONFIG", /1 to 13/));
    assert.throws(() => upToTarget([], "1"), refused("CONFIG", /there are no files/));
  });
});
