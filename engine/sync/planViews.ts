// Views that become others: replaced where the server can, else made anew together with those that stand on them.
import { keyOf } from "../schema/object.ts";
import { type Definition, type Definitions, partsOf } from "./definition.ts";
import { inOrder } from "./order.ts";
import type { Step } from "./step.ts";
import { aboutName } from "./stepName.ts";
import { create, drop, viewOptions } from "./writeOther.ts";

const VIEWS: ReadonlySet<string> = new Set(["view", "materialized view"]);
/** What goes with a view that is dropped. */
const ATTACHED: ReadonlySet<string> = new Set(["index", "trigger", "rule", "comment"]);

/** Whether it is a view. */
export function isView(kind: string): boolean {
  return VIEWS.has(kind);
}

/** Two databases, and the views in both that are to be otherwise. */
export interface ViewsRequest {
  readonly from: Definitions;
  readonly to: Definitions;
  /** Keys. */
  readonly changed: readonly string[];
}

/** The steps for all changed views. */
export interface ViewsPlan {
  readonly steps: readonly Step[];
  /** Keys of the objects that these steps see to. */
  readonly covers: ReadonlySet<string>;
}

/** Plans them; views that stand on one that is made anew, and what hangs on them, are made anew with it. */
export function changeViews(request: ViewsRequest): ViewsPlan {
  const { from, to, changed } = request;
  const replaced = changed.filter((key) => isReplaceable(key, from, to));
  const anew = changed.filter((key) => !replaced.includes(key));
  const cluster = withDependants(withDependants(new Set(anew), from), to);
  const isMember = (key: string) => cluster.has(key);
  const steps = replaced
    .filter((key) => !isMember(key))
    .flatMap((key) => replaceView(key, from, to));
  if (anew.length === 0) return { steps, covers: new Set(changed) };
  const phase = [...cluster].some((key) => losesColumns(key, from, to)) ? "contract" : "expand";
  // In contract new views are there already, made by expand; they are made once more.
  const isNew = (key: string) => phase === "contract" && !from.objects.has(key);
  const covered = [...cluster].filter((key) => !isNew(key));
  const hanging = [from, to].flatMap((all) =>
    covered.flatMap((key) => attached(all.objects.get(key), all).map(keyOf)),
  );
  return {
    steps: [...steps, { ...makeAnew(request, cluster), phase }],
    covers: new Set([...changed, ...covered, ...hanging]),
  };
}

/** CREATE OR REPLACE may add columns behind the others, and nothing else. */
function isReplaceable(key: string, from: Definitions, to: Definitions): boolean {
  const [before, after] = [from.objects.get(key), to.objects.get(key)];
  if (before?.kind !== "view" || !after) return false;
  const [old, now] = [columns(before, from), columns(after, to)];
  return old.length === now.length && old.every((column, index) => column === now[index]);
}

function columns({ name }: Definition, all: Definitions): readonly string[] {
  return partsOf(all, name, "column").map(
    ({ parts }) => `${parts.column ?? ""} ${parts.type ?? ""} ${parts.collation ?? ""}`,
  );
}

function replaceView(key: string, from: Definitions, to: Definitions): readonly Step[] {
  const [before, after] = [from.objects.get(key), to.objects.get(key)];
  if (!before || !after) return [];
  const text = ({ name, parts }: Definition) =>
    `CREATE OR REPLACE VIEW ${name}${viewOptions(parts.options)} AS\n${parts.definition ?? ""}`;
  const about = aboutName(after.name);
  return [{ key, phase: "expand", about, up: [text(after)], down: [text(before)] }];
}

function makeAnew({ from, to }: ViewsRequest, cluster: ReadonlySet<string>): Step {
  const there = (all: Definitions, isWanted: (key: string) => boolean) =>
    inOrder(
      [...all.objects.keys()].filter((key) => cluster.has(key) && isWanted(key)),
      all,
    ).flatMap((key) => all.objects.get(key) ?? []);
  const make = (views: readonly Definition[], all: Definitions) =>
    views.flatMap((view) => [
      ...create(view, all),
      ...attached(view, all).flatMap((one) => create(one, all)),
    ]);
  const any = () => true;
  const isContract = [...cluster].some((key) => losesColumns(key, from, to));
  const fresh = isContract ? there(to, (key) => !from.objects.has(key)) : [];
  const [old, now] = [there(from, any), there(to, any)];
  const [first = ""] = cluster;
  return {
    key: first,
    phase: "contract",
    about: aboutName(to.objects.get(first)?.name ?? ""),
    up: [...[...old, ...fresh].toReversed().map(drop), ...make(now, to)],
    down: [...now.toReversed().map(drop), ...make(old, from), ...make(fresh, to)],
    note: "Rights on views that are made anew are lost: grant them again.",
  };
}

/** With views that stand on views that stand on them. */
function withDependants(keys: ReadonlySet<string>, all: Definitions): ReadonlySet<string> {
  const found = new Set(keys);
  let size = 0;
  while (size !== found.size) {
    size = found.size;
    for (const [key, needs] of all.needs) {
      const kind = all.objects.get(key)?.kind ?? "";
      if (isView(kind) && [...needs].some((need) => found.has(need))) found.add(key);
    }
  }
  return found;
}

function attached(view: Definition | undefined, all: Definitions): readonly Definition[] {
  if (!view) return [];
  const isOn = (one: Definition) =>
    one.kind === "comment" ? all.needs.get(keyOf(one))?.has(keyOf(view)) : one.of === view.name;
  return [...all.objects.values()].filter((one) => ATTACHED.has(one.kind) && isOn(one));
}

/** A view that goes loses all of them, one that comes none. */
function losesColumns(key: string, from: Definitions, to: Definitions): boolean {
  const [before, after] = [from.objects.get(key), to.objects.get(key)];
  if (!before || !after) return before !== undefined;
  const now = columns(after, to);
  return columns(before, from).some((column) => !now.includes(column));
}
