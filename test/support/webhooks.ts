// A webhook on this machine that keeps what it gets and answers as a test says.
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { makeTestSecret } from "./testSecret.ts";

/** One request that it got. */
export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** How it answers: a status, with headers; or not at all. */
export type Answer =
  "hang" | { readonly status: number; readonly headers?: Readonly<Record<string, string>> };

/** A running webhook. */
export interface Webhook {
  readonly url: string;
  readonly received: readonly Received[];
  /** Answers for the next requests, in order; then 200. */
  readonly answers: Answer[];
  readonly stop: () => Promise<void>;
}

/** Starts one; `path` is the part of its URL that is secret. */
export async function startWebhook(path = `/services/T0/B0/${makeTestSecret()}`): Promise<Webhook> {
  const received: Received[] = [];
  const answers: Answer[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString();
      received.push({ path: request.url ?? "", headers: request.headers, body });
      const answer = answers.shift() ?? { status: 200 };
      if (answer !== "hang") response.writeHead(answer.status, answer.headers).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${String(port)}${path}`,
    received,
    answers,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
