// A byte stream to a port within a pod, over the API server's port-forward websocket; no port is opened here.
import { Duplex } from "node:stream";
import { WebSocket, type ClientOptions, type RawData } from "ws";

/** Kubernetes' own websocket protocol for port-forward: binary, the first byte of a message is its channel. */
const PROTOCOL = "v4.channel.k8s.io";
const DATA = 0;
const ERROR = 1;
/** Each channel begins with the port as two bytes. */
const PORT_BYTES = 2;
/** How long the API server may take to open the tunnel, ms. */
const OPEN_TIMEOUT_MS = 10_000;
/** A ping keeps balancers from cutting a quiet tunnel; one without a pong means that it is cut, ms. */
const PING_MS = 15_000;

/** The API server did not open a tunnel: its HTTP status and what it said. */
export class TunnelRefused extends Error {
  readonly status: number;

  constructor(status: number, body: string) {
    super(messageIn(body));
    this.name = "TunnelRefused";
    this.status = status;
  }
}

/** A failure with the code that a socket would give. */
function socketError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

/**
 * Opens a tunnel; `url` is the `wss:` address of a pod's `portforward` and `options` the cluster's TLS
 * and login.
 * @throws TunnelRefused where the API server said no; an error with a socket's code otherwise.
 */
export function openTunnel(url: string, options: ClientOptions): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const ws = new WebSocket(url, [PROTOCOL], {
      ...options,
      handshakeTimeout: OPEN_TIMEOUT_MS,
      perMessageDeflate: false,
    });
    ws.once("error", reject);
    ws.once("unexpected-response", (request, response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("close", () => {
        request.destroy();
        reject(new TunnelRefused(response.statusCode ?? 0, Buffer.concat(chunks).toString()));
      });
    });
    ws.once("open", () => {
      ws.off("error", reject);
      resolve(new Tunnel(ws));
    });
  });
}

/** The stream over an open websocket. */
class Tunnel extends Duplex {
  readonly #ws: WebSocket;
  readonly #headerLeft = [PORT_BYTES, PORT_BYTES];
  readonly #pinging: NodeJS.Timeout;
  #isAnswered = true;

  constructor(ws: WebSocket) {
    super({ allowHalfOpen: false });
    this.#ws = ws;
    this.#pinging = setInterval(() => {
      this.#ping();
    }, PING_MS).unref();
    ws.on("pong", () => (this.#isAnswered = true));
    ws.on("message", (data) => {
      this.#receive(asBuffer(data));
    });
    ws.on("error", (error) => this.destroy(error));
    ws.on("close", () => {
      this.push(null);
      // What came before is still read; where nobody reads, nobody misses the end.
      if (this.readableFlowing === null) this.destroy();
    });
  }

  override _read(): void {
    if (this.#ws.isPaused) this.#ws.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    const message = Buffer.allocUnsafe(chunk.length + 1);
    message[0] = DATA;
    chunk.copy(message, 1);
    this.#ws.send(message, { binary: true }, (error) => {
      if (error) done(socketError("ECONNRESET", `the tunnel is cut: ${error.message}`));
      else done();
    });
  }

  override _final(done: () => void): void {
    this.#ws.close();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearInterval(this.#pinging);
    this.#ws.terminate();
    done(error);
  }

  #receive(message: Buffer): void {
    const channel = message[0];
    if (channel !== DATA && channel !== ERROR) return;
    const skip = Math.min(this.#headerLeft[channel] ?? 0, message.length - 1);
    this.#headerLeft[channel] = (this.#headerLeft[channel] ?? 0) - skip;
    const content = message.subarray(1 + skip);
    if (content.length === 0) return;
    if (channel === ERROR) this.destroy(forwardError(content.toString()));
    else if (!this.push(content)) this.#ws.pause();
  }

  #ping(): void {
    if (!this.#isAnswered) {
      this.destroy(socketError("ECONNRESET", "the tunnel through the API server was cut"));
      return;
    }
    this.#isAnswered = false;
    this.#ws.ping();
  }
}

function asBuffer(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}

/** The kubelet's word about the port, with the code of what it tells of. */
function forwardError(text: string): Error {
  const isRefused = /connection refused/i.test(text);
  return socketError(isRefused ? "ECONNREFUSED" : "ECONNRESET", text.trim());
}

/** The message of a Kubernetes Status, or the text as it is. */
function messageIn(body: string): string {
  try {
    const status: unknown = JSON.parse(body);
    const hasMessage = typeof status === "object" && status !== null && "message" in status;
    return hasMessage ? String(status.message) : body;
  } catch {
    return body.trim();
  }
}
