// Answers what lint says of generated files where the recipe has the reason, so that what is left is worth a look.
import { lintMigrations } from "../lint/lintMigrations.ts";
import type { Migration } from "../sources/migration.ts";
import { rewrittenFolder } from "./checkRewrite.ts";
import type { NumberedStep } from "./numbering.ts";

/** The same steps; each answer stands in the file's head, where lint has such a finding. */
export async function answerFindings(
  original: Migration,
  migrations: readonly Migration[],
  steps: readonly NumberedStep[],
): Promise<readonly NumberedStep[]> {
  const { all, generated } = await rewrittenFolder(original, migrations, steps);
  const findings = await lintMigrations({ migrations: all, pending: generated });
  return steps.map((step) => {
    const own = findings.filter(({ path }) =>
      step.files.some(({ fileName }) => path.endsWith(fileName)),
    );
    const rules = [...new Set(own.map(({ rule }) => rule))];
    const lines = rules.flatMap((rule) => {
      const reason = step.answers?.[rule];
      return reason === undefined ? [] : `-- lockstep: ignore-file ${rule} ${reason}\n`;
    });
    if (lines.length === 0) return step;
    const up = withLines(step.up, lines);
    const files = step.files.map((file) => (file.text === step.up ? { ...file, text: up } : file));
    return { ...step, up, files };
  });
}

/** Behind the directives that the file begins with. */
function withLines(up: string, lines: readonly string[]): string {
  const head = /^(-- lockstep:[^\n]*\n)*/.exec(up)?.[0] ?? "";
  const rest = up.slice(head.length);
  return `${head}${lines.join("")}${rest.startsWith("\n") ? "" : "\n"}${rest}`;
}
