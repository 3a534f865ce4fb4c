// Tests of the class that other programs use: what it registers, what it takes from the config, what it refuses.
import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { Release } from "../../../package/release.ts";
import type { ReleaseArgs } from "../../../package/releaseArgs.ts";
import {
  find,
  plainText,
  record,
  secretOf,
  valueOf,
  type RunOptions,
} from "../components/record.ts";
import { FILES, inProject } from "../program/stack.ts";

const ARGS: ReleaseArgs = {
  release: "1.1",
  app: { dir: "app", command: ["node", "server.mjs", "${release}"], port: 8080 },
};

/** Makes a release named `shop` in a temporary project, and waits until all of it is registered. */
async function release(args: ReleaseArgs, options: RunOptions = {}) {
  return inProject(FILES, () =>
    record(async () => {
      const made = new Release("shop", args);
      await (made as unknown as { getData: () => Promise<unknown> }).getData();
      return made;
    }, options),
  );
}

/** What is thrown at once, having registered nothing. */
async function refusal(args: ReleaseArgs, options: RunOptions = {}): Promise<string> {
  let message = "";
  const recording = await record(() => {
    try {
      new Release("shop", args);
    } catch (error) {
      assert.ok(pulumi.RunError.isInstance(error), String(error));
      message = error.message;
    }
  }, options);
  assert.deepEqual(recording.registrations, []);
  return message;
}

describe("a release of another program", () => {
  it("has all parts of a release, below it and named after it", async () => {
    const recording = await release(ARGS);
    const parts = recording.registrations.map(({ id }) => id);
    for (const part of ["expand-step", "verification-step"]) {
      assert.ok(parts.includes(`lockstep:index:Step shop-${part}`), parts.join("\n"));
    }
    const planned = find(recording, "lockstep:components:Release shop-parts");
    assert.equal(planned.parent, "lockstep:index:Release shop");
    assert.ok(recording.registrations.every(({ hadNoParent }) => !hadNoParent));
  });

  it("puts out what our own program does", async () => {
    const { result } = await release(ARGS);
    assert.match(await valueOf(result.releaseId), /^1\.1-[0-9a-f]{12}$/);
    assert.equal(await valueOf(result.url), "http://127.0.0.1:8080");
    assert.equal(await valueOf(result.waiting), "nothing");
    assert.equal(typeof (await valueOf(result.promotion)), "object");
    assert.deepEqual(await valueOf(result.taken), []);
  });

  it("takes from the config what no argument says", async () => {
    const { app } = ARGS;
    const config = { "lockstep:release": "2.0", "lockstep:gate": { failures: 7 } };
    const recording = await release({ ...(app && { app }), gate: { watch: "9s" } }, { config });
    assert.match(await valueOf(recording.result.releaseId), /^2\.0-/);
    const { settings } = find(recording, "lockstep:index:HealthGate shop-gate-watch").inputs;
    const { watchMs, failures } = settings as { watchMs: number; failures: number };
    assert.deepEqual([watchMs, failures], [9_000, 3], "an argument replaces the whole key");
  });

  it("takes a URL and variables that are known only later, and keeps them secret", async () => {
    const url = pulumi.output(Promise.resolve("postgres://u:geheim@db.example/shop"));
    const secretEnv = { TOKEN: pulumi.output("geheim"), KEY: "geheim" };
    const { app = { port: 1 } } = ARGS;
    const recording = await release({ ...ARGS, database: { url }, app: { ...app, secretEnv } });
    const { inputs } = find(recording, "lockstep:index:Step shop-expand-step");
    assert.deepEqual(inputs.url, secretOf("postgres://u:geheim@db.example/shop"));
    const own = JSON.stringify(find(recording, "lockstep:index:Release shop").inputs);
    assert.match(own, /TOKEN/);
    const process = find(recording, "lockstep:index:Process shop-app-process").inputs;
    const { TOKEN, KEY } = (process.env as { value: Record<string, string> }).value;
    assert.deepEqual([TOKEN, KEY], ["geheim", "geheim"]);
    const shown = own.replaceAll(
      /\{"4dabf18193072939515e22adb298388d":"[^"]+","value":"[^"]*"\}/g,
      "",
    );
    assert.doesNotMatch(shown, /geheim/);
  });

  it("takes the way past a pooler as it takes the URL, now or later", async () => {
    const pooled = "postgres://u:geheim@pooler.example/shop";
    const direct = "postgres://u:geheim@db.example/shop";
    const later = (text: string) => pulumi.output(Promise.resolve(text));
    const recording = await release({
      ...ARGS,
      database: { url: later(pooled), directUrl: later(direct) },
    });
    const { inputs } = find(recording, "lockstep:index:Step shop-expand-step");
    assert.deepEqual(inputs.url, secretOf(direct));
    const process = find(recording, "lockstep:index:Process shop-app-process").inputs;
    assert.deepEqual(process.env, secretOf({ DATABASE_URL: pooled }));
    assert.doesNotMatch(plainText(recording), /geheim/);
    // One of the two is known now: the other one is not taken for another database's.
    const url = "postgres://u@pooler.example/shop";
    const half = await release({ ...ARGS, database: { url, directUrl: later(direct) } });
    const step = find(half, "lockstep:index:Step shop-expand-step").inputs;
    assert.deepEqual(step.url, secretOf(direct));
  });

  it("names all that is wrong at once", async () => {
    const text = await refusal({
      gate: { watch: "soon" },
      database: { url: "postgres://u:geheim@db.example/shop" },
    });
    assert.match(
      text,
      /The arguments of release shop, with the config of stack dev, can't be used/,
    );
    for (const path of ["release ", "app ", "gate.watch ", "database.url "]) {
      assert.ok(text.includes(`\n  ${path}`), `${path} in ${text}`);
    }
    assert.doesNotMatch(text, /geheim/);
  });
});
