// Reads the documentation's pages as the tests look at them: their links, and the commands that they name.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { rootFolder } from "../../../toolchain/paths.mjs";

/** A page: its path below the clone, and its text. */
export interface Page {
  readonly path: string;
  readonly text: string;
}

/** README.md, CONTRIBUTING.md and every page below docs/. */
export function readPages(): readonly Page[] {
  const docs = readdirSync(join(rootFolder, "docs"), { recursive: true, encoding: "utf8" });
  const paths = docs.filter((name) => name.endsWith(".md")).map((name) => join("docs", name));
  return ["README.md", "CONTRIBUTING.md", ...paths.toSorted()].map(readPage);
}

/** One page by its path below the clone. */
export function readPage(path: string): Page {
  return { path, text: readFileSync(join(rootFolder, path), "utf8") };
}

/** The targets of a page's links and pictures that lead to files, without their anchors. */
export function relativeLinks({ text }: Page): readonly string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => target.split("#")[0] ?? "")
    .filter((target) => target !== "" && !/^[a-z]+:/i.test(target));
}

/** The names after `npm run`, with or without flags between. */
export function npmScripts({ text }: Page): readonly string[] {
  return unique(text, /\bnpm run (?:-\S+ )*([a-z][a-z:-]*)/g);
}

/**
 * The commands after `lockstep`, where code begins with it or with `npx lockstep`; `health`,
 * `notices`, `maintenance` and `soak` keep their second word. What a page promises under "Not yet" is left out.
 */
export function lockstepCommands({ text }: Page): readonly string[] {
  const now = text.replace(/^## Not yet\n[^]*?(?=^## |$(?![^]))/m, "");
  const code = [...now.matchAll(/`([^`\n]+)`|^ {4}(.+)$/gm)].map(
    ([, span, line]) => span ?? line ?? "",
  );
  return unique(
    code.join("\n"),
    /^(?:npx )?lockstep ((?:health|notices|maintenance|soak) [a-z]+|[a-z]+)\b/gm,
  );
}

function unique(text: string, form: RegExp): readonly string[] {
  return [...new Set([...text.matchAll(form)].map(([, name = ""]) => name))];
}
