// Drafts on a real server: taken up they end in the wanted schema, taken back in the first one.
import assert from "node:assert/strict";
import { parseUrl } from "../../../../engine/drivers/postgres/target.ts";
import { formatError } from "../../../../engine/errors/formatError.ts";
import { silent } from "../../../../engine/events.ts";
import { draftSync, type SyncDraft, type SyncRequest } from "../../../../engine/sync/sync.ts";
import { serverUrl } from "../../../support/database.ts";
import { readTexts } from "../rehearse/rehearseFiles.ts";
import { PAIRS } from "./pairs.ts";

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

describe("a draft", () => {
  for (const {
    about,
    from,
    to,
    files,
    holds = [],
    errors = [],
    stays = false,
    renamed = false,
  } of PAIRS) {
    it(`makes and takes back: ${about}`, async () => {
      const made = await draft(from, to, { isRename: () => Promise.resolve(renamed) });
      const text = made.files.map(({ plan }) => plan.files[0]?.text ?? "").join("\n");
      const all = made.files
        .flatMap(({ plan }) => plan.files.map((one) => `== ${one.fileName}\n${one.text}`))
        .join("\n");
      const { proof } = made;
      assert.ok(proof, all);
      const fault = proof.upFails ?? proof.downFails;
      assert.equal(fault && `${fault.file}: ${formatError(fault.error)}\n${all}`, undefined);
      assert.deepEqual(proof.differs, [], all);
      assert.deepEqual(proof.restoresNot, [], all);
      assert.equal(proof.noWayBack.length > 0, stays);
      assert.deepEqual(made.byHand, []);
      assert.deepEqual(
        made.findings.flatMap(({ severity, rule }) => (severity === "error" ? rule : [])),
        errors,
        all +
          JSON.stringify(
            made.findings.filter((one) => one.severity === "error"),
            null,
            1,
          ),
      );
      if (files)
        assert.deepEqual(
          made.files.map(({ plan }) => plan.name),
          files,
        );
      let at = 0;
      for (const word of holds) {
        at = text.indexOf(word, at);
        assert.ok(at >= 0, `${word}\n${text}`);
      }
    });
  }
});
