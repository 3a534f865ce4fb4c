// What is known of a table's size and traffic.

/** A table as the server's statistics have it; with partitions, all of them together. */
export interface TableFact {
  /** As the file names it. */
  readonly table: string;
  /** Rows, as the last ANALYZE or VACUUM estimated them; undefined where neither ran yet. */
  readonly rows: number | undefined;
  /** Without indexes, in bytes. */
  readonly bytes: number;
  /** With indexes, in bytes. */
  readonly totalBytes: number;
  /** Undefined where the statistics are too young, or may not be read. */
  readonly traffic: TableTraffic | undefined;
  /** What the slowest of the statements that name it takes on average, ms; undefined where pg_stat_statements tells none. */
  readonly slowestMs?: number | undefined;
}

/** The mean since the server's statistics were last reset: peaks are higher. */
export interface TableTraffic {
  /** Scans of the table or of one of its indexes, per second. */
  readonly readsPerS: number;
  /** Rows inserted, updated and deleted, per second. */
  readonly writesPerS: number;
  /** Over how long, ms. */
  readonly overMs: number;
}

/** Tables by the name that the files give them. */
export type TableFacts = ReadonlyMap<string, TableFact>;
