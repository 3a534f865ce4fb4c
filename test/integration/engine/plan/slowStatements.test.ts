// Slow statements as pg_stat_statements has them, on a real server with and without it.
import assert from "node:assert/strict";
import { startEmbedded, stopEmbedded } from "../../../../engine/embedded/server.ts";
import { readTableFacts } from "../../../../engine/plan/readTableFacts.ts";
import { readSlowest } from "../../../../engine/plan/slowStatements.ts";
import { queryAll, useDatabase, withClient } from "../../../support/database.ts";
import { makeTempDir } from "../../../support/tempDir.ts";

describe("slow statements", () => {
  const database = useDatabase();
  const slowest = (url: string, tables: readonly string[]) =>
    withClient(url, async (client) => [...(await readSlowest(client, tables)).keys()].toSorted());

  it("are none where the extension is missing, or not loaded", async () => {
    assert.deepEqual(await slowest(database.url, ["things"]), []);
    await queryAll(database.url, "create extension pg_stat_statements");
    assert.deepEqual(await slowest(database.url, ["things"]), []);
  });

  it("are found by the table's name as a word, with their mean time", async () => {
    const dir = await makeTempDir("statements");
    const options = { dir, database: "app", scratch: true };
    try {
      const first = await startEmbedded(options);
      await queryAll(first.url, "alter system set shared_preload_libraries = pg_stat_statements");
      await stopEmbedded(dir);
      const { url } = await startEmbedded(options);
      await queryAll(
        url,
        `create schema stats; create extension pg_stat_statements schema stats;
         create table things (id int); create table things_more (id int); create table "a.b" (id int); create table seldom (id int)`,
      );
      await withClient(url, async (client) => {
        for (let run = 0; run < 10; run += 1) {
          await client.query("select pg_sleep(0.02) from (select count(*) from Things) t");
          await client.query(`select count(*) from "a.b"`);
          await client.query("analyze things_more");
        }
        await client.query("select count(*) from seldom");
      });
      assert.deepEqual(await slowest(url, ["things", "things_more", "seldom"]), ["things"]);
      const facts = await withClient(url, (client) => readTableFacts(client, ["public.things"]));
      const ms = facts.get("public.things")?.slowestMs ?? 0;
      assert.ok(ms >= 20, String(ms));
    } finally {
      await stopEmbedded(dir);
    }
  });
});
