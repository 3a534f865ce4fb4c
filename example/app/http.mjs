// Reads request bodies and writes answers, all of them JSON but /metrics.

/** Longest body that is read, in bytes: some ten times the longest customer. */
const maxBodyBytes = 16 * 1024;

/** Up to here a body that is too long is still read and thrown away, so that the client sees the 413. */
const maxDiscardedBytes = 1024 * 1024;

/** An answer other than the one hoped for; its message is for the client. */
export class HttpError extends Error {
  /**
   * @param {number} status
   * @param {string} message
   * @param {Record<string, string>} [headers]
   */
  constructor(status, message, headers = {}) {
    super(message);
    this.name = "HttpError";
    this.status = status;
    this.headers = headers;
  }
}

/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {unknown} [body] sent as JSON; none: an empty answer
 * @property {string} [text] sent as it is, in place of `body`
 * @property {Record<string, string>} [headers]
 */

/**
 * @param {import("node:http").IncomingMessage} request
 * @returns {Promise<unknown>}
 * @throws {HttpError} 413 for more than 16 KiB, 400 for what is not JSON in UTF-8
 */
export async function readJson(request) {
  /** @type {Buffer[]} */
  const chunks = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > maxDiscardedBytes) break;
    if (bytes <= maxBodyBytes) chunks.push(chunk);
  }
  if (bytes > maxBodyBytes) {
    throw new HttpError(413, `The body is longer than ${maxBodyBytes} bytes.`, {
      connection: "close",
    });
  }
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks)));
  } catch {
    throw new HttpError(400, "The body is not JSON.");
  }
}

/**
 * @param {import("node:http").ServerResponse} response
 * @param {Answer} answer
 */
export function sendAnswer(response, { status, body, text, headers = {} }) {
  const content = text ?? (body === undefined ? "" : `${JSON.stringify(body)}\n`);
  response.writeHead(status, {
    ...(content === "" ? {} : { "content-type": "application/json; charset=utf-8" }),
    // A 204 must not have a length.
    ...(status === 204 ? {} : { "content-length": String(Buffer.byteLength(content)) }),
    ...headers,
  });
  response.end(content);
}
