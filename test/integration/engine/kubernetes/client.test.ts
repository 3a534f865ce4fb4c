// Requests to an API server: what is sent, what comes back, what a refusal or a dead server become.
import assert from "node:assert/strict";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { apiStatus } from "../../../../engine/kubernetes/clusterError.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { useFakeApi } from "./fakeApi.ts";

describe("Cluster", () => {
  const api = useFakeApi();

  it("sends JSON with the account's token below the server's own path", async () => {
    let seen: unknown;
    api.answer = (request, response) => {
      void text(request).then((body) => {
        const { method, url, headers } = request;
        const { authorization, "content-type": type } = headers;
        seen = { method, url, authorization, type, body };
        response.end('{"ok":true}');
      });
    };
    const query = { dryRun: "All", watch: undefined };
    const options = { query, body: { a: 1 }, doing: "try" };
    assert.deepEqual(await api.open("/k8s/c-1/").request("POST", "/api/v1/x", options), {
      ok: true,
    });
    assert.deepEqual(seen, {
      method: "POST",
      url: "/k8s/c-1/api/v1/x?dryRun=All",
      authorization: "Bearer s3cret",
      type: "application/json",
      body: '{"a":1}',
    });
  });

  it("tells what the server answered", async () => {
    api.answer = (_, response) => {
      response.writeHead(409).end(JSON.stringify({ reason: "AlreadyExists", message: "there" }));
    };
    const failure = await failureOf(api.open().request("POST", "/x", { doing: "create it" }));
    assert.equal(failure.message, "The cluster refused to create it");
    assert.deepEqual(apiStatus(failure), { code: 409, reason: "AlreadyExists", message: "there" });
    assert.ok(!JSON.stringify(failure).includes("s3cret"));
  });

  it("tells what a proxy answered that is no API", async () => {
    api.answer = (_, response) => response.writeHead(502).end("bad gateway");
    const failure = await failureOf(api.open().request("GET", "/x", { doing: "look" }));
    assert.equal(failure.seen, "bad gateway");
  });

  it("hands a stream over as it comes, and says when it breaks", async () => {
    api.answer = (_, response) => {
      response.write("one\n");
    };
    const abort = new AbortController();
    const options = { doing: "follow", signal: abort.signal };
    const stream = await api.open().stream("GET", "/log", options);
    const [first] = (await once(stream, "data")) as [Buffer];
    assert.equal(first.toString(), "one\n");
    abort.abort();
    await assert.rejects(once(stream, "end"), { code: "ECONNRESET" });
  });

  it("says that a server is away", async () => {
    const cluster = api.open();
    await api.close();
    const failure = await failureOf(cluster.request("GET", "/x", { doing: "look" }));
    assert.equal(failure.code, "CLUSTER");
    assert.match(failure.seen ?? "", /ECONNREFUSED/);
  });
});
