// Writes docs/rules.md: node --import tsx docs/rules.mjs
import { writeFile } from "node:fs/promises";
import { LINT_RULES } from "../engine/lint/rules/index.ts";
import { rulesPage } from "../engine/lint/rulesPage.ts";

await writeFile(new URL("rules.md", import.meta.url), rulesPage(LINT_RULES));
