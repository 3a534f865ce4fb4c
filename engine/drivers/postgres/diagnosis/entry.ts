// The shape of the diagnosis: which error, what it means, what to do; as data, so that docs and tests can list it.

/** What is known about a failure, ready to be put into a text: names are quoted as SQL wants them. */
export type Facts = Readonly<Record<string, string | undefined>>;

/** Texts from the most telling to the plainest; `{name}` stands for a fact. The first whose facts are all known is used. */
export type Texts = string | readonly [string, ...string[]];

/** What may be asked once an error's entry is known: the statement's own text (and no more than that), or the catalogue. */
export type Question =
  | "statement"
  | "grants"
  | "dependants"
  | "rows"
  | "elsewhere"
  | "readOnly"
  | "disk"
  | "sessions"
  | "settings";

/** One meaning of one or more error codes. */
export interface Entry {
  /** Kebab-case; stable. */
  readonly id: string;
  /** SQLSTATEs of PostgreSQL's appendix A, or codes of Node.js and OpenSSL. */
  readonly codes: readonly string[];
  /** The entry is meant only where this holds; the first of a code that holds is taken. */
  readonly when?: When;
  /** The cause, in one sentence. */
  readonly likely: Texts;
  /** What to do or type next. */
  readonly next: Texts;
  /** What to ask for more facts. */
  readonly ask?: Question;
}

/** An entry for a connection that was not made. */
export interface ConnectionEntry extends Entry {
  /** What failed, in a few words. */
  readonly message: string;
  /** Whether waiting may help: the server is away, starting or full, not wrong. */
  readonly passes: boolean;
}

/** Tells entries of one code apart, by what the server does not translate. */
interface When {
  /** Names of settings and roles in the message, detail or hint. */
  readonly names?: RegExp;
  /** The function of the server that raised the error. */
  readonly routine?: RegExp;
  /** A fact that is known. */
  readonly known?: string;
  /** English words, for what nothing else tells; an entry without them follows for other languages. */
  readonly words?: RegExp;
}

/** An error's fields as far as entries look at them. */
export interface ErrorFields {
  readonly message: string;
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
  readonly routine?: string | undefined;
}

/** Whether `entry` is meant. */
export function isMeant({ when }: Entry, error: ErrorFields, facts: Facts): boolean {
  if (!when) return true;
  const text = [error.message, error.detail, error.hint].join("\n");
  return (
    (when.names?.test(text) ?? true) &&
    (when.words?.test(text) ?? true) &&
    (when.routine?.test(error.routine ?? "") ?? true) &&
    (when.known === undefined || facts[when.known] !== undefined)
  );
}

/** The first of `texts` whose facts are all known, with them put in; the last one must need none. */
export function fill(texts: Texts, facts: Facts): string {
  const all = typeof texts === "string" ? [texts] : texts;
  const chosen =
    all.find((text) => names(text).every((name) => facts[name] !== undefined)) ?? all.at(-1) ?? "";
  return chosen.replace(PLACEHOLDER, (whole, name: string) => facts[name] ?? whole);
}

const PLACEHOLDER = /\{(\w+)\}/g;

function names(text: string): string[] {
  return [...text.matchAll(PLACEHOLDER)].flatMap(([, name]) => name ?? []);
}
