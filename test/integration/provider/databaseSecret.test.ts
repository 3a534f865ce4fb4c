// The Secret with the database's URL: made once, adopted, never given another password; or somebody else's.
import assert from "node:assert/strict";
import { join } from "node:path";
import { formatError } from "../../../engine/errors/formatError.ts";
import { databaseSecret } from "../../../provider/resources/databaseSecret.ts";
import type { DatabaseSecretInputs, DatabaseSecretOutputs } from "../../../provider/schema.ts";
import { failureOf } from "../../support/failureOf.ts";
import { useTempDir } from "../../support/tempDir.ts";
import { startFakeSecrets, type FakeSecrets } from "./fakeSecrets.ts";
import { listen } from "./resourceContext.ts";

const NAME = "shop-database";
const server = {
  host: "shop-database.shop.svc",
  port: 5432,
  user: "app",
  database: "app",
  labels: { a: "b" },
};

describe("DatabaseSecret", () => {
  const dir = useTempDir("secret");
  let fake: FakeSecrets;
  beforeEach(async () => {
    fake = await startFakeSecrets(join(dir.path, "kubeconfig"));
  });
  afterEach(() => {
    fake.close();
  });

  const made = (): DatabaseSecretInputs => ({
    cluster: fake.cluster,
    name: NAME,
    key: "DATABASE_URL",
    server,
    requireTls: false,
  });
  const others = (rest: Partial<DatabaseSecretInputs> = {}): DatabaseSecretInputs => ({
    cluster: fake.cluster,
    name: "shop-db",
    key: "uri",
    requireTls: false,
    ...rest,
  });
  const apply = async (inputs: DatabaseSecretInputs, saved?: DatabaseSecretOutputs) =>
    (await databaseSecret.apply(inputs, listen().context, saved)).outputs;

  it("makes a password and keeps it, however often it is applied", async () => {
    const outputs = await apply(made());
    const secret = fake.secrets.get(NAME);
    assert.deepEqual(
      [secret?.DATABASE_URL, secret?.POSTGRES_USER, secret?.POSTGRES_DB],
      [outputs.url, "app", "app"],
    );
    const password = secret?.POSTGRES_PASSWORD ?? "";
    assert.match(password, /^[\w-]{32}$/);
    assert.equal(outputs.url, `postgres://app:${password}@shop-database.shop.svc:5432/app`);
    assert.deepEqual(await apply(made()), outputs);
    assert.equal(await databaseSecret.isChanged(outputs, made()), false);
  });

  it("gives each stack another password", async () => {
    const first = await apply(made());
    fake.secrets.clear();
    assert.notEqual((await apply(made())).url, first.url);
  });

  it("puts the same password back where the Secret was deleted: the volume knows no other", async () => {
    const outputs = await apply(made());
    fake.secrets.clear();
    assert.equal(await databaseSecret.isChanged(outputs, made()), true);
    assert.equal((await apply(made(), outputs)).url, outputs.url);
    assert.equal(fake.secrets.get(NAME)?.DATABASE_URL, outputs.url);
  });

  it("is not confused by two that make it at the same time", async () => {
    const [one, two] = await Promise.all([apply(made()), apply(made())]);
    assert.equal(one.url, two.url);
  });

  it("does not take a Secret that is something else", async () => {
    fake.secrets.set(NAME, { token: "geheim" });
    const text = formatError(await failureOf(apply(made())));
    assert.match(text, /not one of lockstep's/);
    assert.match(text, /lacks DATABASE_URL, POSTGRES_USER/);
    assert.doesNotMatch(text, /geheim/);
  });

  it("deletes what it made and nothing else", async () => {
    const outputs = await apply(made());
    fake.secrets.set("shop-db", { uri: "postgres://app@db.example/shop" });
    const read = await apply(others());
    await databaseSecret.remove?.(outputs, listen().context);
    await databaseSecret.remove?.(read, listen().context);
    assert.deepEqual([...fake.secrets.keys()], ["shop-db"]);
    await databaseSecret.remove?.(outputs, listen().context);
  });

  it("reads a URL that somebody else keeps, and sees that it changed", async () => {
    fake.secrets.set("shop-db", { uri: "postgres://app:a@db.example/shop" });
    const outputs = await apply(others());
    assert.equal(outputs.url, "postgres://app:a@db.example/shop");
    assert.equal(await databaseSecret.isChanged(outputs, others()), false);
    fake.secrets.set("shop-db", { uri: "postgres://app:b@db.example/shop" });
    assert.equal(await databaseSecret.isChanged(outputs, others()), true);
  });

  it("reads the way past a pooler beside it, of the same database, and sees that it changed", async () => {
    const inputs = others({ key: "pooled", directKey: "direct" });
    const pooled = "postgres://app:geheim@pooler.example/shop";
    const direct = "postgres://app:geheim@db.example/shop";
    fake.secrets.set("shop-db", { pooled, direct });
    const outputs = await apply(inputs);
    assert.deepEqual([outputs.url, outputs.directUrl], [pooled, direct]);
    assert.equal(await databaseSecret.isChanged(outputs, inputs), false);
    assert.equal(await databaseSecret.isChanged(outputs, others({ key: "pooled" })), true);
    fake.secrets.set("shop-db", { pooled, direct: `${direct}?sslmode=require` });
    assert.equal(await databaseSecret.isChanged(outputs, inputs), true);
    fake.secrets.set("shop-db", { pooled, direct: "postgres://app:geheim@db.example/other" });
    const text = formatError(await failureOf(apply(inputs)));
    assert.match(text, /name two databases/);
    assert.match(text, /pooler\.example:5432\/shop and db\.example:5432\/other/);
    assert.doesNotMatch(text, /geheim/);
    fake.secrets.set("shop-db", { pooled });
    assert.match(formatError(await failureOf(apply(inputs))), /key direct of Secret shop-db/);
  });

  it("says in preview that a Secret or its key is not there", async () => {
    const check = (inputs: DatabaseSecretInputs) =>
      databaseSecret.check?.(inputs, listen().context) ?? assert.fail("no check");
    const missing = formatError(await failureOf(check(others())));
    assert.match(missing, /key uri of Secret shop-db in namespace shop/);
    assert.match(missing, /there is no such Secret/);
    fake.secrets.set("shop-db", { url: "postgres://app:geheim@db.example/shop" });
    const text = formatError(await failureOf(check(others())));
    assert.match(text, /it has only url/);
    assert.doesNotMatch(text, /geheim/);
    // One that is to be made is not there in the first preview.
    assert.deepEqual((await check(made())).failures, []);
  });

  it("refuses a URL without TLS where that is required, and shows no password", async () => {
    fake.secrets.set("shop-db", { uri: "postgres://app:geheim@db.example/shop?sslmode=prefer" });
    const text = formatError(await failureOf(apply(others({ requireTls: true }))));
    assert.match(text, /prod requires TLS/);
    assert.match(text, /db\.example:5432\/shop, sslmode=prefer/);
    assert.doesNotMatch(text, /geheim/);
    const url = "postgres://app:geheim@db.example/shop?sslmode=verify-full";
    fake.secrets.set("shop-db", { uri: url });
    assert.equal((await apply(others({ requireTls: true }))).url, url);
  });
});
