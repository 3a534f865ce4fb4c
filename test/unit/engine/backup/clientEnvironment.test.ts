import assert from "node:assert/strict";
import { clientEnvironment } from "../../../../engine/backup/clientEnvironment.ts";
import { dumpArguments } from "../../../../engine/backup/dump.ts";
import { parseUrl } from "../../../../engine/drivers/postgres/target.ts";

const OURS = { PATH: "/bin", HOME: "/root", PULUMI_CONFIG_PASSPHRASE: "top", PGPASSWORD: "other" };

function environment(url: string): Record<string, string> {
  return clientEnvironment(parseUrl(url, "test"), OURS);
}

describe("clientEnvironment", () => {
  it("names the whole target, decoded, with its TLS settings", () => {
    const env = environment(
      "postgresql://us%40er:p%2Fw@db.example:6432/my%20shop?sslmode=verify-full&sslrootcert=/ca.pem",
    );
    assert.deepEqual(env, {
      LC_ALL: "C",
      TZ: "UTC",
      PATH: "/bin",
      HOME: "/root",
      PGHOST: "db.example",
      PGPORT: "6432",
      PGUSER: "us@er",
      PGPASSWORD: "p/w",
      PGDATABASE: "my shop",
      PGSSLMODE: "verify-full",
      PGSSLROOTCERT: "/ca.pem",
      PGAPPNAME: "lockstep:backup",
      PGCONNECT_TIMEOUT: "10",
    });
  });

  it("passes on no secret of ours", () => {
    assert.ok(!JSON.stringify(environment("postgresql://u@h/d")).match(/top|other/));
  });

  it("understands IPv6 addresses and socket folders", () => {
    assert.equal(environment("postgresql://u@[::1]/d").PGHOST, "::1");
    assert.equal(environment("postgresql://u@localhost/d?host=/run/pg").PGHOST, "/run/pg");
  });
});

describe("dumpArguments", () => {
  it("leave the lease's row out and name no server, user or password", () => {
    const args = dumpArguments("/backups/x/data", "00000003-1", "6");
    assert.ok(args.includes("--exclude-table-data=lockstep.lease"));
    assert.ok(args.includes("--snapshot=00000003-1"));
    assert.ok(args.includes("--no-password"));
    assert.ok(!args.some((arg) => /host|user|dbname|postgresql:/.test(arg)));
  });
});
