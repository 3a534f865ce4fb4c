// A way to the server that is no plain TCP connection, in the shape in which pg takes it.
import type { Duplex } from "node:stream";

/**
 * Opens a byte stream to the server's port; the PostgreSQL protocol, TLS included, runs over it.
 * Rejects with a LockstepError, whose code CONNECTION means that waiting may help, or with a socket's error.
 */
export type Dial = () => Promise<Duplex>;

/** What pg calls on a socket beside a stream's own methods. */
interface SocketLike extends Duplex {
  connect(): this;
  setNoDelay(): this;
  setKeepAlive(): this;
  ref(): this;
  unref(): this;
}

/** `stream`, which is open already, with the methods of a socket that pg calls. */
export function asSocket(stream: Duplex): SocketLike {
  const same = () => socket;
  const connect = () => {
    // pg listens only after the call.
    process.nextTick(() => stream.emit("connect"));
    return socket;
  };
  const methods = { connect, setNoDelay: same, setKeepAlive: same, ref: same, unref: same };
  const socket: SocketLike = Object.assign(stream, methods);
  return socket;
}
