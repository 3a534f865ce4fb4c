// What two looks make of processes and database.
import assert from "node:assert/strict";
import { VitalsMeter, type DatabaseSample } from "../../../../engine/health/vitals.ts";

const CALM: DatabaseSample = { connections: 5, maxConnections: 97, lostSessions: 4, deadlocks: 1 };

describe("VitalsMeter", () => {
  it("makes busy processors of CPU times, of the instance that takes most", () => {
    const meter = new VitalsMeter();
    const look = (a: number, b: number, nowMs: number) =>
      meter.add(
        [
          { instance: "pod a", cpuSeconds: a, memoryBytes: 10 },
          { instance: "pod b", cpuSeconds: b, memoryBytes: 20 },
        ],
        "away",
        nowMs,
      ).usage;
    assert.deepEqual(look(1, 5, 0), { memoryInstance: "pod b", cpuCores: null, memoryBytes: 20 });
    assert.deepEqual(look(2, 9, 2000), {
      cpuInstance: "pod b",
      memoryInstance: "pod b",
      cpuCores: 2,
      memoryBytes: 20,
    });
    // A container that began again counts from 0.
    assert.deepEqual(look(3, 1, 4000), {
      cpuInstance: "pod a",
      memoryInstance: "pod b",
      cpuCores: 0.5,
      memoryBytes: 20,
    });
  });

  it("takes processors that somebody else has measured, and says what is not to be seen", () => {
    const meter = new VitalsMeter();
    const measured = [{ cpuSeconds: null, cpuCores: 0.25, memoryBytes: null }];
    assert.deepEqual(meter.add(measured, CALM, 0).usage, { cpuCores: 0.25, memoryBytes: null });
    assert.equal(meter.add("why", CALM, 0).usage, "why");
    assert.equal(meter.add([], CALM, 0).usage, "no instance says them");
  });

  it("counts the database's errors since the look before, also over a reset of its statistics", () => {
    const meter = new VitalsMeter();
    const errors = (sample: DatabaseSample | string) => {
      const { database } = meter.add("", sample, 0);
      return typeof database === "string" ? database : database.errors;
    };
    assert.equal(errors(CALM), 0);
    assert.equal(errors({ ...CALM, lostSessions: 6, deadlocks: 2 }), 3);
    assert.equal(errors("it is away"), "it is away");
    assert.equal(errors({ ...CALM, lostSessions: 1, deadlocks: 2 }), 1);
  });
});
