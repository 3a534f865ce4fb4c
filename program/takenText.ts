// The releases that a stack took from the one before, as short lines among its outputs.
import type { VerifiedRelease } from "../engine/plan/promotion.ts";

const LINE =
  /^(\S+): app ([0-9a-f]{64}), migrations ([0-9a-f]{64}), contract (\d+|none), command (.+)$/;

/**
 * `1.1: app DIGEST, migrations DIGEST, contract 05, command ["node","server.mjs"]`: one line, because
 * outputs are shown at each change.
 */
export function takenLine(release: VerifiedRelease): string {
  const { label, appDigest, migrationsDigest, contractThrough, command } = release;
  const digests = `app ${appDigest}, migrations ${migrationsDigest}`;
  return `${label}: ${digests}, contract ${contractThrough ?? "none"}, command ${JSON.stringify(command)}`;
}

/** Reads them back; a line that another version of lockstep wrote differently is as if it was not there. */
export function parseTaken(output: unknown): readonly VerifiedRelease[] {
  if (!Array.isArray(output)) return [];
  return output.flatMap((line: unknown) => {
    const [, label = "", appDigest = "", migrationsDigest = "", through, written = ""] =
      LINE.exec(String(line)) ?? [];
    const command = parseCommand(written);
    if (label === "" || command === undefined) return [];
    const contractThrough = through === undefined || through === "none" ? null : through;
    return [{ label, appDigest, migrationsDigest, contractThrough, command }];
  });
}

function parseCommand(text: string): readonly string[] | undefined {
  try {
    const command: unknown = JSON.parse(text);
    return Array.isArray(command) ? command.map(String) : undefined;
  } catch {
    return undefined;
  }
}
