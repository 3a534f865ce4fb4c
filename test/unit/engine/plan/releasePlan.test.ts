// Tests of what files and config alone tell of a release.
import assert from "node:assert/strict";
import { isLockstepError } from "../../../../engine/errors/lockstepError.ts";
import { approvalDigest } from "../../../../engine/plan/approval.ts";
import {
  planRelease,
  type PlannedFile,
  type PlanRequest,
} from "../../../../engine/plan/releasePlan.ts";

const migration = (number: string, name: string, stage: PlannedFile["stage"]): PlannedFile => ({
  number,
  order: BigInt(number),
  name,
  stage,
  checksum: `sum of ${number}`,
});

const migrations = [
  migration("01", "create_a", "expand"),
  migration("03", "add_b", "expand"),
  migration("05", "remove_a", "contract"),
  migration("06", "add_c", "expand"),
  migration("07", "drop_b", "contract"),
];
const request: PlanRequest = {
  project: "shop",
  stack: "dev",
  label: "1.1",
  target: "05",
  migrations,
  folder: { dir: "migrations" },
  appDigest: "a".repeat(64),
  app: { command: ["node"], env: {}, port: 8080 },
  consent: {},
};
const contractFiles = migrations.filter((file) => file.stage === "contract");

/** An approval on stack dev of the contract files up to 05, or up to 07. */
const approve = (through: "05" | "07") => ({
  through,
  digest: approvalDigest("dev", contractFiles.slice(0, through === "05" ? 1 : 2)),
});

describe("planRelease", () => {
  it("names the release by label and digest, and its files up to the target", () => {
    const plan = planRelease(request);
    assert.deepEqual(plan.release, {
      digest: plan.release.digest,
      label: "1.1",
      project: "shop",
      stack: "dev",
    });
    assert.equal(plan.releaseId, `1.1-${plan.release.digest.slice(0, 12)}`);
    assert.equal(plan.migrations.target, "05");
    assert.deepEqual(plan.covered, []);
  });

  it("takes all files without a target", () => {
    const { target: _target, ...rest } = request;
    const plan = planRelease({ ...rest, target: undefined });
    assert.ok(!("target" in plan.migrations));
    assert.notEqual(plan.migrations.digest, planRelease(request).migrations.digest);
  });

  it("stays the same release when only files after the target change", () => {
    const later = migrations.map((file) =>
      file.number === "07" ? { ...file, checksum: "edited" } : file,
    );
    assert.equal(
      planRelease({ ...request, migrations: later }).release.digest,
      planRelease(request).release.digest,
    );
  });

  it("stays the same release under another label, and when it is approved", () => {
    const { digest } = planRelease(request).release;
    assert.equal(planRelease({ ...request, label: "1.1.0" }).release.digest, digest);
    const consent = { approval: approve("05"), allowRetry: "1.1#1" };
    assert.equal(planRelease({ ...request, consent }).release.digest, digest);
  });

  it("covers the release's contract files that are approved", () => {
    const plan = planRelease({ ...request, consent: { approval: approve("05") } });
    assert.deepEqual(plan.covered, ["05_remove_a"]);
  });

  it("covers no file after the target, and takes an approval that reaches beyond it", () => {
    const plan = planRelease({ ...request, consent: { approval: approve("07") } });
    assert.deepEqual(plan.covered, ["05_remove_a"]);
  });

  it("covers no file that the stack it promotes from has not run, though it is approved", () => {
    const all = { ...request, target: undefined, consent: { approval: approve("07") } };
    const promoted = { from: "staging", contractThrough: "05" };
    const plan = planRelease({ ...all, promoted });
    assert.deepEqual(plan.covered, ["05_remove_a"]);
    assert.deepEqual(plan.migrations.promoted, promoted);
    assert.deepEqual(
      planRelease({ ...all, promoted: { ...promoted, contractThrough: null } }).covered,
      [],
    );
  });

  it("names the last files with their checksums, so that a difference can be told", () => {
    const many = Array.from({ length: 30 }, (_, index) =>
      migration(String(index + 1).padStart(2, "0"), "add", "expand"),
    );
    const { lastFiles } = planRelease({ ...request, target: "29", migrations: many });
    assert.equal(Object.keys(lastFiles).length, 10);
    assert.equal(lastFiles["29_add"], "sum of 29");
    assert.ok(!("30_add" in lastFiles));
  });

  it("refuses an approval that does not fit", () => {
    const approval = { ...approve("05"), digest: "0".repeat(64) };
    assert.throws(
      () => planRelease({ ...request, consent: { approval } }),
      (error) => isLockstepError(error) && error.code === "NOT_APPROVED",
    );
  });

  it("refuses a target that no file has", () => {
    assert.throws(
      () => planRelease({ ...request, target: "04" }),
      (error) => isLockstepError(error) && error.code === "CONFIG",
    );
  });
});

describe("the steps' digests", () => {
  const base = planRelease(request).digests;

  it("differ from step to step", () => {
    const { backup, ...steps } = base;
    const all = [...Object.values(backup), ...Object.values(steps)];
    assert.equal(new Set(all).size, 6);
  });

  it("all change with the release", () => {
    const other = planRelease({ ...request, appDigest: "b".repeat(64) }).digests;
    for (const name of ["expand", "drain", "contract", "verify"] as const) {
      assert.notEqual(other[name], base[name], name);
    }
    assert.notEqual(other.backup.expand, base.backup.expand);
    assert.notEqual(other.backup.contract, base.backup.contract);
  });

  it("change after expand only, when contract files are approved", () => {
    const approved = planRelease({ ...request, consent: { approval: approve("05") } }).digests;
    assert.equal(approved.expand, base.expand);
    assert.equal(approved.backup.expand, base.backup.expand);
    for (const name of ["drain", "contract", "verify"] as const) {
      assert.notEqual(approved[name], base[name], name);
    }
    assert.notEqual(approved.backup.contract, base.backup.contract);
  });

  it("change after expand only, when the stack that is promoted from has run more", () => {
    const plan = (contractThrough: string | null) =>
      planRelease({ ...request, promoted: { from: "staging", contractThrough } }).digests;
    assert.equal(plan("05").expand, plan(null).expand);
    for (const name of ["drain", "contract", "verify"] as const) {
      assert.notEqual(plan("05")[name], plan(null)[name], name);
    }
    assert.notEqual(plan("05").backup.contract, plan(null).backup.contract);
  });

  it("all change with a retry that is allowed", () => {
    const retried = planRelease({ ...request, consent: { allowRetry: "1.1#1" } }).digests;
    for (const name of ["expand", "drain", "contract", "verify"] as const) {
      assert.notEqual(retried[name], base[name], name);
    }
  });
});
