// From a file's bytes to its text: UTF-8 without NUL, or a fault that says where.

/** The outcome of reading bytes as text. */
export type Decoded = { readonly text: string } | { readonly fault: string };

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });

/**
 * The text of `bytes`. A UTF-8 byte order mark is tolerated and left out of the text (psql does the
 * same). NUL is a fault, for PostgreSQL would read the file only up to it.
 */
export function decodeSql(bytes: Uint8Array): Decoded {
  if (isUtf16(bytes)) return { fault: "is UTF-16, not UTF-8; save it as UTF-8" };
  const nul = bytes.indexOf(0);
  if (nul >= 0) return { fault: `holds a NUL byte at ${place(bytes, nul)}; remove it` };
  try {
    return { text: strict.decode(bytes) };
  } catch {
    const bad = firstBadByte(bytes);
    const value = (bytes[bad] ?? 0).toString(16).padStart(2, "0").toUpperCase();
    return { fault: `is not UTF-8: byte 0x${value} at ${place(bytes, bad)}; save it as UTF-8` };
  }
}

function isUtf16(bytes: Uint8Array): boolean {
  const [first, second] = bytes;
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
}

function place(bytes: Uint8Array, offset: number): string {
  let line = 1;
  for (let at = 0; at < offset; at++) if (bytes[at] === 0x0a) line++;
  return `offset ${offset}, line ${line}`;
}

/** The start of the first sequence that is not UTF-8: everything before it decodes. */
function firstBadByte(bytes: Uint8Array): number {
  let good = 0;
  let bad = bytes.length;
  // In stream mode a prefix may end inside a character, so that longer prefixes never get better.
  while (good + 1 < bad) {
    const middle = (good + bad) >>> 1;
    if (decodes(bytes.subarray(0, middle), { stream: true })) good = middle;
    else bad = middle;
  }
  // The last one to three bytes may begin a sequence that never ends.
  while (good > 0 && !decodes(bytes.subarray(0, good), { stream: false })) good--;
  return good;
}

function decodes(prefix: Uint8Array, options: { readonly stream: boolean }): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(prefix, options);
    return true;
  } catch {
    return false;
  }
}
