// Drafts on a real server: taken up they end in the wanted schema, taken back in the first one.
import assert from "node:assert/strict";
import { parseUrl } from "../../../../engine/drivers/postgres/target.ts";
import { formatError } from "../../../../engine/errors/formatError.ts";
import { silent } from "../../../../engine/events.ts";
import { draftSync, type SyncDraft, type SyncRequest } from "../../../../engine/sync/sync.ts";
import { serverUrl } from "../../../support/database.ts";
import { readTexts } from "../rehearse/rehearseFiles.ts";
import { type Pair, PAIRS } from "./pairs.ts";

async function draft(
  from: string,
  to: string,
  options: Partial<SyncRequest> = {},
): Promise<SyncDraft> {
  return draftSync({
    migrations: from === "" ? [] : await readTexts([["create_start", from, "SELECT 1"]]),
    desired: { sql: to, from: "schema.sql" },
    target: undefined,
    server: parseUrl(await serverUrl(), "test"),
    folder: {
      dir: "migrations",
      existing:
        from === ""
          ? []
          : [
              {
                number: "01",
                order: 1n,
                name: "create_start",
                role: "up",
                fileName: "01_create_start_up.sql",
              },
            ],
    },
    ignore: [],
    levels: {},
    isRename: () => Promise.resolve(false),
    report: silent,
    signal: new AbortController().signal,
    ...options,
  });
}

/** Pairs that ask nothing of the files' names are drafted together, each in a schema of its own: a server's time is not free. */
function isAlone({ files, errors, renamed, stays, alone }: Pair): boolean {
  return [files, errors, renamed, stays, alone].some((one) => one !== undefined);
}

function together(pairs: readonly Pair[]): Pair {
  const within = (side: "from" | "to") =>
    pairs
      .map((pair, index) => {
        const schema = `s${String(index)}`;
        return `CREATE SCHEMA ${schema}; SET search_path = ${schema};\n${pair[side]}\n`;
      })
      .join("");
  return {
    about: pairs.map(({ about }, index) => `s${String(index)} ${about}`).join("; "),
    from: within("from"),
    to: within("to"),
  };
}

function texts({ files }: SyncDraft): string {
  const all = files.flatMap(({ plan }) => plan.files);
  return all.map(({ fileName, text }) => `== ${fileName}\n${text}`).join("\n");
}

async function check(pair: Pair, pairs: readonly Pair[] = [pair]): Promise<void> {
  const { from, to, files, errors = [], stays = false, renamed = false } = pair;
  const made = await draft(from, to, { isRename: () => Promise.resolve(renamed) });
  const { proof } = made;
  const all = texts(made);
  assert.ok(proof, all);
  const fault = proof.upFails ?? proof.downFails;
  assert.equal(fault && `${fault.file}: ${formatError(fault.error)}\n${all}`, undefined);
  assert.deepEqual(proof.differs, [], all);
  assert.deepEqual(proof.restoresNot, [], all);
  assert.equal(proof.noWayBack.length > 0, stays);
  assert.deepEqual(made.byHand, []);
  const found = made.findings.filter(({ severity }) => severity === "error");
  assert.deepEqual(
    found.map(({ rule }) => rule),
    errors,
    JSON.stringify(found, null, 1),
  );
  if (files)
    assert.deepEqual(
      made.files.map(({ plan }) => plan.name),
      files,
    );
  const up = made.files.map(({ plan }) => plan.files[0]?.text ?? "").join("\n");
  for (const { holds = [] } of pairs) {
    let at = 0;
    for (const word of holds) {
      at = up.indexOf(word, at);
      assert.ok(at >= 0, `${word}\n${up}`);
    }
  }
}

describe("a draft", () => {
  for (const pair of PAIRS.filter(isAlone)) {
    it(`makes and takes back: ${pair.about}`, () => check(pair));
  }

  const others = PAIRS.filter((pair) => !isAlone(pair));
  it(`makes and takes back ${String(others.length)} more, all in one`, () =>
    check(together(others), others));
});
