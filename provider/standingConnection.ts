// A connection that is held for minutes: where it is cut, the next use makes another.
import type { Client } from "pg";
import { close, connectWhenReady, DEFAULT_WAIT } from "../engine/drivers/postgres/connect.ts";
import { isConnectionLost } from "../engine/drivers/postgres/diagnose.ts";
import type { DatabaseTarget } from "../engine/drivers/postgres/target.ts";
import type { ResourceContext } from "./resource.ts";

/** Who connects, and whom to tell. */
export interface StandingOptions extends Pick<ResourceContext, "report" | "signal"> {
  readonly applicationName: string;
}

/** Connects at the first use. */
export class StandingConnection {
  readonly #target: DatabaseTarget;
  readonly #options: StandingOptions;
  #client: Promise<Client> | undefined;

  constructor(target: DatabaseTarget, options: StandingOptions) {
    this.#target = target;
    this.#options = options;
  }

  /**
   * Hands `work` the connection. Where that is cut meanwhile, `work` is done once more on a new one: it
   * must be of a kind that may run twice.
   * @throws LockstepError CONNECTION where the database stays away; what `work` throws.
   */
  async use<T>(work: (client: Client) => Promise<T>): Promise<T> {
    try {
      return await work(await this.#connected());
    } catch (error) {
      if (!isConnectionLost(error)) throw error;
      this.#options.report("progress", "the connection to the ledger was cut: connecting again");
      await this.close();
      return work(await this.#connected());
    }
  }

  /** Connects already. @throws LockstepError CONNECTION. */
  async open(): Promise<void> {
    await this.#connected();
  }

  async close(): Promise<void> {
    const client = await this.#client?.catch(() => undefined);
    this.#client = undefined;
    if (client) await close(client);
  }

  #connected(): Promise<Client> {
    this.#client ??= connectWhenReady(this.#target, { ...DEFAULT_WAIT, ...this.#options });
    this.#client.catch(() => (this.#client = undefined));
    return this.#client;
  }
}
