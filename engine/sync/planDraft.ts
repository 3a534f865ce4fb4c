// The files of a draft: steps in phases, each phase's statements in the order of their needs.
import type { Definitions } from "./definition.ts";
import { inOrder } from "./order.ts";
import { type Phase, PHASES, type Step } from "./step.ts";

/** A file of the draft, before it has a number. */
export interface DraftFile {
  /** Without number and role: `add_customers_phone`. */
  readonly name: string;
  readonly phase: Phase;
  readonly up: string;
  readonly down: string;
}

/** What to write. */
export interface DraftRequest {
  readonly steps: readonly Step[];
  readonly from: Definitions;
  readonly to: Definitions;
  /** What the files are called by; told by the objects where it is missing. */
  readonly slug?: string | undefined;
  /** What the draft does not hold, a line each: said at the head of its first file. */
  readonly byHand: readonly string[];
}

/** Each index is a file of its own, and so is each change of a type. */
const APART: ReadonlySet<Phase> = new Set(["rename", "index", "unindex", "change"]);
const HEAD: Readonly<Record<Phase, string>> = {
  rename: "No stage is right for this in one step: old and new code cannot both work.",
  values: "Expand: new values of types. They are used by later transactions only.",
  expand: "Expand: adds what the running version does not notice.",
  index: "Expand: an index, built while writers go on.",
  settle: "Expand: what was added is proven and bound.",
  change: "No stage is right for this in one step: old and new code can hardly both work.",
  unindex: "Contract: an index goes, while writers go on.",
  contract: "Contract: removes what no running version needs any more, and binds new rows.",
  validate: "Contract: looks at the old rows, while writers go on.",
  require: "Contract: the rows are proven, so this needs no look at them.",
};
const WORDS: Readonly<Record<Phase, readonly [string, string]>> = {
  rename: ["rename", ""],
  values: ["add", "_values"],
  expand: ["add", ""],
  index: ["add", ""],
  settle: ["add", "_constraints"],
  change: ["change", ""],
  unindex: ["drop", ""],
  contract: ["remove", ""],
  validate: ["validate", ""],
  require: ["require", ""],
};

/** The files in their order. */
export function planDraft(request: DraftRequest): readonly DraftFile[] {
  const used = new Set<string>();
  const files = PHASES.flatMap((phase) => {
    const steps = inPhase(phase, request);
    const groups = APART.has(phase) ? steps.map((step) => [step]) : [steps];
    return groups
      .filter((group) => group.length > 0)
      .map((group) => draftFile(phase, group, { request, used }));
  });
  const { byHand } = request;
  if (byHand.length === 0) return files;
  const head = [
    "-- Not in this draft, to be written by hand:",
    ...byHand.map((line) => `--   ${line.replaceAll("\n", " ")}`),
    "",
  ];
  return files.map((file, index) =>
    index === 0 ? { ...file, up: head.join("\n") + file.up } : file,
  );
}

/** What goes, goes in the reverse order; what is brought back by the same file then comes back in the right one. */
function inPhase(phase: Phase, { steps, from, to }: DraftRequest): readonly Step[] {
  const own = steps.filter((step) => step.phase === phase);
  const all = phase === "contract" || phase === "unindex" ? from : to;
  const keys = [...new Set(own.map(({ key }) => key))].filter((key) => !key.startsWith("owner "));
  const ordered = inOrder(keys, all);
  const direction = all === from ? ordered.toReversed() : ordered;
  const sorted = direction.flatMap((key) => own.filter((step) => step.key === key));
  const owners = own.filter(({ key }) => key.startsWith("owner "));
  // Taken back last, where everything is there again.
  return all === from ? [...owners, ...sorted] : [...sorted, ...owners];
}

function draftFile(
  phase: Phase,
  steps: readonly Step[],
  { request, used }: { readonly request: DraftRequest; readonly used: Set<string> },
): DraftFile {
  const name = freeName(phase, steps, { slug: request.slug, used });
  const reason =
    phase === "validate"
      ? "follows the check that it proves"
      : steps.find(({ stageReason }) => stageReason !== undefined)?.stageReason;
  const header = reason === undefined ? [] : [`-- lockstep: stage=contract reason="${reason}"`];
  const notes = steps.flatMap(({ note }) => (note === undefined ? [] : [note]));
  const up = [
    `-- ${HEAD[phase]}`,
    ...header,
    ...[...new Set(notes)].map((note) => `-- ${note}`),
    "",
  ];
  return {
    name,
    phase,
    up: [...up, ...steps.flatMap((step) => step.up).map(ended), ""].join("\n"),
    down: [...downLines(name, steps), ""].join("\n"),
  };
}

function ended(statement: string): string {
  return `${statement};`;
}

function downLines(name: string, steps: readonly Step[]): readonly string[] {
  const stays = steps.filter(({ down }) => down === undefined);
  const back = steps.toReversed().flatMap(({ down = [] }) => down);
  const why = stays.map(
    ({ about }) => `-- No way back for ${about}: PostgreSQL cannot take values away from a type.`,
  );
  if (back.length === 0 && why.length === 0) return [`-- ${name} leaves nothing to undo.`];
  return [...(back.length > 0 ? [`-- Undoes ${name}.`] : []), ...why, "", ...back.map(ended)];
}

/** Most of a name that objects may take, characters: number, word and ending need the rest of 60. */
const LONGEST = 44;

function freeName(
  phase: Phase,
  steps: readonly Step[],
  { slug, used }: { readonly slug: string | undefined; readonly used: Set<string> },
): string {
  const [usual, tail] = WORDS[phase];
  const isBinding = steps.every(({ up }) => up.every((one) => one.endsWith(" NOT VALID")));
  const word = phase === "contract" && isBinding ? "bind" : usual;
  const told = [...new Set(steps.map(({ about }) => about))];
  const own = APART.has(phase) ? told[0] : undefined;
  const middle = (own ?? slug ?? joined(told))
    .replace(new RegExp(`^${word}_`), "")
    .slice(0, LONGEST);
  const base = `${word}_${middle.replace(/_+$/, "")}${tail}`;
  for (let n = 1; ; n += 1) {
    const name = n === 1 ? base : `${base}_${String(n)}`;
    if (used.has(name)) continue;
    used.add(name);
    return name;
  }
}

/** The first two, and how many more. */
function joined(abouts: readonly string[]): string {
  const [first = "schema", second] = abouts;
  if (second === undefined) return first;
  const two = `${first}_and_${second}`;
  if (abouts.length === 2 && two.length <= LONGEST) return two;
  return `${first.slice(0, LONGEST - 14)}_and_${String(abouts.length - 1)}_more`;
}
