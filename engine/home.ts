// Where lockstep keeps what outlives a clone: server programs, data folders, releases, registries.
import { homedir } from "node:os";
import { join, resolve } from "node:path";

/**
 * lockstep's own folder on this machine: `LOCKSTEP_HOME`, else /var/lib/lockstep for root, else
 * `$XDG_DATA_HOME/lockstep` (~/.local/share/lockstep). Absolute; it need not exist yet.
 */
export function lockstepHome(env: NodeJS.ProcessEnv = process.env): string {
  if (env.LOCKSTEP_HOME) return resolve(env.LOCKSTEP_HOME);
  if (process.getuid?.() === 0) return "/var/lib/lockstep";
  return join(env.XDG_DATA_HOME ?? join(homedir(), ".local", "share"), "lockstep");
}
