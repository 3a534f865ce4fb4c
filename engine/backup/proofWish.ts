// How a backup is to be proven: how much of it is restored, and on which server.

/**
 * `restore`: all of it; `objects`: the rows of some tables, and the rest by its checksums and its list of contents; `provider`: no
 * backup of lockstep's own, but a drill with the provider's.
 */
export const PROOF_KINDS = ["restore", "objects", "provider"] as const;

/** What a stack asks of a proof. */
export interface ProofWish {
  /** @default "restore" */
  readonly kind?: "restore" | "objects" | undefined;
  /** For `objects`: whose rows are restored, `schema.table`; where it is missing everything is. */
  readonly tables?: readonly string[] | undefined;
  /** Secret: a server where databases may be made. @default a scratch server of this machine */
  readonly url?: string | undefined;
  /** Whether that may be the server that is backed up. @default false */
  readonly onTarget?: boolean | undefined;
}

/** Where a proof's server is given. */
export const PROOF_URL_VARIABLE = "LOCKSTEP_PROOF_URL";
