// One printed form for all errors, used by the terminal, the plugin and the program alike.
import { isLockstepError } from "./lockstepError.ts";

/** Lines after which an error is cut: it must fit one screen. */
const MAX_LINES = 24;

/**
 * The text a user sees for `error`: message, then `where`, `seen`, `cause` and `next`, each only
 * where there is something to say. Connection strings lose their password; there is no stack.
 */
export function formatError(error: unknown): string {
  if (!isLockstepError(error)) {
    const text = error instanceof Error ? error.message || error.name : String(error);
    return redact(text);
  }
  const lines = [error.message];
  const add = (label: string, text: string | undefined) => {
    if (!text) return;
    const [first = "", ...rest] = text.split("\n");
    lines.push(`  ${label.padEnd(6)} ${first}`, ...rest.map((line) => `         ${line}`));
  };
  add("where", error.where);
  add("seen", error.seen);
  add("cause", error.likely);
  add("next", error.next);
  return redact(clip(lines).join("\n"));
}

function clip(lines: readonly string[]): string[] {
  const all = lines.flatMap((line) => line.split("\n"));
  if (all.length <= MAX_LINES) return all;
  const head = all.slice(0, MAX_LINES - 6);
  return [...head, `         (${all.length - MAX_LINES + 1} more lines)`, ...all.slice(-5)];
}

/** `password=…`, `PGPASSWORD = …`, `"password": "…"`: the name with its sign, then the value, quoted or bare. */
const PAIR =
  /(\w*(?:password|passwd|pwd)["']?\s*[=:]\s*)("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s&,;"']+)/gi;

/**
 * Takes the password out of anything that looks like a connection URL or a `password=` pair. The word
 * PASSWORD itself stays: that is how a URL's form is shown.
 */
export function redact(text: string): string {
  return text
    .replace(
      /([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):(\S*)@/gi,
      (form: string, head: string, password: string) =>
        password === "PASSWORD" ? form : `${head}:***@`,
    )
    .replace(PAIR, "$1***");
}
