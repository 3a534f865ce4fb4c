// Where lockstep keeps its things.
import assert from "node:assert/strict";
import { lockstepHome } from "../../../engine/home.ts";

describe("lockstepHome", () => {
  it("is what LOCKSTEP_HOME says, made absolute", () => {
    assert.equal(lockstepHome({ LOCKSTEP_HOME: "/srv/ls" }), "/srv/ls");
    assert.equal(lockstepHome({ LOCKSTEP_HOME: "ls" }), `${process.cwd()}/ls`);
  });

  it("else belongs to the machine for root, and to the user otherwise", () => {
    const home = lockstepHome({ XDG_DATA_HOME: "/home/ann/data" });
    const isRoot = process.getuid?.() === 0;
    assert.equal(home, isRoot ? "/var/lib/lockstep" : "/home/ann/data/lockstep");
  });
});
