// A stand-in for the API server: a plain HTTP server that the test answers for, and a Cluster that asks it.
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { KubeConfig } from "@kubernetes/client-node";
import { afterEach, beforeEach } from "mocha";
import { Cluster } from "../../../../engine/kubernetes/client.ts";

/** What the test sets and uses. */
export interface FakeApi {
  /** Answers each request. */
  answer: (request: IncomingMessage, response: ServerResponse) => void;
  /** The cluster whose API server it is, its path below the server's address. */
  readonly open: (path?: string) => Cluster;
  readonly close: () => Promise<void>;
}

/** Call it in a `describe`: each test gets a server of its own on 127.0.0.1. The account's token is `s3cret`. */
export function useFakeApi(): FakeApi {
  let server: Server;
  const api: FakeApi = {
    answer: (_, response) => response.end(),
    open(path = "") {
      const { port } = server.address() as AddressInfo;
      const config = new KubeConfig();
      config.loadFromClusterAndUser(
        { name: "c", server: `http://127.0.0.1:${String(port)}${path}`, skipTLSVerify: true },
        { name: "u", token: "s3cret" },
      );
      return new Cluster(config, "shop");
    },
    async close() {
      server.close();
      await once(server, "close");
    },
  };
  beforeEach(async () => {
    server = createServer((request, response) => {
      api.answer(request, response);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });
  return api;
}
