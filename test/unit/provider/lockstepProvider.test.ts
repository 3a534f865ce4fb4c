// The provider between engine and resource kinds: secrets, errors, outcomes, cancel. The kinds are made up here.
import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { LockstepError } from "../../../engine/errors/lockstepError.ts";
import type { StepEvent } from "../../../engine/events.ts";
import { EngineLink } from "../../../provider/engineLink.ts";
import { LockstepProvider } from "../../../provider/lockstepProvider.ts";
import { SavedFailure, type AnyResourceKind } from "../../../provider/resource.ts";
import { holdsSecret, wrapSecret, type Properties } from "../../../provider/unwrap.ts";

const URN = "urn:pulumi:dev::shop::lockstep:components:Migration$test:index:Thing::expand";
const PASSWORD = "hunter2";
const URL = `postgres://app:${PASSWORD}@db.example/shop`;

/** Keeps what would go to the engine. */
class HeardLink extends EngineLink {
  readonly heard: StepEvent[] = [];
  readonly urns: string[] = [];

  override sinkFor(urn: string): (event: StepEvent) => void {
    this.urns.push(urn);
    return (event) => this.heard.push(event);
  }
}

const IDLE: AnyResourceKind = {
  secrets: ["url"],
  isChanged: () => true,
  apply: (inputs) => Promise.resolve({ id: "thing-1", outputs: inputs }),
};

describe("LockstepProvider", () => {
  const links: EngineLink[] = [];
  afterEach(() => {
    for (const link of links.splice(0)) link.close();
  });

  /** A provider with one kind, `test:index:Thing`. */
  function provide(kind: Partial<AnyResourceKind>) {
    // Nobody listens there; gRPC connects only when it is asked to.
    const link = new HeardLink("127.0.0.1:1");
    links.push(link);
    const whole = { ...IDLE, ...kind };
    const provider = new LockstepProvider(
      { "test:index:Thing": () => Promise.resolve(whole) },
      link,
      () => Promise.reject(new Error("no component was asked for")),
    );
    return { provider, link };
  }

  const news: Properties = {
    url: wrapSecret(URL),
    env: { PLAIN: "a", TOKEN: wrapSecret("t0ken") },
    port: 8080,
  };
  const plain = { url: URL, env: { PLAIN: "a", TOKEN: "t0ken" }, port: 8080 };

  it("refuses a type it does not know", async () => {
    const { provider } = provide({});
    await assert.rejects(
      provider.create("urn:pulumi:dev::shop::lockstep:index:Dance::x", {}),
      /no resource of type lockstep:index:Dance/,
    );
  });

  it("lets a kind tell in a diff what saved outputs and new inputs say", async () => {
    const { provider, link } = provide({
      foretell: (saved, inputs, { report }) => {
        report("info", `${String(saved.a)} to ${String(inputs.a)}`);
        return Promise.resolve();
      },
    });
    await provider.diff("thing-1", URN, { a: 1 }, { a: wrapSecret(2) });
    assert.deepEqual(
      link.heard.map(({ message }) => message),
      ["1 to 2"],
    );
  });

  describe("check", () => {
    it("asks with plain values, and hands secrets back as they came beside what it adds", async () => {
      const asked: Properties[] = [];
      const { provider } = provide({
        check(inputs) {
          asked.push(inputs);
          return Promise.resolve({ inputs: { ...inputs, pending: true }, failures: [] });
        },
      });
      const answer = await provider.check(URN, {}, news);
      assert.deepEqual(asked, [plain]);
      assert.deepEqual(answer, { inputs: { ...news, pending: true }, failures: [] });
    });

    it("passes failures on", async () => {
      const failures = [{ property: "port", reason: "taken" }];
      const { provider } = provide({
        check: (inputs) => Promise.resolve({ inputs, failures }),
      });
      assert.deepEqual((await provider.check(URN, {}, news)).failures, failures);
    });

    it("makes an error one failure in people's words, without the password", async () => {
      const { provider } = provide({
        check: () =>
          Promise.reject(
            new LockstepError("CONNECTION", "No database", { seen: URL, next: "look" }),
          ),
      });
      const { inputs, failures = [] } = await provider.check(URN, {}, news);
      assert.deepEqual(inputs, news);
      assert.equal(failures.length, 1);
      assert.match(
        failures[0]?.reason ?? "",
        /^No database\n {2}seen .*:\*\*\*@db\.example.*\n {2}next {3}look$/,
      );
    });

    it("takes inputs as they are where a kind does not check", async () => {
      const { provider } = provide({});
      assert.deepEqual(await provider.check(URN, {}, news), { inputs: news });
    });
  });

  describe("diff", () => {
    it("compares plain outputs with plain inputs, and never replaces", async () => {
      const seen: unknown[] = [];
      const { provider } = provide({
        isChanged(saved, inputs) {
          seen.push(saved, inputs);
          return false;
        },
      });
      const answer = await provider.diff("thing-1", URN, { verdict: wrapSecret("pass") }, news);
      assert.deepEqual(seen, [{ verdict: "pass" }, plain]);
      assert.deepEqual(answer, { changes: false, replaces: [] });
    });

    it("waits for a kind that has to look", async () => {
      const { provider } = provide({ isChanged: () => Promise.resolve(true) });
      assert.equal((await provider.diff("thing-1", URN, {}, {})).changes, true);
    });
  });

  describe("create and update", () => {
    it("work with plain values and save wrapped what came wrapped, at any depth", async () => {
      const asked: Properties[] = [];
      const { provider } = provide({
        apply(inputs) {
          asked.push(inputs);
          return Promise.resolve({ id: "thing-1", outputs: { ...inputs, pid: 7 } });
        },
      });
      const outs = {
        url: wrapSecret(URL),
        env: wrapSecret({ PLAIN: "a", TOKEN: "t0ken" }),
        port: 8080,
        pid: 7,
      };
      assert.deepEqual(await provider.create(URN, news), { id: "thing-1", outs });
      assert.deepEqual(await provider.update("old-id", URN, {}, news), { outs });
      assert.deepEqual(asked, [plain, plain]);
    });

    it("report under the resource's name and URN", async () => {
      const { provider, link } = provide({
        apply(inputs, { report }) {
          report("info", "working");
          return Promise.resolve({ id: "x", outputs: inputs });
        },
      });
      await provider.create(URN, {});
      assert.deepEqual(link.urns, [URN]);
      assert.deepEqual(
        link.heard.map(({ step, level, message }) => [step, level, message]),
        [["expand", "info", "working"]],
      );
    });

    it("tell a plain error without a stack, an id or the password", async () => {
      const failed = new LockstepError("CONNECTION", "No database", { seen: URL });
      const { provider } = provide({ apply: () => Promise.reject(failed) });
      const error = await failureOf(provider.create(URN, news));
      assert.equal(error.stack, error.message);
      assert.match(error.message, /^No database\n {2}seen/);
      assert.ok(!error.message.includes(PASSWORD));
      assert.deepEqual(
        [error.id, error.properties, error.reasons],
        [undefined, undefined, undefined],
      );
    });

    it("save a failure's outcome: id, properties with secrets wrapped, and the reason", async () => {
      const cause = new LockstepError("GATE_FAILED", "The gate failed", { seen: URL });
      const { provider } = provide({
        apply: (inputs) =>
          Promise.reject(
            new SavedFailure(cause, { id: "gate-1", outputs: { ...inputs, verdict: "fail" } }),
          ),
      });
      const error = await failureOf(provider.create(URN, news));
      assert.equal(error.id, "gate-1");
      assert.deepEqual(error.properties, {
        url: wrapSecret(URL),
        env: wrapSecret({ PLAIN: "a", TOKEN: "t0ken" }),
        port: 8080,
        verdict: "fail",
      });
      assert.deepEqual(error.reasons, [error.message]);
      assert.match(error.message, /^The gate failed\n {2}seen/);
      assert.ok(!error.message.includes(PASSWORD));
      assert.equal(error.stack, error.message);
    });

    it("keep the id that a resource has, also in failure", async () => {
      const { provider } = provide({
        apply: (inputs) =>
          Promise.reject(new SavedFailure(new Error("no"), { id: "new", outputs: inputs })),
      });
      assert.equal((await failureOf(provider.update("old", URN, {}, news))).id, "old");
    });
  });

  describe("read and delete", () => {
    it("read returns the saved state where a kind cannot look", async () => {
      const { provider } = provide({});
      assert.deepEqual(await provider.read("thing-1", URN, news), { id: "thing-1", props: news });
    });

    it("read keeps secrets", async () => {
      const { provider } = provide({
        read: (saved) => Promise.resolve({ ...saved, state: "stopped" }),
      });
      const { props } = await provider.read("thing-1", URN, news);
      assert.deepEqual([props.url, props.state], [news.url, "stopped"]);
      assert.ok(holdsSecret(props.env));
    });

    it("delete hands over plain values, and is nothing where a kind leaves nothing", async () => {
      const asked: Properties[] = [];
      const { provider } = provide({
        remove(saved) {
          asked.push(saved);
          return Promise.resolve();
        },
      });
      await provider.delete("thing-1", URN, news);
      assert.deepEqual(asked, [plain]);
      await provide({}).provider.delete("thing-1", URN, news);
    });
  });

  it("tells what runs to end on cancel, and is idle once it has", async () => {
    const started = new EventEmitter();
    const heard = once(started, "signal") as Promise<[AbortSignal]>;
    const { provider } = provide({
      async apply(inputs, { signal }) {
        started.emit("signal", signal);
        await once(started, "end");
        return { id: "x", outputs: inputs };
      },
    });
    await provider.idle();
    const done = provider.create(URN, {});
    const [signal] = await heard;
    let isIdle = false;
    const idle = provider.idle().then(() => {
      isIdle = true;
    });
    assert.equal(signal.aborted, false);
    await provider.cancel();
    assert.equal(signal.aborted, true);
    assert.match(String(signal.reason), /cancelled/);
    assert.equal(isIdle, false);
    started.emit("end");
    await Promise.all([done, idle]);
    assert.equal(isIdle, true);
  });
});

/** What `promise` fails with, as Pulumi's provider server reads it. */
async function failureOf(
  promise: Promise<unknown>,
): Promise<Error & { id?: string; properties?: Properties; reasons?: readonly string[] }> {
  return promise.then(
    () => assert.fail("expected a failure"),
    (error: unknown) => {
      assert.ok(error instanceof Error);
      return error;
    },
  );
}
