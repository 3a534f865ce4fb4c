// An API server that knows Secrets of one namespace, and a kubeconfig that leads to it.
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { stringify } from "yaml";
import type { ClusterInput } from "../../../provider/schema.ts";

/** A Secret as the server keeps it. */
interface Secret {
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly stringData?: Readonly<Record<string, string>>;
}

/** The server, and what is in it. */
export interface FakeSecrets {
  readonly cluster: ClusterInput;
  /** By name, decoded. */
  readonly secrets: Map<string, Readonly<Record<string, string>>>;
  readonly close: () => void;
}

/** Starts it; the kubeconfig goes to `file`. */
export async function startFakeSecrets(file: string): Promise<FakeSecrets> {
  const secrets: FakeSecrets["secrets"] = new Map();
  const server: Server = createServer((request, response) => {
    void answer(secrets, request, response);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const config = {
    "current-context": "fake",
    clusters: [
      {
        name: "fake",
        // Without it the client refuses plain HTTP.
        cluster: { server: `http://127.0.0.1:${String(port)}`, "insecure-skip-tls-verify": true },
      },
    ],
    users: [{ name: "me", user: { token: "t" } }],
    contexts: [{ name: "fake", context: { cluster: "fake", user: "me" } }],
  };
  await writeFile(file, stringify(config));
  return {
    cluster: { kubeconfig: file, namespace: "shop" },
    secrets,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function answer(
  secrets: FakeSecrets["secrets"],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [, name = ""] =
    /^\/api\/v1\/namespaces\/shop\/secrets\/?([^?]*)/.exec(request.url ?? "") ?? [];
  const end = (code: number, body: object) => {
    response.writeHead(code, { "content-type": "application/json" }).end(JSON.stringify(body));
  };
  if (request.method === "POST") {
    const { metadata, stringData = {} } = (await json(request)) as Secret;
    if (secrets.has(metadata.name)) {
      end(409, { message: "already exists" });
      return;
    }
    secrets.set(metadata.name, stringData);
    end(201, encode(metadata.name, stringData));
    return;
  }
  const found = secrets.get(name);
  if (request.method === "PATCH") {
    // Server-side apply: made where there is none.
    const { data = {} } = (await json(request)) as Secret;
    const decoded = Object.entries(data).map(([key, value]) => [
      key,
      Buffer.from(value, "base64").toString(),
    ]);
    const all = { ...found, ...(Object.fromEntries(decoded) as Record<string, string>) };
    secrets.set(name, all);
    end(200, encode(name, all));
    return;
  }
  if (found === undefined) {
    end(404, { message: `secrets "${name}" not found` });
    return;
  }
  if (request.method === "DELETE") secrets.delete(name);
  end(200, encode(name, found));
}

function encode(name: string, members: Readonly<Record<string, string>>): Secret {
  const data = Object.entries(members).map(([key, value]) => [
    key,
    Buffer.from(value).toString("base64"),
  ]);
  return { metadata: { name }, data: Object.fromEntries(data) as Record<string, string> };
}
