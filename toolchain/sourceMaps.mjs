// Turns the compiled places of a stack into those of the sources; read only when something has failed.

import { existsSync, readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { join, dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** A place in a stack: file URL of a compiled file, line, column. */
const placePattern = /(file:\/\/[^\s()]+?\.mjs):(\d+):(\d+)/g;

/**
 * Rewrites a stack's places with the source maps that lie beside the compiled files. Node's own switch for source maps slows down
 * every start, and has no effect on what is loaded already.
 * @param {string} stack
 * @returns {string} places without a map stay as they are
 */
export function mapStack(stack) {
  /** @type {Map<string, SourceMap | undefined>} */
  const maps = new Map();
  return stack.replace(placePattern, (place, url, line, column) => {
    const path = fileURLToPath(url);
    if (!maps.has(path)) maps.set(path, readMap(`${path}.map`));
    // Node counts lines and columns from 1 in a stack and from 0 in a map.
    const found = maps.get(path)?.findEntry(Number(line) - 1, Number(column) - 1);
    if (!found || !("originalSource" in found)) return place;
    const source = join(dirname(path), found.originalSource);
    return `${source}:${found.originalLine + 1}:${found.originalColumn + 1}`;
  });
}

/**
 * @param {string} path
 * @returns {SourceMap | undefined}
 */
function readMap(path) {
  if (!existsSync(path)) return undefined;
  return new SourceMap(JSON.parse(readFileSync(path, "utf8")));
}
