// Faults of the command line itself, in lockstep's own words.
import { LockstepError } from "../engine/errors/lockstepError.ts";

/** Options by which other tools take a database; lockstep has none, whatever follows them. */
const DATABASE_OPTION =
  /^--?(database|db|pg|postgres|connection)[-_]?(url|uri|string|password|user|host|port|name)?$|^--?(dsn|password|pgpassword)$/i;
const DATABASE_URL = /\bpostgres(ql)?:\/\//i;

/**
 * Refuses a database in the arguments: every user of the machine can read those. The value is not
 * repeated.
 * @throws LockstepError USAGE
 */
export function ensureNoDatabaseArgument(args: readonly string[]): void {
  const names = args.map((arg) => arg.split("=")[0] ?? "");
  const index = args.findIndex(
    (arg, at) =>
      DATABASE_URL.test(arg) || (DATABASE_OPTION.test(names[at] ?? "") && !isWish(args, at)),
  );
  if (index < 0) return;
  const name = names[index] ?? "";
  throw new LockstepError("USAGE", "The database is never taken from the command line", {
    seen: name.startsWith("-") ? name : "a connection URL among the arguments (not shown)",
    likely: "arguments can be read by every user of the machine and stay in the shell's history",
    next: "export DATABASE_URL='postgresql://USER:PASSWORD@HOST:PORT/DATABASE', or DB_HOST, DB_PORT, DB_NAME, DB_USER, DB_PASSWORD",
  });
}

/** `lockstep rollback --db` says what goes back, and takes no value. */
function isWish(args: readonly string[], at: number): boolean {
  const isLast = args[at + 1] === undefined || args[at + 1]?.startsWith("-") === true;
  return args[0] === "rollback" && args[at] === "--db" && isLast;
}

/** A fault that commander found, as lockstep says it. `command` is what was called. */
export function usageError(message: string, command: string): LockstepError {
  const [first = "", ...rest] = message.replace(/^error: /, "").split("\n");
  const hint = /\(Did you mean (.*)\?\)/.exec(rest.join(" "))?.[1];
  return new LockstepError("USAGE", capitalize(withoutValue(first)), {
    ...(hint ? { likely: `did you mean ${hint}?` } : {}),
    next: `${command} --help`,
  });
}

/** `--option=value` is shown without its value, which may be a secret. */
function withoutValue(text: string): string {
  return text.replace(/(unknown option '--?[^'=]*)=[^']*'/, "$1'");
}

function capitalize(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
