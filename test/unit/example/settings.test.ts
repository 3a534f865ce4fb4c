// How the example reads its environment.

import assert from "node:assert/strict";
import { importExample } from "./importExample.ts";

interface SettingsModule {
  parseSettings(
    env: Record<string, string>,
    label: string,
  ): { host: string; port: number; release: string; databaseUrl: string };
  applicationName(release: string): string;
}

const url = "postgres://ada:secret@db:5433/vault";

describe("example settings", () => {
  let settings: SettingsModule;
  before(async () => {
    settings = await importExample<SettingsModule>("app/settings.mjs");
  });
  const parse = (env: Record<string, string>) =>
    settings.parseSettings({ PORT: "8080", ...env }, "1.1");
  const databaseUrl = (env: Record<string, string>) => new URL(parse(env).databaseUrl);

  it("listens on 127.0.0.1 and goes by its label where lockstep named no release", () => {
    const { host, port, release } = parse({ DATABASE_URL: url });
    assert.deepEqual({ host, port, release }, { host: "127.0.0.1", port: 8080, release: "1.1" });
    assert.equal(
      databaseUrl({ DATABASE_URL: url }).searchParams.get("application_name"),
      "app:1.1",
    );
  });

  it("puts the release into application_name, whatever the URL says", () => {
    const found = databaseUrl({
      DATABASE_URL: `${url}?application_name=x`,
      LOCKSTEP_RELEASE: "r7",
    });
    assert.deepEqual(found.searchParams.getAll("application_name"), ["app:r7"]);
  });

  it("cuts application_name to the 63 bytes that the server keeps", () => {
    assert.equal(settings.applicationName("a".repeat(64)), `app:${"a".repeat(59)}`);
    assert.equal(settings.applicationName("ü1"), "app:?1");
  });

  it("builds the URL from the parts, with any character in the password", () => {
    const found = databaseUrl({
      DB_HOST: "/run/pg",
      DB_PORT: "6000",
      DB_NAME: "va/ult",
      DB_USER: "ada",
      DB_PASSWORD: "p@:/?#&=% w",
      DB_SSLMODE: "verify-full",
    });
    assert.equal(found.pathname, "/va%2Fult");
    const { host, port, user, password, sslmode, uselibpqcompat } = Object.fromEntries(
      found.searchParams,
    );
    assert.deepEqual(
      { host, port, user, password, sslmode, uselibpqcompat },
      {
        host: "/run/pg",
        port: "6000",
        user: "ada",
        password: "p@:/?#&=% w",
        sslmode: "verify-full",
        uselibpqcompat: "true",
      },
    );
  });

  it("prefers DATABASE_URL, and does without TLS where it is only preferred", () => {
    const found = databaseUrl({
      DATABASE_URL: `${url}?sslmode=prefer`,
      DB_HOST: "other",
      DB_NAME: "x",
    });
    assert.equal(found.host, "db:5433");
    assert.equal(found.searchParams.has("sslmode"), false);
  });

  for (const port of ["", "x", "0", "65536", "80.5"]) {
    it(`refuses the port "${port}"`, () => {
      assert.throws(() => parse({ DATABASE_URL: url, PORT: port }), /PORT to be a number from 1/);
    });
  }

  it("refuses a malformed URL without showing it", () => {
    for (const bad of ["postgres://ada:secret@db:port/x", "mysql://ada:secret@db/x", "secret"]) {
      assert.throws(
        () => parse({ DATABASE_URL: bad }),
        (error: Error) => /DATABASE_URL/.test(error.message) && !/secret/.test(error.message),
      );
    }
  });

  it("asks for a database where none is given", () => {
    assert.throws(() => parse({ DB_HOST: "db" }), /set DATABASE_URL, or DB_HOST, DB_NAME/);
  });
});
