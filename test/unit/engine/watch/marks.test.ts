// Whose a session is.
import assert from "node:assert/strict";
import type { LedgerRows } from "../../../../engine/watch/ledgerWork.ts";
import { markOf } from "../../../../engine/watch/marks.ts";
import type { SessionRow } from "../../../../engine/watch/sessions.ts";

const lease = { token: "12", holder: "h", doing: "expand: 03_a", since: new Date(0), beat: "1" };
const ledger: LedgerRows = { state: "read", lease, release: "1.1", files: [] };
const mark = (
  application: string | null,
  given: { underLease?: boolean; ledger?: LedgerRows } = {},
) =>
  markOf(
    { application, underLease: given.underLease ?? false } as SessionRow,
    given.ledger ?? ledger,
  );

describe("markOf", () => {
  it("knows the session that works for the lease's holder, whatever a file calls it", () => {
    const runner = { what: "runner", release: "1.1", step: "expand: 03_a" };
    assert.deepEqual(mark("lockstep:12"), runner);
    assert.deepEqual(mark("renamed", { underLease: true }), runner);
    assert.deepEqual(mark("lockstep:lease", { underLease: true })?.what, "lockstep");
  });

  it("tells one that a killed runner left behind", () => {
    const leftover = { what: "leftover", release: null, step: null };
    assert.deepEqual(mark("lockstep:11"), leftover);
    assert.deepEqual(mark("lockstep:12", { ledger: { ...ledger, lease: null } }), leftover);
  });

  it("knows lockstep's other sessions, an app's by its release, and nobody else's", () => {
    assert.deepEqual(mark("lockstep:backup"), { what: "lockstep", release: null, step: "backup" });
    assert.deepEqual(mark("app:1.1-3f9c"), { what: "app", release: "1.1-3f9c", step: null });
    for (const other of ["psql", "app:", "", null]) assert.equal(mark(other), null);
  });
});
