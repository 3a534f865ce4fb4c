// What a backfill keeps to beside its own file: time of a batch, lag of the standbys, load of the server.

/** A stack's limits; times in ms. */
export interface BackfillLimits {
  /** How long a batch should take, where the file does not say. @default 200 */
  readonly targetMs?: number;
  /** A backfill pauses while a standby replays later than this. @default 5,000 */
  readonly maxReplicaLagMs?: number;
  /** It pauses while more sessions than this are at work. @default a quarter of the server's max_connections */
  readonly maxActive?: number;
}
