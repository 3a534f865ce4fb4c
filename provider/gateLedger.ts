// What a gate writes to the ledger; each entry on a connection of its own, since a gate outlives a database restart.
import type { Client } from "pg";
import { close, connectWhenReady, DEFAULT_WAIT } from "../engine/drivers/postgres/connect.ts";
import type { DatabaseTarget } from "../engine/drivers/postgres/target.ts";
import { lowerFence } from "../engine/fence/fence.ts";
import type { Baseline } from "../engine/health/baseline.ts";
import { lookOnce } from "../engine/health/databaseLook.ts";
import type { CheckResult, GateOutcome } from "../engine/health/gate.ts";
import type { AskOptions } from "../engine/health/observe.ts";
import type { DatabaseSample } from "../engine/health/vitals.ts";
import { readReleases, type ReleaseState } from "../engine/ledger/ledger.ts";
import { lastEvent, recordEvent } from "../engine/ledger/record.ts";
import {
  closeRelease,
  hasContracted,
  openRelease,
  type ReleaseContext,
} from "../engine/ledger/releases.ts";
import type { ResourceContext } from "./resource.ts";

/** The ledger as one release's gate sees it. */
export class GateLedger {
  readonly #target: DatabaseTarget;
  readonly #release: ReleaseContext;
  readonly #context: ResourceContext;
  /** Whether the last check could not be recorded. */
  #isAway = false;

  constructor(target: DatabaseTarget, release: ReleaseContext, context: ResourceContext) {
    this.#target = target;
    this.#release = release;
    this.#context = context;
  }

  /**
   * Asserts that this release is the active one.
   * @throws LockstepError ROLLED_BACK_BEFORE or RELEASE_ACTIVE.
   */
  async open(): Promise<void> {
    await this.#with((client) => openRelease(client, this.#release));
  }

  /** A check is worth a row, not a failed gate: where the database is away, the gate goes on, and says so once. */
  async recordCheck(check: CheckResult): Promise<void> {
    const { digest } = this.#release;
    const once = { attempts: 1, intervalMs: 0 };
    const write = (client: Client) =>
      recordEvent(client, { release: digest, kind: "gateCheck", data: { ...check } });
    const wasAway = this.#isAway;
    this.#isAway = await this.#with(write, once).then(
      () => false,
      () => true,
    );
    if (this.#isAway && !wasAway)
      this.#context.report("warn", "the ledger is away: checks are not recorded until it is back");
  }

  /** One look at the server, on a connection of its own as an app's would be; a string says why there is none. */
  lookAtDatabase(ask: AskOptions): Promise<DatabaseSample | string> {
    return lookOnce(this.#target, { ...ask, applicationName: "lockstep:gate" });
  }

  /** What the release before was like right before this one's rollout, where that was recorded. */
  async readBaseline(): Promise<Baseline | undefined> {
    const found = await this.#with((client) =>
      lastEvent(client, ["gateBaseline"], this.#release.digest),
    );
    return found?.data;
  }

  async recordVerdict({ verdict, reason, errorRate }: GateOutcome): Promise<void> {
    const { digest } = this.#release;
    const data = { verdict, reason, errorRate };
    await this.#with((client) => recordEvent(client, { release: digest, kind: "gate", data }));
  }

  /** Whether this release is still the one under way: an orphaned gate must not undo a later one. */
  async isActive(): Promise<boolean> {
    const active = await this.#with(readReleases).then((releases) =>
      releases.find((release) => release.state === "active"),
    );
    return active?.digest === this.#release.digest;
  }

  /** Remembers the rollback; returns how many there were of this release. */
  async recordRollback(to: string, why: string): Promise<number> {
    const { digest } = this.#release;
    return this.#with(async (client) => {
      await recordEvent(client, { release: digest, kind: "rollback", data: { to, why } });
      await closeRelease(client, digest, { state: "rolledBack", why });
      const row = (await readReleases(client)).find((one) => one.digest === digest);
      return row?.rollbacks ?? 1;
    });
  }

  async close(state: Exclude<ReleaseState, "active">, why: string): Promise<void> {
    await this.#with((client) => closeRelease(client, this.#release.digest, { state, why }));
  }

  /** Whether a contract file of this release was applied: then the release before cannot run any more. */
  async hasContracted(): Promise<boolean> {
    return this.#with((client) => hasContracted(client, this.#release.digest));
  }

  /** The release before comes back: its login, where a drain of this one has closed it, is opened again. */
  async letBack(): Promise<void> {
    const opened = await this.#with((client) => lowerFence(client, this.#release.digest));
    if (opened.length > 0) {
      this.#context.report("info", `logins of older releases open again: ${opened.join(", ")}`);
    }
  }

  async #with<T>(
    use: (client: Client) => Promise<T>,
    wait: { readonly attempts: number; readonly intervalMs: number } = DEFAULT_WAIT,
  ): Promise<T> {
    const { report } = this.#context;
    // No signal: after Ctrl-C the verdict and the closing must still be written.
    const client = await connectWhenReady(this.#target, {
      applicationName: "lockstep:gate",
      ...wait,
      report,
    });
    try {
      return await use(client);
    } finally {
      await close(client);
    }
  }
}
