// A column that moves while two releases write: who wrote what last is known here, row by row.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import pg from "pg";
import { queryAll } from "../../../support/database.ts";
import { eventually } from "../../../support/eventually.ts";
import type { Files } from "../run/applyFiles.ts";

/** The old one knows only `phone`, the new one only `contact_phone`. */
export type Release = "old" | "new";

/** A table's key: its columns, their types, and the value of the nth row as text. */
export interface KeyKind {
  readonly names: readonly string[];
  readonly types: readonly string[];
  readonly valueOf: (n: number) => readonly string[];
}

const single = (type: string, valueOf: (n: number) => string): KeyKind => ({
  names: ["id"],
  types: [type],
  valueOf: (n) => [valueOf(n)],
});
const LETTERS = ["a", "Z", "é", "-", "漢", "B'"];

/** Kinds of keys that people walk. */
export const KEY_KINDS: Readonly<Record<string, KeyKind>> = {
  bigint: single("bigint", (n) => String(n * 3_000_000_007)),
  uuid: single("uuid", (n) => createHash("md5").update(String(n)).digest("hex")),
  "two columns": {
    names: ["tenant", "id"],
    types: ["int", "text"],
    valueOf: (n) => [String(Math.abs(n % 7)), `row ${String(n)}`],
  },
  "text in a collation of its own": single(
    'text collate "und-x-icu"',
    (n) => `${LETTERS.at(n % LETTERS.length) ?? ""}${String(n)}`,
  ),
  timestamptz: single("timestamptz", (n) => new Date(Date.UTC(2026, 0, 1) + n * 997).toISOString()),
};

/** The release's files: the column and its trigger, the backfill in small batches, contract. */
export function movingFiles({ names, types }: KeyKind): Files {
  const columns = names.map((name, at) => `${name} ${types[at] ?? ""}`).join(", ");
  return {
    "01_create_people_up.sql": `create table people (${columns}, phone text, primary key (${names.join(", ")}));`,
    "02_add_contact_phone_up.sql": `alter table people add column contact_phone text;
      create function sync() returns trigger language plpgsql as $$
      begin
        if tg_op = 'INSERT' then
          if new.contact_phone is null then new.contact_phone := new.phone; else new.phone := new.contact_phone; end if;
        elsif new.contact_phone is distinct from old.contact_phone then new.phone := new.contact_phone;
        else new.contact_phone := new.phone;
        end if;
        return new;
      end $$;
      create trigger sync before insert or update on people for each row execute function sync();`,
    "03_fill_up.sql": `-- lockstep: backfill table=people key=${names.join(",")} batch=20 target=50ms remaining=select count(*) from people where contact_phone is distinct from phone
      update people set contact_phone = phone where contact_phone is distinct from phone;`,
    "04_remove_phone_up.sql":
      "drop trigger sync on people; drop function sync(); alter table people drop column phone;",
  };
}

const COLUMN: Readonly<Record<Release, string>> = { old: "phone", new: "contact_phone" };

/** Clients that insert, change and delete rows, each its own, as the releases that run now. */
export class Writers {
  /** Which releases run; a client takes turns. */
  running: readonly Release[] = ["old"];
  readonly #url: string;
  readonly #kind: KeyKind;
  readonly #writes: Record<Release, number> = { old: 0, new: 0 };
  /** The last value of each row that is there, by the row's number. */
  readonly #values = new Map<number, string>();
  #clients: readonly Promise<void>[] = [];
  #inserted = 1_000_000;
  #isStopped = false;
  #failure: unknown;

  constructor(url: string, kind: KeyKind) {
    this.#url = url;
    this.#kind = kind;
  }

  /** Rows from before the release. */
  async seed(rows: number): Promise<void> {
    for (let n = 0; n < rows; n += 1) this.#values.set(n, `seed ${String(n)}`);
    const columns = [...this.#kind.names, "phone"].join(", ");
    const sql = `insert into people (${columns}) select * from (${this.#known()}) as known`;
    await queryAll(this.#url, sql, [this.#document()]);
  }

  /** Starts `count` clients. */
  start(count: number): void {
    this.#isStopped = false;
    const rows = [...this.#values.keys()];
    this.#clients = Array.from({ length: count }, (_, client) =>
      this.#write(
        client,
        rows.filter((_n, at) => at % count === client),
      ),
    );
  }

  /** Resolves after `more` further writes of `release`. */
  async written(release: Release, more: number): Promise<void> {
    const enough = this.#writes[release] + more;
    await eventually(`${String(more)} writes of the ${release} release`, () => {
      if (this.#failure) throw new Error("a writer failed", { cause: this.#failure });
      return this.#writes[release] >= enough;
    });
  }

  /** Ends the clients; fails where one of them has met an error. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#clients);
    if (this.#failure) throw new Error("a writer failed", { cause: this.#failure });
  }

  /** Compares `columns` of every row with what was written last. No client may run. */
  async ensureValues(...columns: readonly string[]): Promise<void> {
    const differs = columns.map((column) => `people.${column} is distinct from known.value`);
    const wrong = await queryAll(
      this.#url,
      `select * from (${this.#known()}) as known full join people using (${this.#kind.names.join(", ")})
       where ${differs.join(" or ")} limit 5`,
      [this.#document()],
    );
    assert.deepEqual(wrong, []);
    assert.ok(this.#values.size > 0);
  }

  /** The rows that should be there, out of the first parameter: the key's columns and `value`. */
  #known(): string {
    const { names, types } = this.#kind;
    const columns = names.map(
      (name, at) => `(r->>${String(at)})::${types[at] ?? "text"} as ${name}`,
    );
    return `select ${columns.join(", ")}, r->>${String(names.length)} as value from jsonb_array_elements($1::jsonb) r`;
  }

  #document(): string {
    return JSON.stringify([...this.#values].map(([n, value]) => [...this.#kind.valueOf(n), value]));
  }

  async #write(client: number, own: number[]): Promise<void> {
    const connection = new pg.Client({ connectionString: this.#url });
    await connection.connect();
    try {
      for (let turn = 0; !this.#isStopped; turn += 1) {
        const release = this.running[turn % this.running.length] ?? "old";
        const value = `${release} ${String(client)}.${String(turn)}`;
        // Not in step with the releases' turns, so that each does everything.
        if (Math.random() < 0.3) await this.#insert(connection, { own, release, value });
        else await this.#change(connection, { own, release, value });
        this.#writes[release] += 1;
      }
    } catch (error) {
      this.#failure = error;
    } finally {
      await connection.end();
    }
  }

  /** Before all rows that are there, so behind the walk, or after them. */
  async #insert(connection: pg.Client, { own, release, value }: Write): Promise<void> {
    this.#inserted += 1;
    const n = Math.random() < 0.5 ? -this.#inserted : this.#inserted;
    const columns = [...this.#kind.names, COLUMN[release]];
    const places = columns.map((_, at) => `$${String(at + 1)}`);
    await connection.query(
      `insert into people (${columns.join(", ")}) values (${places.join(", ")})`,
      [...this.#kind.valueOf(n), value],
    );
    this.#values.set(n, value);
    own.push(n);
  }

  /** Now and then the row goes. */
  async #change(connection: pg.Client, { own, release, value }: Write): Promise<void> {
    const at = Math.floor(Math.random() * own.length);
    const n = own[at];
    if (n === undefined) return;
    const { names } = this.#kind;
    const key = this.#kind.valueOf(n);
    const where = names.map((name, place) => `${name} = $${String(place + 1)}`).join(" and ");
    const isLast = Math.random() < 0.1;
    const done = isLast
      ? await connection.query(`delete from people where ${where}`, [...key])
      : await connection.query(
          `update people set ${COLUMN[release]} = $${String(names.length + 1)} where ${where}`,
          [...key, value],
        );
    assert.equal(done.rowCount, 1);
    if (!isLast) this.#values.set(n, value);
    else {
      this.#values.delete(n);
      own.splice(at, 1);
    }
  }
}

interface Write {
  /** Numbers of the rows that only this client writes. */
  readonly own: number[];
  readonly release: Release;
  readonly value: string;
}
