// What the documentation names is there: files, npm scripts, commands, error codes, lint rules.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildProgram } from "../../../cli/program.ts";
import { exitCodeOf, LockstepError, type ErrorCode } from "../../../engine/errors/lockstepError.ts";
import { rootFolder } from "../../../toolchain/paths.mjs";
import { lockstepCommands, npmScripts, readPage, readPages, relativeLinks } from "./markdown.ts";

const pages = readPages();
const source = (path: string) => readFileSync(join(rootFolder, path), "utf8");

describe("the documentation", () => {
  for (const page of pages) {
    it(`${page.path} links to files that are there`, () => {
      const broken = relativeLinks(page).filter(
        (target) => !existsSync(join(rootFolder, dirname(page.path), target)),
      );
      assert.deepEqual(broken, []);
    });

    it(`${page.path} names npm scripts that are there`, () => {
      const { scripts } = JSON.parse(source("package.json")) as { scripts: object };
      const unknown = npmScripts(page).filter((name) => !(name in scripts));
      assert.deepEqual(unknown, []);
    });

    it(`${page.path} names commands that are there`, () => {
      const noop = () => Promise.resolve();
      const known = buildProgram({ call: noop, step: noop, relay: noop }).commands.flatMap(
        (command) =>
          command.commands.length > 0
            ? command.commands.map((part) => `${command.name()} ${part.name()}`)
            : [command.name()],
      );
      const unknown = lockstepCommands(page).filter((name) => !known.includes(name));
      assert.deepEqual(unknown, []);
    });
  }

  it("is reachable from its index", () => {
    const index = relativeLinks(readPage("docs/index.md")).map((target) => join("docs", target));
    const missing = pages.map(({ path }) => path).filter((path) => !index.includes(path));
    assert.deepEqual(missing, ["docs/index.md"]);
  });

  it("has every error code, under the exit code that it ends with", () => {
    const list = /export type ErrorCode =([^;]+);/.exec(source("engine/errors/lockstepError.ts"));
    const codes = [...(list?.[1] ?? "").matchAll(/"([A-Z_]+)"/g)].map(([, code = ""]) => code);
    assert.ok(codes.length > 20);
    const { text } = readPage("docs/errors.md");
    const sections = new Map(
      text.split(/^## /m).map((part) => [Number(/exit code (\d)/.exec(part)?.[1]), part]),
    );
    const special = new Map([
      ["LEASE_NOT_OBTAINED", "`LEASE_NOT_OBTAINED` ends with 4"],
      ["INTERRUPTED", "`INTERRUPTED` with 130"],
    ]);
    const misplaced = codes.filter((code) => {
      const named = special.get(code);
      if (named !== undefined) return !text.includes(named);
      const exitCode = exitCodeOf(new LockstepError(code as ErrorCode, "any"));
      return !sections.get(exitCode)?.includes(`| \`${code}\` |`);
    });
    assert.deepEqual(misplaced, []);
  });

  it("has every rule by which a pending file is refused", () => {
    const { text } = readPage("docs/migrations.md");
    const rules = [...source("engine/lint/rules/problems.ts").matchAll(/^ {2}"([a-z-]+)": \{$/gm)];
    assert.ok(rules.length > 5);
    assert.deepEqual(
      rules.filter(([, rule = ""]) => !text.includes(`\`${rule}\``)),
      [],
    );
  });
});

describe("the reading of pages", () => {
  const page = {
    path: "x.md",
    text: "[a](b.md#c) [d](https://e.example) `npm run -s env` `npx lockstep health check --url u`\n\n    lockstep plan\n\n## Not yet\n\n`lockstep restore`\n",
  };

  it("finds links, scripts and commands", () => {
    assert.deepEqual(relativeLinks(page), ["b.md"]);
    assert.deepEqual(npmScripts(page), ["env"]);
    assert.deepEqual(lockstepCommands(page), ["health check", "plan"]);
  });
});
