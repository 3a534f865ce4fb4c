// A database of one contender, made anew before each run that needs an empty one.
import { randomBytes } from "node:crypto";
import { queryAll } from "../test/support/database.ts";

/** One database of the server whose superuser's URL it is given. */
export class FreshDatabase {
  readonly #server: string;
  #url: URL | undefined;

  constructor(server: string) {
    this.#server = server;
  }

  /** @throws Error before the first `renew`. */
  get url(): URL {
    if (this.#url === undefined) throw new Error("the database was not made yet");
    return new URL(this.#url);
  }

  /** DATABASE_URL for those who read it, and libpq's variables for psql. */
  get env(): Record<string, string> {
    const { href, username, password, hostname, port, pathname } = this.url;
    const parts = { PGUSER: username, PGPASSWORD: password, PGHOST: hostname, PGPORT: port };
    return { DATABASE_URL: href, ...parts, PGDATABASE: pathname.slice(1) };
  }

  async renew(): Promise<void> {
    await this.drop();
    const url = new URL(this.#server);
    url.pathname = `/bench_${randomBytes(6).toString("hex")}`;
    await queryAll(this.#server, `create database ${url.pathname.slice(1)} template template0`);
    this.#url = url;
  }

  async drop(): Promise<void> {
    if (this.#url === undefined) return;
    await queryAll(this.#server, `drop database ${this.#url.pathname.slice(1)} with (force)`);
    this.#url = undefined;
  }
}
