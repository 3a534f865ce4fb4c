import assert from "node:assert/strict";
import { chooseForDump, choosePhysical } from "../../../../engine/backup/scratchPrograms.ts";

const programs = [{ major: 18 }, { major: 16 }, { major: 14 }];

describe("the server that a backup is tried on", () => {
  it("is of the very same major version for a physical copy", () => {
    assert.deepEqual(choosePhysical(programs, 16), { major: 16 });
    assert.equal(choosePhysical(programs, 15), undefined);
  });

  it("is of the same or the next later major version for a dump", () => {
    assert.deepEqual(chooseForDump(programs, 16), { major: 16 });
    assert.deepEqual(chooseForDump(programs, 15), { major: 16 });
    assert.equal(chooseForDump(programs, 19), undefined);
  });
});
