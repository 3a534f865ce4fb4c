// The messages around a run's files: of its connections, the lease and the release.
import { limitSql } from "../drivers/postgres/session.ts";
import { BEAT_LEASE, FREE_LEASE, MAKE_LEASE, takeLeaseSql } from "../lease/row.ts";
import { fingerprintOf } from "../ledger/fingerprint.ts";
import { OPEN_RELEASE } from "../ledger/releases.ts";
import { MAKE_LEDGER } from "../ledger/schema.ts";
import { enterInitialSql, LEAVE_INITIAL } from "../run/fileSql.ts";
import { BEGIN_SNAPSHOT, END_SNAPSHOT } from "../schema/snapshot.ts";
import { lockTimeoutSql } from "../sql/lockTimeout.ts";
import { ledger } from "./planFile.ts";
import {
  AT_RUN_TIME,
  eventMessage,
  once,
  type MessageGroup,
  type PlannedMessage,
} from "./plannedMessage.ts";

/** What these messages depend on. */
export interface SessionFacts {
  /** Whether the ledger is there. */
  readonly hasLedger: boolean;
  /** Whether the database is empty, and takes all files in file order. */
  readonly initial: boolean;
}

/** What each of lockstep's sessions begins with. */
const LIMITS: PlannedMessage = {
  what: "its own time limits",
  sql: limitSql(AT_RUN_TIME.backend),
};

/** Reads the schema, by queries that are not listed. */
const SNAPSHOT: readonly PlannedMessage[] = [
  { what: "reads the schema as of one moment", sql: BEGIN_SNAPSHOT },
  { what: "and has read it", sql: END_SNAPSHOT },
];

/** The first connection, `lockstep:migrate`, which looks and makes the ledger. */
export function planFirstLook({ hasLedger }: SessionFacts): readonly MessageGroup[] {
  const made = MAKE_LEDGER.map((sql) => ({ what: "makes the ledger", sql }));
  return [once("begin", [LIMITS]), ...(hasLedger ? [] : [once("the ledger", made)])];
}

/** The lease's connection, `lockstep:lease`, which works beside the others. */
export function planLease(): readonly MessageGroup[] {
  const timeout = lockTimeoutSql(AT_RUN_TIME.leaseLockTimeout);
  const taker = ["<holder>", "<doing>", "<lease token before>"];
  const take = (held: boolean) => takeLeaseSql({ held, ttlMs: AT_RUN_TIME.leaseTtl });
  const perhaps = "where a restore left its row out";
  return [
    once("begin", [
      LIMITS,
      { what: "waits briefly for a takeover", sql: timeout },
      { what: "makes the lease's row", sql: MAKE_LEASE, perhaps },
    ]),
    {
      what: "takes over the lease of a runner that stands still",
      times: "perhaps",
      messages: [{ what: "takes it", sql: take(true), parameters: [...taker, "<beat>"] }],
    },
    {
      what: "takes the lease, again while somebody is quicker",
      times: "many",
      messages: [{ what: "takes it", sql: take(false), parameters: taker }],
    },
    {
      what: "keeps it alive, every fifth of its life",
      times: "many",
      messages: [{ what: "beats", sql: BEAT_LEASE, parameters: ["<lease token>", "<doing>"] }],
    },
    {
      what: "tells of a takeover",
      times: "perhaps",
      messages: [eventMessage("takeover")],
    },
    once("end", [{ what: "gives it back", sql: FREE_LEASE, parameters: ["<lease token>"] }]),
  ];
}

/** What the working connection, `lockstep:<lease token>`, begins with. */
export function planBegin({ initial }: SessionFacts): readonly MessageGroup[] {
  const release = { what: "opens the release", parameters: ["<release>", "<label>"] };
  const written = enterInitialSql(AT_RUN_TIME.initialThrough);
  return [
    once("begin", [LIMITS]),
    {
      what: "opens the release, where there is one and it is not open",
      times: "perhaps",
      messages: [{ ...release, sql: OPEN_RELEASE }, eventMessage("opened")],
    },
    {
      what: "writes down what it goes by: plan, approval, waiver of a backup",
      times: "many",
      messages: [eventMessage("<kind>")],
    },
    { what: "looks for drift", times: "perhaps", messages: SNAPSHOT },
    { what: "tells of drift", times: "perhaps", messages: [eventMessage("drift")] },
    ...(initial ? [once("first set-up", [ledger("all files, in file order", written)])] : []),
  ];
}

/** What it ends with. */
export function planEnd({ initial }: SessionFacts): readonly MessageGroup[] {
  return [
    ...(initial ? [once("first set-up", [ledger("is complete", LEAVE_INITIAL)])] : []),
    once("end", [
      ...SNAPSHOT,
      ledger("the schema as it is now", fingerprintOf(AT_RUN_TIME.schema)),
    ]),
  ];
}
