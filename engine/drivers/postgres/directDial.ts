// A plain TCP connection that says soon whether there is a way at all, for where there may be another one.
import { connect, type Socket } from "node:net";
import { codeOf } from "./diagnose.ts";

/** Without an answer by then, a firewall drops what we send, ms. */
const LIMIT_MS = 4_000;

/** What tells of the way to a host, not of what runs there. */
const NO_WAY = new Set([
  ...["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH", "ETIMEDOUT"],
]);

/** Connects; rejects with a socket's error, ETIMEDOUT after 4 s. */
export function dialDirectly(address: {
  readonly host: string;
  readonly port: number;
}): Promise<Socket> {
  const { host, port } = address;
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, keepAlive: true });
    const timer = setTimeout(() => {
      const text = `connect ETIMEDOUT ${host}:${String(port)}`;
      socket.destroy(Object.assign(new Error(text), { code: "ETIMEDOUT" }));
    }, LIMIT_MS);
    socket.once("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    socket.once("connect", () => {
      clearTimeout(timer);
      socket.removeAllListeners("error");
      resolve(socket);
    });
  });
}

/** Whether `error` says that the host is not reached from here. */
export function isNoWay(error: unknown): boolean {
  return NO_WAY.has(codeOf(error) ?? "");
}
