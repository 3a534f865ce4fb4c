// TLS that fails: certificates made here, by an authority of our own, on a server of one's own.
import assert from "node:assert/strict";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { close, connect } from "../../../../engine/drivers/postgres/connect.ts";
import { parseUrl } from "../../../../engine/drivers/postgres/target.ts";
import type { LockstepError } from "../../../../engine/errors/lockstepError.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { makeTempDir } from "../../../support/tempDir.ts";
import { setServer, urlAs, useServer, writeServerFile } from "./ownServer.ts";

const NAMED = { applicationName: "lockstep:test" };
/** For `openssl ca`, which takes dates in the past also before version 3.4. */
const CA_CONFIG = `[ca]
default_ca = own
[own]
database = index.txt
new_certs_dir = .
serial = serial
default_md = sha256
policy = any
copy_extensions = copy
[any]
commonName = supplied
`;
/** A day of the year 2020, as `openssl ca` wants it. */
const LONG_AGO = ["-startdate", "20200101000000Z", "-enddate", "20200102000000Z"];
const NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

describe("TLS", () => {
  const server = useServer();
  let dir = "";
  beforeEach(async () => {
    dir = await makeTempDir("tls");
    const names = ["-subj", "/CN=authority", "-keyout", "ca.key", "-out", "ca.pem"];
    await openssl("req", "-x509", "-days", "2", ...NEW_KEY, ...names);
    await writeFile(join(dir, "ca.conf"), CA_CONFIG);
    await writeFile(join(dir, "index.txt"), "");
    await writeFile(join(dir, "serial"), "01");
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  const openssl = (...args: string[]) => execa("openssl", args, { cwd: dir });

  /** Has the server present a certificate for `host`. */
  async function present(host: string, dates = ["-days", "2"]): Promise<void> {
    const name = `subjectAltName=${/^[0-9.]+$/.test(host) ? "IP" : "DNS"}:${host}`;
    const request = ["-subj", `/CN=${host}`, "-addext", name, "-out", "server.csr"];
    await openssl("req", ...NEW_KEY, ...request, "-keyout", "server.key");
    const authority = ["-config", "ca.conf", "-cert", "ca.pem", "-keyfile", "ca.key", ...dates];
    await openssl(
      "ca",
      "-batch",
      "-notext",
      ...authority,
      "-in",
      "server.csr",
      "-out",
      "server.crt",
    );
    for (const name of ["server.key", "server.crt"])
      await writeServerFile(server, name, await readFile(join(dir, name), "utf8"));
    await setServer(server.url, { ssl: "on" });
  }

  const verified = (mode: string) =>
    urlAs(server.url, { search: `?sslmode=${mode}&sslrootcert=${join(dir, "ca.pem")}` });
  const open = (url: string) => connect(parseUrl(url, "DATABASE_URL"), NAMED);
  const refused = async (url: string): Promise<LockstepError> => {
    const error = await failureOf(open(url));
    assert.equal(error.code, "CONNECTION");
    assert.ok(error.likely && error.next && error.seen);
    return error;
  };

  it("that is in order lets us in", async () => {
    await present("127.0.0.1");
    await close(await open(verified("verify-full")));
  });

  it("that the server does not have", async () => {
    const error = await refused(urlAs(server.url, { search: "?sslmode=require" }));
    assert.equal(error.message, "The server has no TLS");
    assert.match(error.next ?? "", /turn ssl on/);
  });

  it("with an authority that nobody here knows; sslrootcert= is the remedy", async () => {
    await present("127.0.0.1");
    const error = await refused(urlAs(server.url, { search: "?sslmode=verify-full" }));
    assert.equal(error.message, "The server's certificate is not trusted");
    assert.match(error.likely ?? "", /authority that this machine does not know/);
    assert.match(error.next ?? "", /sslrootcert=/);
    await close(await open(verified("verify-full")));
  });

  it("for another host; verify-ca is one remedy", async () => {
    await present("db.example");
    const error = await refused(verified("verify-full"));
    assert.equal(error.message, "The server's certificate is for another host");
    assert.match(error.likely ?? "", /^127\.0\.0\.1 is not among the names/);
    await close(await open(verified("verify-ca")));
  });

  it("that has expired", async () => {
    await present("127.0.0.1", LONG_AGO);
    const error = await refused(verified("verify-full"));
    assert.equal(error.message, "The server's certificate is not valid at this time");
    assert.match(error.next ?? "", /renewed/);
  });
});
