// What an API server does for a port-forward: a websocket by Kubernetes' protocol on one side, TCP on the other.
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocketServer, type WebSocket } from "ws";

/** A forwarder on a free port of 127.0.0.1, which also lists pods. */
export class FakeForward {
  /** Where every tunnel leads to. */
  targetPort = 0;
  /** Answers the next request with this instead of a tunnel. */
  refusal: { readonly status: number; readonly body: string } | undefined;
  /** What a list of pods holds. */
  pods: readonly unknown[] = [];
  /** The paths that were asked for, in order. */
  readonly asked: string[] = [];
  readonly #server = createServer();
  readonly #sockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => (offered.has("v4.channel.k8s.io") ? "v4.channel.k8s.io" : false),
  });
  readonly #open = new Set<Socket>();

  private constructor() {
    this.#server.on("request", (request, response) => {
      this.asked.push(request.url ?? "");
      response.statusCode = this.refusal?.status ?? 200;
      response.end(this.refusal?.body ?? JSON.stringify({ items: this.pods }));
    });
    this.#server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.asked.push(request.url ?? "");
      if (this.refusal) {
        const { status, body } = this.refusal;
        socket.end(
          `HTTP/1.1 ${String(status)} No\r\nContent-Length: ${String(Buffer.byteLength(body))}\r\nConnection: close\r\n\r\n${body}`,
        );
        return;
      }
      this.#sockets.handleUpgrade(request, socket, head, (ws) => {
        this.#forward(ws);
      });
    });
  }

  static async start(): Promise<FakeForward> {
    const forward = new FakeForward();
    forward.#server.listen(0, "127.0.0.1");
    await once(forward.#server, "listening");
    return forward;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  get port(): string {
    return String((this.#server.address() as AddressInfo).port);
  }

  /** Cuts every tunnel as a restarted API server does. */
  cut(): void {
    for (const ws of this.#sockets.clients) ws.terminate();
  }

  async stop(): Promise<void> {
    this.cut();
    for (const socket of this.#open) socket.destroy();
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }

  #forward(ws: WebSocket): void {
    const port = Buffer.alloc(2);
    port.writeUInt16LE(this.targetPort);
    for (const channel of [0, 1]) ws.send(Buffer.concat([Buffer.of(channel), port]));
    const socket = connect(this.targetPort, "127.0.0.1");
    this.#open.add(socket);
    socket.on("data", (data) => {
      ws.send(Buffer.concat([Buffer.of(0), data]));
    });
    socket.on("error", () => {
      // The kubelet's words.
      const text =
        "failed to connect to localhost: dial tcp4 127.0.0.1: connect: connection refused";
      ws.send(Buffer.concat([Buffer.of(1), Buffer.from(text)]));
    });
    socket.on("close", () => {
      ws.close();
    });
    ws.on("message", (data: Buffer) => socket.write(data.subarray(1)));
    ws.on("close", () => socket.destroy());
  }
}
