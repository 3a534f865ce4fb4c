// Choosing a port for the server.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { chooseFreePort } from "../../../../engine/embedded/port.ts";
import { isPortFree, ownerOfPort } from "../../../../engine/process/port.ts";

describe("chooseFreePort", () => {
  it("chooses the same port for the same folder, and passes over one that is taken", async () => {
    const first = await chooseFreePort("/some/folder");
    assert.ok(first >= 15_432 && first < 25_432);
    assert.equal(await chooseFreePort("/some/folder"), first);
    const stranger = createServer().listen(first, "127.0.0.1");
    await once(stranger, "listening");
    try {
      assert.equal(await isPortFree(first), false);
      assert.notEqual(await chooseFreePort("/some/folder"), first);
      if (process.platform === "linux") {
        assert.ok((await ownerOfPort(first))?.includes(`(pid ${process.pid})`));
      }
    } finally {
      stranger.close();
    }
  });
});
