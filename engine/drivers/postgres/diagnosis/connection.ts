// Why no connection came about; the facts are the target's parts.
import type { ConnectionEntry } from "./entry.ts";
import { CHECK, NETWORK } from "./network.ts";
import { REFUSALS } from "./refusals.ts";
import { TLS } from "./tls.ts";

/** In the order in which they are tried. */
export const CONNECTION_ENTRIES: readonly ConnectionEntry[] = [...NETWORK, ...TLS, ...REFUSALS];

/** What else may have kept a connection from being made. */
export const OTHER_CONNECTION_ENTRIES = {
  refused: {
    id: "other-refusal",
    codes: [],
    message: "The server refuses the connection",
    passes: false,
    likely: "its own words say why",
    next: "mend what it names, then run the same command again",
  },
  setUp: {
    id: "unfit-options",
    codes: [],
    message: "The connection cannot be set up",
    passes: false,
    likely: "a file or an option that the URL names is not there or not fit",
    next: "check the URL's options",
  },
  lost: {
    id: "lost-before-made",
    codes: [],
    message: "The database cannot be reached",
    passes: true,
    likely: "the connection ended before it was made",
    next: CHECK,
  },
} as const satisfies Readonly<Record<string, ConnectionEntry>>;
