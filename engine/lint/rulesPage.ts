// The page of rules, docs/rules.md, written from the rules themselves.
import type { Category, LintRule } from "./rules/rule.ts";

const HEADINGS: Readonly<Record<Category, string>> = {
  stage: "Stages",
  transaction: "Transactions",
  locks: "Locks",
  compatibility: "Running code",
  data: "Data",
  correctness: "Correctness",
  security: "Security",
  taste: "Taste",
};

const HEAD = `# Lint rules

<!-- Written by \`node --import tsx docs/rules.mjs\` from engine/lint/rules; change it there. -->

What \`lockstep lint\`, \`lockstep plan\` and a preview say of migrations. [migrations.md](migrations.md) says how to answer a finding, and
how to set a rule to another level. \`refused\` rules are the runner's own: neither a setting nor a comment changes them. Rules know the
tables, columns, constraints and indexes that the files before make. What a file itself creates (in a plan against a database: what the
release creates) is new: nothing runs against it, and rules on locks leave it alone.

Where the database is seen (plan, preview, \`lockstep lint --live\`) a finding whose cost grows with its table says the table's size, by the server's
statistics and its files. Where the table has at most 1 MiB with its indexes, and nothing but the table decides how long it takes, a warning becomes a note:
that is read or written anew in less than the 50 ms for which lockstep's ask for a lock may hold others up. A level that was set stays.
`;

/** The whole page. */
export function rulesPage(rules: readonly LintRule[]): string {
  const sections = (Object.keys(HEADINGS) as Category[]).map((category) => {
    const own = rules.filter((rule) => rule.category === category);
    return [`## ${HEADINGS[category]}`, ...own.map(ruleText)].join("\n\n");
  });
  return `${HEAD}\n${sections.join("\n\n")}\n`;
}

function ruleText({ id, level, fixed, title, why, instead }: LintRule): string {
  const heading = `### ${id}`;
  const lead = `*${fixed ? "refused" : level}*: ${title}.`;
  return [heading, `${lead} ${why}`, `Instead: ${instead}`].join("\n\n");
}
