// What a process of the local platform is: which release's app, how it is run, where it answers.
import { join } from "node:path";
import { z } from "zod";
import { LockstepError } from "../errors/lockstepError.ts";
import { lockstepHome } from "../home.ts";
import { releaseId } from "../plan/release.ts";

/** Names a process on this machine: one app of one stack. */
export interface ProcessId {
  readonly project: string;
  readonly stack: string;
  readonly name: string;
}

/** Parses what the registry keeps of a spec. */
export const ProcessSpecSchema = z.object({
  project: z.string(),
  stack: z.string(),
  name: z.string(),
  release: z.object({ label: z.string(), digest: z.string() }),
  treeDigest: z.string(),
  command: z.array(z.string()).min(1),
  env: z.record(z.string(), z.string()),
  port: z.number().int(),
  healthPath: z.string(),
  startLimitMs: z.number().int(),
});

/**
 * One version of a process, complete: with it and the release store the version can be started
 * again whatever became of the working tree. `env` holds secrets.
 *
 * `release.digest` is the release's identity, `treeDigest` names the app's tree in the store,
 * `command` runs in that tree's folder, `healthPath` answers 2xx when the app is well (and, in JSON,
 * `release`), `startLimitMs` is how long that may take.
 */
export type ProcessSpec = z.infer<typeof ProcessSpecSchema>;

/** The default of `startLimitMs`. */
export const DEFAULT_START_LIMIT_MS = 30_000;

/** What the app is told it is, and names in its health answer: `1.1-3f9c2ab41c07`. */
export function releaseIdOf(release: { readonly label: string; readonly digest: string }): string {
  return releaseId(release.label, release.digest);
}

/** `project/stack/name`, as in `LOCKSTEP_PROCESS`. */
export function nameOf(id: ProcessId): string {
  return `${id.project}/${id.stack}/${id.name}`;
}

/** Where the files of a stack's processes lie; nothing of it need exist. Throws CONFIG on a name that is no file name. */
export function stackPaths(project: string, stack: string) {
  const dir = join(lockstepHome(), fileName(project), fileName(stack));
  return {
    releases: join(dir, "releases"),
    processes: join(dir, "processes"),
    logs: join(dir, "logs"),
  } as const;
}

/** Where the files of one process lie. Throws CONFIG on a name that is no file name. */
export function processPaths(id: ProcessId) {
  const { processes } = stackPaths(id.project, id.stack);
  return {
    registry: join(processes, `${fileName(id.name)}.json`),
    lock: join(processes, `${fileName(id.name)}.lock`),
  } as const;
}

/** The log of one release of a process. Throws CONFIG on a name that is no file name. */
export function logFileOf(spec: ProcessSpec): string {
  const { logs } = stackPaths(spec.project, spec.stack);
  return join(logs, `${fileName(spec.name)}.${fileName(releaseIdOf(spec.release))}.log`);
}

function fileName(name: string): string {
  if (/^[A-Za-z0-9_][A-Za-z0-9._+-]*$/.test(name)) return name;
  throw new LockstepError("CONFIG", "A name cannot be used as a file name", {
    seen: JSON.stringify(name),
    next: "use letters, digits, dots, dashes and underscores in the names of project, stack, process and release",
  });
}
