// A real HTTP server that answers, counts and misbehaves as a test says.
import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** An app with `/health`, `/metrics` and everything else, on a free port of 127.0.0.1. */
export class FakeApp {
  release = "1.1-aaaa";
  healthStatus = 200;
  /** Status of everything else; counted by class. */
  status = 200;
  /** Never answers, anywhere. */
  hangs = false;
  hasMetrics = true;
  /** Every answer but those of health and metrics takes so long, ms. */
  slowMs = 0;
  /** `http_requests_total` by status. */
  readonly counted = new Map<number, number>();
  readonly #server: Server;
  #onRequest: () => void = () => undefined;

  private constructor() {
    this.#server = createServer((request, response) => {
      if (!this.hangs) this.#answer(request.url ?? "/", response);
      this.#onRequest();
    });
  }

  static async start(): Promise<FakeApp> {
    const app = new FakeApp();
    app.#server.listen(0, "127.0.0.1");
    await once(app.#server, "listening");
    return app;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  count(status: number, requests: number): void {
    this.counted.set(status, (this.counted.get(status) ?? 0) + requests);
  }

  /** Resolves when `isTrue` holds after some request. */
  seen(isTrue: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#onRequest = () => {
        if (isTrue()) resolve();
      };
    });
  }

  /** Resolves when no connection is open any more; takes no new ones. */
  async idle(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    await closed;
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  #answer(path: string, response: ServerResponse): void {
    if (path === "/health") {
      response.statusCode = this.healthStatus;
      response.end(JSON.stringify({ status: "ok", release: this.release }));
    } else if (path === "/metrics") {
      response.statusCode = this.hasMetrics ? 200 : 404;
      const lines = [...this.counted].map(
        ([status, count]) => `http_requests_total{path="/",status="${status}"} ${count}\n`,
      );
      response.end(this.hasMetrics ? `# TYPE http_requests_total counter\n${lines.join("")}` : "");
    } else {
      this.count(this.status, 1);
      response.statusCode = this.status;
      if (this.slowMs === 0) response.end("hello");
      else setTimeout(() => response.end("hello"), this.slowMs);
    }
  }
}
