// The server's TCP port: chosen once, then kept, since its URL is saved in the stack's state.
import { createHash } from "node:crypto";
import { LockstepError } from "../errors/lockstepError.ts";
import { isPortFree } from "../process/port.ts";

/** Below the ephemeral ports (32768 and up on Linux), which any outgoing connection may hold. */
const FIRST_PORT = 15_432;
const PORT_COUNT = 10_000;
const TRIES = 200;

/**
 * A port on 127.0.0.1 that nobody listens on now. The same `seed` (a folder) starts its search at
 * the same port, so that a folder made again tends to get its old one. Throws CONFIG if none is free.
 */
export async function chooseFreePort(seed: string): Promise<number> {
  const start = createHash("sha256").update(seed).digest().readUInt32BE(0);
  for (let i = 0; i < TRIES; i++) {
    const port = FIRST_PORT + ((start + i) % PORT_COUNT);
    if (await isPortFree(port)) return port;
  }
  throw new LockstepError("CONFIG", "No free port for PostgreSQL", {
    where: "127.0.0.1",
    seen: `${TRIES} ports from ${FIRST_PORT} on are taken`,
    next: "name one: pulumi config set lockstep:databasePort NUMBER",
  });
}
