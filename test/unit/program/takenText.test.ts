// Tests of the lines by which a stack remembers what it took.
import assert from "node:assert/strict";
import { parseTaken, takenLine } from "../../../program/takenText.ts";

const release = {
  label: "1.1",
  appDigest: "a".repeat(64),
  migrationsDigest: "b".repeat(64),
  contractThrough: "05",
  command: ["node", "a, command b", "1.1"],
};

describe("the releases that a stack took", () => {
  it("come back as they were written", () => {
    const none = { ...release, contractThrough: null };
    assert.deepEqual(parseTaken([release, none].map(takenLine)), [release, none]);
  });

  it("are none where there is no such output, and lack what can't be read", () => {
    assert.deepEqual(parseTaken(undefined), []);
    assert.deepEqual(parseTaken("x"), []);
    assert.deepEqual(
      parseTaken([7, "1.1: app aa", takenLine(release).slice(0, -1), takenLine(release)]),
      [release],
    );
  });
});
