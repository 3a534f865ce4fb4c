// Tests of what a stack may take from the one before it, and of what it says where it may not.
import assert from "node:assert/strict";
import { formatError } from "../../../../engine/errors/formatError.ts";
import { isLockstepError } from "../../../../engine/errors/lockstepError.ts";
import {
  ensurePromoted,
  takenAfter,
  type Candidate,
  type PromotionRecord,
  type Source,
} from "../../../../engine/plan/promotion.ts";

const digestOf = (digit: string) => digit.repeat(64);
const FILES = { "04_backfill": "444444444444", "05_remove_phone": "555555555555" };
const record: PromotionRecord = {
  label: "1.1",
  appDigest: digestOf("a"),
  command: ["node", "server.mjs"],
  migrationsDigest: digestOf("b"),
  contractThrough: "05",
  lastFiles: FILES,
};
const candidate: Candidate = {
  stack: "prod",
  label: "1.1",
  appDigest: digestOf("a"),
  command: ["node", "server.mjs"],
  migrationsDigest: digestOf("b"),
  lastFiles: FILES,
};
const source: Source = { from: "staging", record, why: "", taken: [] };

/** What a user reads where `other` is refused. */
function refusal(other: Partial<Candidate>, from: Source = source): string {
  try {
    ensurePromoted({ ...candidate, ...other }, from);
  } catch (error) {
    assert.ok(isLockstepError(error), String(error));
    assert.equal(error.code, "NOT_PROMOTED");
    return formatError(error);
  }
  return assert.fail("nothing was refused");
}

describe("a promotion", () => {
  it("takes what was verified, with how far contract has run there, whatever its label", () => {
    assert.equal(ensurePromoted(candidate, source).contractThrough, "05");
    assert.equal(ensurePromoted({ ...candidate, label: "1.1.0" }, source), record);
  });

  it("refuses another app with both digests", () => {
    const text = refusal({ appDigest: digestOf("c") });
    assert.match(text, /Stack prod takes only what staging has verified/);
    assert.match(text, /staging +prod\n/);
    assert.match(text, /app +aaaaaaaaaaaa +cccccccccccc +differs/);
    assert.match(text, /migrations +bbbbbbbbbbbb +bbbbbbbbbbbb +same/);
    assert.match(text, /pulumi up --stack staging/);
    assert.doesNotMatch(text, /lockstep:release/);
  });

  it("refuses another command: one tree may hold several apps", () => {
    const text = refusal({ command: ["node", "server.mjs", "1.2"] });
    assert.match(text, /command +node server\.mjs +node server\.mjs 1\.2 +differs/);
  });

  it("refuses other migrations, and names the files that differ", () => {
    const text = refusal({
      migrationsDigest: digestOf("d"),
      lastFiles: { "05_remove_phone": "999999999999", "06_add_x": "666666666666" },
    });
    assert.match(text, /migrations +bbbbbbbbbbbb +dddddddddddd +differs/);
    assert.match(text, /05_remove_phone: other content/);
    assert.match(text, /06_add_x: only on prod/);
    assert.doesNotMatch(text, /04_backfill/, "prod's record names no file so far back");
  });

  it("names files that are missing here", () => {
    const { "05_remove_phone": _gone, ...lastFiles } = FILES;
    assert.match(
      refusal({ migrationsDigest: digestOf("d"), lastFiles }),
      /05_remove_phone: not on prod/,
    );
  });

  it("says where to look when the records name no difference", () => {
    assert.match(refusal({ migrationsDigest: digestOf("d") }), /before the last ones/);
  });

  it("offers the release that was verified where the label is another one", () => {
    const text = refusal({ label: "1.2", appDigest: digestOf("c") });
    assert.match(text, /release +1\.1 +1\.2/);
    assert.match(text, /pulumi config set lockstep:release 1\.1 --stack prod/);
  });

  it("has nothing to take from a stack without a record, and says why", () => {
    const text = refusal({}, { ...source, record: undefined, why: "its last update failed" });
    assert.match(text, /Stack staging has nothing to promote/);
    assert.match(text, /seen +its last update failed/);
    assert.match(text, /pulumi up --stack staging/);
  });

  it("lets a stack go back to what it took before, though the other has gone on or failed", () => {
    const earlier = { ...record, label: "1.0", appDigest: digestOf("0"), contractThrough: null };
    const back = { ...candidate, appDigest: digestOf("0") };
    const taken = [earlier];
    assert.equal(ensurePromoted(back, { ...source, taken }).contractThrough, null);
    assert.equal(ensurePromoted(back, { ...source, record: undefined, taken }), earlier);
  });

  it("goes by the newer record where a release is in both", () => {
    const taken = [{ ...record, contractThrough: null }];
    assert.equal(ensurePromoted(candidate, { ...source, taken }).contractThrough, "05");
  });
});

describe("what a stack remembers that it took", () => {
  it("is the newest first, each release once, ten at most", () => {
    const one = (digit: number) => ({ ...record, appDigest: digestOf(String(digit)) });
    const taken = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map(one);
    const again = takenAfter({ ...one(4), contractThrough: "07" }, taken);
    assert.deepEqual(
      again.map(({ appDigest }) => appDigest[0]),
      ["4", "0", "1", "2", "3", "5", "6", "7", "8", "9"],
    );
    assert.equal(again[0]?.contractThrough, "07");
    const more = takenAfter({ ...record, appDigest: digestOf("a") }, taken);
    assert.equal(more.length, 10);
    assert.equal(more.at(-1)?.appDigest[0], "8");
  });
});
