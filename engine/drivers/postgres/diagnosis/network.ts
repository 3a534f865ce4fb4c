// Servers that are not where they are looked for, or do not answer.
import type { ConnectionEntry } from "./entry.ts";

/** For what may lie at the server or at its address. */
export const CHECK = "check that the server runs and that host and port are right";

/** Node.js's codes of sockets and names. */
export const NETWORK: readonly ConnectionEntry[] = [
  {
    id: "refused",
    codes: ["ECONNREFUSED"],
    message: "The database refuses connections",
    passes: true,
    likely: "no server listens at {host}, port {port}, or not yet",
    next: CHECK,
  },
  {
    id: "unknown-host",
    codes: ["ENOTFOUND"],
    message: "The database's host is unknown",
    passes: true,
    likely: "DNS knows no address for {host}",
    next: "check the host's name in DATABASE_URL (getent hosts {host}), and that you are in the network that knows it",
  },
  {
    id: "dns-away",
    codes: ["EAI_AGAIN"],
    message: "The database's host is unknown",
    passes: true,
    likely: "the DNS server has no answer for {host} at the moment",
    next: "check the network and its DNS server (getent hosts {host})",
  },
  {
    id: "no-route",
    codes: ["EHOSTUNREACH", "ENETUNREACH"],
    message: "The database cannot be reached",
    passes: true,
    likely: "no route leads to {host} from here",
    next: "check the network: VPN, security group, host",
  },
  {
    id: "no-answer",
    codes: ["ETIMEDOUT"],
    message: "The database does not answer",
    passes: true,
    likely: "a firewall drops the packets",
    next: "check host and port, and that the firewall lets you in from here",
  },
  {
    id: "slow-answer",
    codes: [],
    when: { words: /timeout expired/i },
    message: "The database does not answer",
    passes: true,
    likely: "it is overloaded, or a firewall is between",
    next: CHECK,
  },
  {
    id: "connection-reset",
    codes: ["ECONNRESET", "EPIPE"],
    message: "The database cut the connection",
    passes: true,
    likely: "it restarts, or something in between that is no PostgreSQL answered",
    next: CHECK,
  },
  {
    id: "no-socket",
    codes: ["ENOENT"],
    when: { names: /^connect ENOENT/m },
    message: "The database's socket is not there",
    passes: true,
    likely: "no server listens there yet, or its unix_socket_directories is another folder",
    next: CHECK,
  },
];
