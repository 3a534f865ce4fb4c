// Two versions of an app that write one table, each through its own column; what each row last got is known here.
import assert from "node:assert/strict";
import pg from "pg";
import { queryAll } from "../../../support/database.ts";
import { eventually } from "../../../support/eventually.ts";

/** The column of one version. */
interface VersionColumn {
  /** As SQL has it. */
  readonly column: string;
  /** The table, where the version knows it under another name. */
  readonly table?: string;
  /** What it writes for the nth value, and reads again: as text. */
  readonly value: (n: number) => string;
}

/** A table that both write. */
export interface SharedTable {
  /** As SQL has it. */
  readonly table: string;
  /** A column that tells rows apart and does not move; filled by the writers. */
  readonly key: string;
  readonly old: VersionColumn;
  readonly new: VersionColumn;
}

/** Writers of both versions. */
export class TwoVersions {
  running: readonly ("old" | "new")[] = ["old"];
  readonly #url: string;
  readonly #shared: SharedTable;
  /** The number of each row's value, by the row's key. */
  readonly #values = new Map<number, number>();
  #writers: readonly Promise<void>[] = [];
  #next = 0;
  #writes = 0;
  #isStopped = false;
  #failure: unknown;

  constructor(url: string, shared: SharedTable) {
    this.#url = url;
    this.#shared = shared;
  }

  /** Rows of the old version, from before everything. */
  async seed(rows: number): Promise<void> {
    for (let n = 0; n < rows; n += 1) await this.#insert(this.#url, "old");
  }

  /** Starts two writers, each with rows of its own. */
  start(): void {
    this.#isStopped = false;
    const rows = [...this.#values.keys()];
    this.#writers = [0, 1].map((writer) =>
      this.#write(rows.filter((_row, at) => at % 2 === writer)),
    );
  }

  /** Resolves after `more` further writes. */
  async written(more: number): Promise<void> {
    const enough = this.#writes + more;
    await eventually(`${more} writes`, () => {
      if (this.#failure) throw new Error("a writer failed", { cause: this.#failure });
      return this.#writes >= enough;
    });
  }

  /** Ends the writers; fails where one has met an error. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#writers);
    if (this.#failure) throw new Error("a writer failed", { cause: this.#failure });
  }

  /** Compares every row with what was written last, as `versions` read it. */
  async ensureValues(...versions: readonly ("old" | "new")[]): Promise<void> {
    for (const version of versions) {
      const { column, table = this.#shared.table, value } = this.#shared[version];
      const rows = await queryAll<{ key: string; value: string }>(
        this.#url,
        `select ${this.#shared.key}::text as key, ${column}::text as value from ${table}`,
      );
      const found = rows
        .map((row) => [Number(row.key), row.value] as const)
        .toSorted(([a], [b]) => a - b);
      const known = [...this.#values]
        .map(([key, n]) => [key, value(n)] as const)
        .toSorted(([a], [b]) => a - b);
      assert.ok(known.length > 0);
      assert.deepEqual(found, known, version);
    }
  }

  async #write(own: number[]): Promise<void> {
    const client = new pg.Client({ connectionString: this.#url });
    await client.connect();
    try {
      for (let turn = 0; !this.#isStopped; turn += 1) {
        const version = this.running[turn % this.running.length] ?? "old";
        const key = own[turn % Math.max(own.length, 1)];
        if (key === undefined || turn % 5 === 0) own.push(await this.#insert(client, version));
        else await this.#change(client, version, key);
        this.#writes += 1;
      }
    } catch (error) {
      this.#failure = error;
    } finally {
      await client.end();
    }
  }

  async #insert(on: string | pg.Client, version: "old" | "new"): Promise<number> {
    const { column, table = this.#shared.table, value } = this.#shared[version];
    const n = (this.#next += 1);
    const sql = `insert into ${table} (${this.#shared.key}, ${column}) values ($1, $2)`;
    await (typeof on === "string"
      ? queryAll(on, sql, [n, value(n)])
      : on.query(sql, [n, value(n)]));
    this.#values.set(n, n);
    return n;
  }

  async #change(client: pg.Client, version: "old" | "new", key: number): Promise<void> {
    const { column, table = this.#shared.table, value } = this.#shared[version];
    const n = (this.#next += 1);
    const sql = `update ${table} set ${column} = $2 where ${this.#shared.key} = $1`;
    const { rowCount } = await client.query(sql, [key, value(n)]);
    assert.equal(rowCount, 1);
    this.#values.set(key, n);
  }
}
