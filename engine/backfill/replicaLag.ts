// How far the standbys are behind: by this process's own clock, since the server's figure stands still where replay does.
import type { Queryable } from "../drivers/postgres/queryable.ts";

/** A standby and how late it replays. */
export interface StandbyLag {
  /** `walreceiver (10.0.0.7)`: application_name and address. */
  readonly standby: string;
  readonly lagMs: number;
  /** WAL that it has not replayed yet, bytes. */
  readonly behindBytes: number;
}

/** What one look at the standbys found. */
export interface LagLook {
  /** The one that is furthest behind; undefined where there is none. */
  readonly worst: StandbyLag | undefined;
  /** Standbys of which this role may see no position. */
  readonly hidden: number;
}

/** Positions in the WAL are bytes from its beginning. */
interface Sample {
  readonly position: bigint;
  readonly atMs: number;
}

/** Beyond, every other sample goes: hours of lag need no precision of half a second. */
const MOST_SAMPLES = 1_000;

/** Remembers when the WAL was where; times are those of one monotonic clock, ms. */
export class LagClock {
  #samples: Sample[] = [];

  /** The server's WAL reaches up to `position` now. */
  note(position: bigint, atMs: number): void {
    if (this.#samples.at(-1)?.position === position) return;
    this.#samples.push({ position, atMs });
    if (this.#samples.length > MOST_SAMPLES)
      this.#samples = this.#samples.filter((_, index) => index % 2 === 0);
  }

  /** For how long WAL has been there that a standby at `replayed` has not replayed, ms; 0 where none is known. */
  lagMs(replayed: bigint, nowMs: number): number {
    const missed = this.#samples.find(({ position }) => position > replayed);
    return missed ? nowMs - missed.atMs : 0;
  }

  /** Everybody has replayed up to `position`. */
  forget(position: bigint): void {
    this.#samples = this.#samples.filter((sample) => sample.position > position);
  }
}

interface Row extends Record<string, unknown> {
  readonly standby: string;
  readonly current: string;
  readonly replayed: string | null;
  readonly visible: boolean;
  readonly lag: number | null;
}

/** A backup that is copied or a receiver that only keeps WAL replays nothing, and is no standby. */
const STANDBYS = `
SELECT coalesce(nullif(application_name, ''), 'a standby') || coalesce(' (' || host(client_addr) || ')', '') AS standby,
  pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), '0/0')::text AS current,
  pg_catalog.pg_wal_lsn_diff(replay_lsn, '0/0')::text AS replayed,
  state IS NOT NULL AS visible, (extract(epoch FROM replay_lag) * 1000)::float8 AS lag
FROM pg_catalog.pg_stat_replication
WHERE state IS NULL OR (state IN ('streaming', 'catchup') AND replay_lsn IS NOT NULL)`;

/** Looks at the standbys that stream from this server; those that do not, and cascaded ones, it does not see. */
export async function lookAtStandbys(queries: Queryable, clock: LagClock): Promise<LagLook> {
  const { rows } = await queries.query<Row>(STANDBYS);
  const nowMs = performance.now();
  const seen = rows.flatMap(({ replayed, ...row }) =>
    replayed === null ? [] : [{ ...row, replayed: BigInt(replayed) }],
  );
  const hidden = rows.filter(({ visible }) => !visible).length;
  const [first] = seen;
  if (!first) return { worst: undefined, hidden };
  const current = BigInt(first.current);
  clock.note(current, nowMs);
  const lags = seen.map(({ standby, replayed, lag }) => ({
    standby,
    // What the server says of an earlier time counts only while there is something to replay.
    lagMs: replayed >= current ? 0 : Math.round(Math.max(clock.lagMs(replayed, nowMs), lag ?? 0)),
    behindBytes: Number(current > replayed ? current - replayed : 0n),
  }));
  const slowest = seen.reduce(
    (least, { replayed }) => (replayed < least ? replayed : least),
    current,
  );
  clock.forget(slowest);
  return { worst: lags.toSorted((a, b) => b.lagMs - a.lagMs)[0], hidden };
}
