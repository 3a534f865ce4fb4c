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
  const clusters = apart(
    anew.map((key) => withDependants(withDependants(new Set([key]), from), to)),
  );
  const isMember = (key: string) => clusters.some((cluster) => cluster.has(key));
  const steps = replaced
    .filter((key) => !isMember(key))
    .flatMap((key) => replaceView(key, from, to));
  const made = clusters.map((cluster) => makeAnew(request, cluster));
  return {
    steps: [...steps, ...made.map(({ step }) => step)],
    covers: new Set([...changed, ...made.flatMap(({ covers }) => covers)]),
  };
}

/** Sets that share a member become one. */
function apart(sets: readonly ReadonlySet<string>[]): readonly ReadonlySet<string>[] {
  return sets.reduce<readonly ReadonlySet<string>[]>((known, one) => {
    const touching = known.filter((other) => [...one].some((key) => other.has(key)));
    const others = known.filter((other) => !touching.includes(other));
    return [...others, new Set([...touching, one].flatMap((each) => [...each]))];
  }, []);
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

interface MadeAnew {
  readonly step: Step;
  readonly covers: readonly string[];
}

function makeAnew({ from, to }: ViewsRequest, cluster: ReadonlySet<string>): MadeAnew {
  const isContract = [...cluster].some((key) => losesColumns(key, from, to));
  // In contract new views are there already, made by expand; they are made once more.
  const isFresh = (key: string) => isContract && !from.objects.has(key);
  const there = (all: Definitions, isWanted: (key: string) => boolean = () => true) =>
    inOrder(
      [...all.objects.keys()].filter((key) => cluster.has(key) && isWanted(key)),
      all,
    ).flatMap((key) => all.objects.get(key) ?? []);
  const hanging = (views: readonly Definition[], all: Definitions) =>
    views.flatMap((view) => attached(view, all));
  const make = (views: readonly Definition[], all: Definitions) =>
    views.flatMap((view) => [view, ...attached(view, all)]).flatMap((one) => create(one, all));
  const [old, now, fresh] = [there(from), there(to), there(to, isFresh)];
  const covered = [...cluster].filter((key) => !isFresh(key));
  const ofCovered = [from, to].flatMap((all) =>
    covered.flatMap((key) => attached(all.objects.get(key), all).map(keyOf)),
  );
  const [first = ""] = cluster;
  const hasMore = hanging(now, to).some(({ kind }) => kind !== "comment");
  const step: Step = {
    key: first,
    phase: isContract ? "contract" : "expand",
    about: aboutName(to.objects.get(first)?.name ?? ""),
    up: [...[...old, ...fresh].toReversed().map(drop), ...make(now, to)],
    down: [...now.toReversed().map(drop), ...make(old, from), ...make(fresh, to)],
    note: "Rights on views that are made anew are lost: grant them again.",
    ...(isContract && hasMore && { stageReason: "what is created here was there before" }),
  };
  return { step, covers: [...covered, ...ofCovered] };
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
