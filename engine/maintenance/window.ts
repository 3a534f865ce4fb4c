// The time in which a release's risky files are applied: on before the first of them, off behind the last, off where one fails.
import { setTimeout as delay } from "node:timers/promises";
import type { Client } from "pg";
import { withConnection } from "../drivers/postgres/connect.ts";
import { isLockstepError } from "../errors/lockstepError.ts";
import type { ReleaseContext } from "../ledger/releases.ts";
import { weighRun, type WeighedRun } from "../run/riskHold.ts";
import { ensureNotAborted, type Run } from "../run/workSession.ts";
import { fileId } from "../sources/fileId.ts";
import type { Migration } from "../sources/migration.ts";
import {
  describeSpan,
  planMaintenance,
  type MaintenancePolicy,
  type MaintenanceSpan,
} from "./policy.ts";
import { COUNTS } from "./row.ts";
import { RENEW, switchOff, switchOn } from "./switch.ts";

/** A release's switch ends so long after the last heartbeat of its lease, ms: longer than a server takes to restart. */
export const SWITCH_LIFE_MS = 30_000;

/** What the app's page says. */
const REASON = "the database is changed";

/** Called around each file of a run. */
export interface FileHooks {
  readonly before: (file: Migration) => Promise<void>;
  readonly after: (file: Migration) => Promise<void>;
}

/** What is applied, and by which rule. */
export interface WindowRequest extends Pick<WeighedRun, "scope" | "ledger" | "plan"> {
  readonly release: ReleaseContext;
  readonly policy: MaintenancePolicy;
}

/**
 * Runs `apply`, whose files call the hooks. However that ends, what the release switched on is off again, but for a failure
 * under `keepOnFailure`; a run that ends well also switches off what an earlier one has left on.
 * @throws LockstepError INTERRUPTED while it waits for the app; else what `apply` throws.
 */
export async function inMaintenance(
  run: Run,
  request: WindowRequest,
  apply: (hooks: FileHooks) => Promise<void>,
): Promise<void> {
  const span = await findSpan(run.session.client, request);
  const window = new Window(run, request, span);
  try {
    await apply(window);
  } catch (error) {
    await window.fail(error);
    throw error;
  }
  await window.end();
}

/** The same files that a preview names, by the database as it is now. */
async function findSpan(
  client: Client,
  { policy, ...run }: WindowRequest,
): Promise<MaintenanceSpan | undefined> {
  const { pending } = run.plan;
  if (policy.during === "none" || pending.length === 0) return undefined;
  const { files } = await weighRun(client, run);
  const own = files.filter(({ path }) => pending.some((file) => file.path === path));
  return planMaintenance(own, policy.during)[0];
}

class Window implements FileHooks {
  readonly #run: Run;
  readonly #request: WindowRequest;
  readonly #span: MaintenanceSpan | undefined;
  #sinceMs: number | undefined;
  #stopRenewal: () => void = () => undefined;

  constructor(run: Run, request: WindowRequest, span: MaintenanceSpan | undefined) {
    this.#run = run;
    this.#request = request;
    this.#span = span;
  }

  readonly before = async (file: Migration): Promise<void> => {
    if (fileId(file) !== this.#span?.first || this.#sinceMs !== undefined) return;
    const { report, signal } = this.#run;
    const { waitMs } = this.#request.policy;
    const isAway = await this.#switchOn();
    this.#sinceMs = performance.now();
    report("info", `maintenance mode is on ${describeSpan(this.#span)}`, { maintenance: "on" });
    if (isAway) return;
    report("progress", `waiting ${String(waitMs / 1000)} s, so that requests under way end`);
    await delay(waitMs, undefined, { signal }).catch(() => undefined);
    ensureNotAborted(signal);
  };

  readonly after = async (file: Migration): Promise<void> => {
    if (fileId(file) === this.#span?.last) await this.end();
  };

  /** Switches off what a release holds. */
  async end(): Promise<void> {
    this.#stopRenewal();
    const was = await this.#connected((client) =>
      switchOff(client, { heldBy: "release", who: this.#who }),
    );
    if (!was && this.#sinceMs === undefined) return;
    const forS = (performance.now() - (this.#sinceMs ?? performance.now())) / 1000;
    this.#sinceMs = undefined;
    const how = was ? "is off" : "was off before";
    const lasted = forS > 0 ? ` after ${forS.toFixed(1)} s` : ", which an earlier run had left on";
    this.#run.report("info", `maintenance mode ${how}${lasted}`, { maintenance: "off" });
  }

  async fail(error: unknown): Promise<void> {
    this.#stopRenewal();
    if (this.#sinceMs === undefined) return;
    // Whoever took the lease over works for the release now, and its switch is theirs.
    if (isLockstepError(error) && error.code === "LEASE_LOST") return;
    if (this.#request.policy.keepOnFailure) {
      const message = "maintenance mode stays on after the failure: lockstep maintenance off";
      this.#run.report("warn", message, { maintenance: "kept" });
      return;
    }
    // The failure is what counts, also where the server is away.
    await this.end().catch(() => {
      const ends = `it ends by itself within ${String(SWITCH_LIFE_MS / 1000)} s`;
      this.#run.report("warn", `maintenance mode could not be switched off; ${ends}`);
    });
  }

  get #who(): string {
    return `release ${this.#request.release.label}`;
  }

  /** @returns whether the app has been away for long enough already. */
  async #switchOn(): Promise<boolean> {
    const { release, policy } = this.#request;
    const { keepOnFailure, waitMs } = policy;
    const who = this.#who;
    const own = { heldBy: "release", who, release: release.digest, reason: REASON } as const;
    const isAway = await this.#connected(async (client) => {
      const away = await client.query(
        `SELECT FROM lockstep.maintenance WHERE ${COUNTS} AND since <= clock_timestamp() - $1 * interval '1 ms'`,
        [waitMs],
      );
      await switchOn(client, { ...own, ...(!keepOnFailure && { forMs: SWITCH_LIFE_MS }) });
      return (away.rowCount ?? 0) > 0;
    });
    if (!keepOnFailure)
      this.#stopRenewal = this.#run.lease.alongside((queries) =>
        queries.query(RENEW, [release.digest, SWITCH_LIFE_MS]),
      );
    return isAway;
  }

  /** Not the run's own session, which a failure may have left in a transaction. */
  #connected<T>(use: (client: Client) => Promise<T>): Promise<T> {
    const options = { applicationName: "lockstep:maintenance" };
    return withConnection(this.#run.session.target, options, use);
  }
}
