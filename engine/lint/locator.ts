// Places in one text, looked up often: bytes, UTF-16 units, lines and columns.

/** Line and column, both from 1; the column counts characters. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Converts between the ways to name a place in one text. */
export interface Locator {
  /** UTF-16 units to bytes of UTF-8. */
  toBytes(unit: number): number;
  /** Bytes of UTF-8 to UTF-16 units. */
  fromBytes(byte: number): number;
  /** Of an offset in UTF-16 units. */
  place(unit: number): Place;
}

/** Reads the text once; a lookup then costs no more than its own line. */
export function createLocator(text: string): Locator {
  const units = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) units.push(at + 1);
  const isAscii = Buffer.byteLength(text) === text.length;
  const bytes = isAscii ? units : byteStarts(text, units);
  const lineAt = (starts: readonly number[], offset: number) => lastNotAbove(starts, offset);
  return {
    toBytes: (unit) => {
      if (isAscii) return unit;
      const line = lineAt(units, unit);
      return (bytes[line] ?? 0) + Buffer.byteLength(text.slice(units[line], unit));
    },
    fromBytes: (byte) => {
      if (isAscii) return byte;
      const line = lineAt(bytes, byte);
      const start = units[line] ?? 0;
      const rest = Buffer.from(text.slice(start, units[line + 1]));
      return start + rest.toString("utf8", 0, byte - (bytes[line] ?? 0)).length;
    },
    place: (unit) => {
      const line = lineAt(units, unit);
      return { line: line + 1, column: [...text.slice(units[line], unit)].length + 1 };
    },
  };
}

function byteStarts(text: string, units: readonly number[]): number[] {
  let bytes = 0;
  return units.map((start, line) => {
    const before = bytes;
    bytes += Buffer.byteLength(text.slice(start, units[line + 1]));
    return before;
  });
}

/** The index of the last of `starts`, which ascend, that is not above `offset`. */
function lastNotAbove(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
