// Lines of a stream, for watches and logs.
import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";

/**
 * Calls `onLine` with each whole line and returns, at the stream's end, what stood behind the last
 * line break. Unlike readline it takes a stream's break for a failure, and half a line for none.
 * Throws the stream's error.
 */
export async function readLines(stream: Readable, onLine: (line: string) => void): Promise<string> {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + decoder.write(chunk as Buffer)).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  }
  return rest;
}
