// The levels of lint's rules in a stack's config file.
import { LockstepError } from "../engine/errors/lockstepError.ts";
import { ensureLevels, type RuleLevels } from "../engine/lint/levels.ts";
import { LEVELS } from "../engine/lint/rules/rule.ts";
import { configValue, readStackFile } from "./stackFile.ts";

const KEY = "lockstep:lint";

/**
 * `lockstep:lint`, `rules` of `stack`'s file in `cwd`; nothing where there is no such file or key.
 * @throws LockstepError CONFIG for anything but a level for each of some rules.
 */
export async function readRuleLevels(cwd: string, stack: string): Promise<RuleLevels> {
  const file = await readStackFile(cwd, stack);
  const block = file && configValue(file, KEY);
  if (file === undefined || block === undefined || block === null) return {};
  const rules = isBlock(block) ? (block.rules ?? {}) : undefined;
  if (!isBlock(rules)) throw malformed(file.name, "expected a block with rules");
  for (const [id, level] of Object.entries(rules)) {
    if (!(LEVELS as readonly unknown[]).includes(level))
      throw malformed(file.name, `${id}: ${JSON.stringify(level)}, expected ${LEVELS.join(", ")}`);
  }
  const levels = rules as RuleLevels;
  ensureLevels(levels, `${KEY} in ${file.name}`);
  return levels;
}

function isBlock(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function malformed(name: string, seen: string): LockstepError {
  return new LockstepError("CONFIG", `${KEY} in ${name} cannot be read`, {
    seen,
    next: "write it as docs/migrations.md shows: lockstep:lint: { rules: { json-column: error } }",
  });
}
