// From one definition to another of what is no column, index or constraint of a table.
import pg from "pg";
import { keyOf } from "../schema/object.ts";
import type { Definition, Definitions } from "./definition.ts";
import type { Step } from "./step.ts";
import { aboutName } from "./stepName.ts";
import { create, domainChecks, drop, enumValues } from "./writeOther.ts";
import { alterSequence } from "./writeSequence.ts";
import { replicaIdentity, rowSecurity } from "./writeTable.ts";

/** An object as it is and as it shall be. */
export interface ObjectPair {
  readonly before: Definition;
  readonly after: Definition;
  readonly from: Definitions;
  readonly to: Definitions;
}

type Planner = (pair: ObjectPair) => readonly Step[] | undefined;

const PLANNERS: Readonly<Record<string, Planner>> = {
  table: changeTable,
  enum: changeEnum,
  domain: changeDomain,
  sequence: changeSequence,
  function: changeFunction,
  procedure: changeFunction,
  trigger: recreate,
  rule: recreate,
  policy: recreate,
  statistics: recreate,
  comment: ({ before, after, from, to }) => [
    {
      ...baseOf(after),
      phase: "expand",
      up: create(after, to),
      down: create(before, from),
    },
  ],
};

/** The steps that bring it about; undefined where a person has to write them. */
export function changeObject(pair: ObjectPair): readonly Step[] | undefined {
  return PLANNERS[pair.after.kind]?.(pair);
}

function baseOf(one: Definition) {
  return { key: keyOf(one), about: aboutName(one.name) };
}

function recreate({ before, after, from, to }: ObjectPair): readonly Step[] {
  const isRoutine = after.kind === "function" || after.kind === "procedure";
  return [
    {
      ...(isRoutine && {
        note: `Rights on ${after.name}, which is made anew, are lost: grant them again.`,
      }),
      ...baseOf(after),
      phase: "expand",
      up: [drop(before), ...create(after, to)],
      down: [drop(after), ...create(before, from)],
    },
  ];
}

/** Another result or other names of parameters want a new function under the same name. */
function changeFunction(pair: ObjectPair): readonly Step[] {
  const { before, after } = pair;
  const [old, now] = [before.parts, after.parts];
  if (old.returns !== now.returns || old.arguments !== now.arguments) return recreate(pair);
  const [up, down] = [[now.definition ?? ""], [old.definition ?? ""]];
  return [{ ...baseOf(after), phase: "expand", up, down }];
}

function changeSequence({ before, after }: ObjectPair): readonly Step[] {
  const owned = ({ name, parts }: Definition) =>
    before.parts.ownedBy === after.parts.ownedBy
      ? []
      : [`ALTER SEQUENCE ${name} OWNED BY ${parts.ownedBy ?? "NONE"}`];
  const to = (one: Definition) => [alterSequence(one.name, one.parts), ...owned(one)];
  return [{ ...baseOf(after), phase: "expand", up: to(after), down: to(before) }];
}

/** Values can be added anywhere, and never taken away. */
function changeEnum({ before, after }: ObjectPair): readonly Step[] | undefined {
  const [old, now] = [before, after].map(({ parts }) => enumValues(parts.values));
  if (!old || !now) return undefined;
  const kept = now.filter((value) => old.includes(value));
  if (kept.join("\n") !== old.join("\n")) return undefined;
  return [
    { ...baseOf(after), phase: "values", up: addValues(after.name, old, now), down: undefined },
  ];
}

/** Each value is added beside one that is there by then: before the first old one from the back, else after its neighbour. */
function addValues(
  type: string,
  old: readonly string[],
  now: readonly string[],
): readonly string[] {
  const add = (value: string, place: string) =>
    `ALTER TYPE ${type} ADD VALUE ${pg.escapeLiteral(value)}${place}`;
  const first = old[0] === undefined ? 0 : now.indexOf(old[0]);
  const last = now.lastIndexOf(old.at(-1) ?? "");
  const head = now
    .slice(0, first)
    .map((value, index) => add(value, ` BEFORE ${pg.escapeLiteral(now[index + 1] ?? "")}`));
  const rest = now.slice(first).flatMap((value, index) => {
    if (old.includes(value)) return [];
    const isAtEnd = first + index > last;
    return [add(value, isAtEnd ? "" : ` AFTER ${pg.escapeLiteral(now[first + index - 1] ?? "")}`)];
  });
  return [...head.toReversed(), ...rest];
}

function changeDomain({ before, after }: ObjectPair): readonly Step[] | undefined {
  const [old, now] = [before.parts, after.parts];
  if (old.type !== now.type || old.collation !== now.collation) return undefined;
  const base = baseOf(after);
  const alter = `ALTER DOMAIN ${after.name}`;
  const [was, is] = [domainChecks(old.checks), domainChecks(now.checks)];
  const steps: Step[] = [];
  if (old.default !== now.default) {
    const set = (value: string | undefined) =>
      value === undefined ? `${alter} DROP DEFAULT` : `${alter} SET DEFAULT ${value}`;
    steps.push({ ...base, phase: "expand", up: [set(now.default)], down: [set(old.default)] });
  }
  if (old.notNull !== now.notNull) {
    const set = (is: string | undefined) => `${alter} ${is ? "SET" : "DROP"} NOT NULL`;
    const phase = now.notNull ? "contract" : "expand";
    steps.push({ ...base, phase, up: [set(now.notNull)], down: [set(old.notNull)] });
  }
  for (const [name, text] of Object.entries(was)) {
    if (is[name] === text) continue;
    const [up, down] = [
      [`${alter} DROP CONSTRAINT ${name}`],
      [`${alter} ADD CONSTRAINT ${name} ${text}`],
    ];
    steps.push({ ...base, phase: name in is ? "contract" : "expand", up, down });
  }
  for (const [name, text] of Object.entries(is)) {
    if (was[name] === text) continue;
    const [add, drops] = [
      `${alter} ADD CONSTRAINT ${name} ${text} NOT VALID`,
      `${alter} DROP CONSTRAINT ${name}`,
    ];
    steps.push({ ...base, phase: "contract", up: [add], down: [drops] });
    steps.push({
      ...{ ...base, phase: "validate", up: [`${alter} VALIDATE CONSTRAINT ${name}`] },
      down: [drops, add],
    });
  }
  return steps;
}

/** Parts of a table that can be altered; where another one differs a person has to write it. */
const ALTERABLE: ReadonlySet<string> = new Set([
  ...["options", "rowSecurity", "forced", "replicaIdentity", "unlogged"],
]);

function changeTable({ before, after }: ObjectPair): readonly Step[] | undefined {
  const names = new Set([...Object.keys(before.parts), ...Object.keys(after.parts)]);
  const changed = [...names].filter((name) => before.parts[name] !== after.parts[name]);
  if (changed.some((name) => !ALTERABLE.has(name)) || changed.includes("unlogged"))
    return undefined;
  if ([before, after].some(({ parts }) => parts.replicaIdentity === "INDEX")) return undefined;
  const base = baseOf(after);
  const security = { up: rowSecurity(after, before), down: rowSecurity(before, after) };
  const other = (one: Definition, old: Definition) => [
    ...setOptions(one.name, old.parts.options, one.parts.options),
    ...(one.parts.replicaIdentity === old.parts.replicaIdentity
      ? []
      : one.parts.replicaIdentity === undefined
        ? [`ALTER TABLE ${one.name} REPLICA IDENTITY DEFAULT`]
        : replicaIdentity(one)),
  ];
  const isStricter = security.up.some((one) => / (ENABLE|FORCE) ROW/.test(one));
  const plain = { up: other(after, before), down: other(before, after) };
  return [
    ...(security.up.length === 0
      ? []
      : [
          { ...base, ...security, phase: isStricter ? ("contract" as const) : ("expand" as const) },
        ]),
    ...(plain.up.length === 0 ? [] : [{ ...base, ...plain, phase: "expand" as const }]),
  ];
}

function setOptions(
  table: string,
  before: string | undefined,
  after: string | undefined,
): readonly string[] {
  const list = (text: string | undefined) => (text === undefined ? [] : text.split(", "));
  const nameOf = (option: string) => option.split("=")[0] ?? "";
  const now = list(after);
  const gone = list(before)
    .map(nameOf)
    .filter((name) => !now.some((one) => nameOf(one) === name));
  const set = now.filter((one) => !list(before).includes(one));
  return [
    ...(set.length === 0 ? [] : [`ALTER TABLE ${table} SET (${set.join(", ")})`]),
    ...(gone.length === 0 ? [] : [`ALTER TABLE ${table} RESET (${gone.join(", ")})`]),
  ];
}
