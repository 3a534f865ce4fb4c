// One look at a database: what is seen in it at one moment, as data for whatever shows it.

/** What a session is to lockstep. */
export interface Mark {
  /**
   * - `runner`: works for the lease's holder
   * - `leftover`: worked for one who no longer holds it
   * - `lockstep`: looks, keeps the lease, takes a backup …
   * - `app`: an app that names its release
   */
  readonly what: "runner" | "leftover" | "lockstep" | "app";
  /** The release's label, or an app's release id; null for a run by hand. */
  readonly release: string | null;
  /** What it does: `expand: 03_add_index`, `backup`; null for an app. */
  readonly step: string | null;
}

/** A lock that a session waits for. */
export interface LockWait {
  /** As pg_locks has it: `AccessExclusiveLock`. */
  readonly mode: string;
  /** `public.things`, `a row of public.things`, `transaction 4711` */
  readonly on: string;
  /** s; null where the server does not tell. */
  readonly forS: number | null;
  /** Sessions that it waits for, also those before it in the queue. */
  readonly pids: readonly number[];
  /** Prepared transactions that it waits for. */
  readonly gids: readonly string[];
}

/** A session. What the server hides from this role is null. */
export interface SessionSeen {
  readonly pid: number;
  readonly user: string | null;
  readonly application: string | null;
  /** The client's address; null for a local socket. */
  readonly client: string | null;
  /** `client backend`, `autovacuum worker` … */
  readonly kind: string | null;
  /** `active`, `idle`, `idle in transaction` … */
  readonly state: string | null;
  /** Since when it is in that state, or its query runs, s. */
  readonly stateForS: number | null;
  /** Since when its transaction is open, s; null for none. */
  readonly transactionForS: number | null;
  /** `Lock: relation` */
  readonly waitEvent: string | null;
  /** What it runs or, where it is idle, ran last; its values masked unless they were asked for. */
  readonly query: string | null;
  readonly waitsFor: LockWait | null;
  readonly mark: Mark | null;
}

/** A prepared transaction, which no session shows. */
export interface PreparedSeen {
  readonly gid: string;
  readonly user: string;
  /** s */
  readonly forS: number;
}

/** How far the server is with something that takes long. */
export interface ServerWork {
  readonly pid: number;
  readonly what: "index" | "vacuum" | "rewrite";
  /** `CREATE INDEX CONCURRENTLY`, `VACUUM` … */
  readonly command: string | null;
  readonly relation: string | null;
  readonly index: string | null;
  /** Null where this role may not see it. */
  readonly phase: string | null;
  readonly done: number | null;
  readonly total: number | null;
  readonly unit: "blocks" | "tuples";
  /** The session that an index build waits for. */
  readonly behindPid: number | null;
}

/** Who holds the lease. */
export interface LeaseSeen {
  readonly holder: string;
  readonly doing: string;
  readonly since: Date;
  /** Since when its heartbeat stands still, by this watch's clock, s; 0 while it beats. */
  readonly silentForS: number;
}

/** A file that is not ended, or a backfill that walks once more. */
export interface FileWork {
  /** `04_backfill_phone` */
  readonly file: string;
  /** Statements that are done; null for a backfill. */
  readonly statementsDone: number | null;
  readonly backfill: BackfillSeen | null;
}

/** How far a backfill is. */
export interface BackfillSeen {
  readonly rows: number;
  /** Since this watch began; null before two looks. */
  readonly rowsPerS: number | null;
  /** The key up to which it is done; null before the first batch. */
  readonly position: readonly string[] | null;
}

/** What the ledger says is under way. */
export interface LedgerSeen {
  /** `unreadable`: this role may not read it. */
  readonly state: "read" | "none" | "unreadable";
  readonly lease: LeaseSeen | null;
  /** The label of the active release. */
  readonly release: string | null;
  readonly files: readonly FileWork[];
}

/** All of it. */
export interface Look {
  /** lockstep's own first, then by age; this watch's own session is left out. */
  readonly sessions: readonly SessionSeen[];
  readonly prepared: readonly PreparedSeen[];
  readonly work: readonly ServerWork[];
  readonly ledger: LedgerSeen;
}
