// Bytes to text, and the place of the first byte that is not UTF-8.
import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeSql } from "../../../../engine/sources/decodeSql.ts";

function faultOf(bytes: Uint8Array): string {
  const decoded = decodeSql(bytes);
  assert.ok("fault" in decoded);
  return decoded.fault;
}

describe("decodeSql", () => {
  it("gives back any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        fc.pre(!text.includes("\0") && !text.startsWith("\uFEFF"));
        assert.deepEqual(decodeSql(Buffer.from(text)), { text });
      }),
    );
  });

  it("tolerates a byte order mark and leaves it out", () => {
    assert.deepEqual(decodeSql(Buffer.from("\uFEFFSELECT 1")), { text: "SELECT 1" });
  });

  const faults: readonly (readonly [string, number[], string])[] = [
    ["Latin-1", [...Buffer.from("SELECT 1;\n-- M"), 0xfc, 0x6c], "byte 0xFC at offset 14, line 2"],
    ["a sequence cut off by the end", [0x41, 0xe2, 0x82], "byte 0xE2 at offset 1, line 1"],
    ["a lone first byte", [0xff], "byte 0xFF at offset 0, line 1"],
    ["an overlong form", [0x41, 0x41, 0xc0, 0x80], "byte 0xC0 at offset 2, line 1"],
    ["a surrogate", [0x0a, 0xed, 0xa0, 0x80], "byte 0xED at offset 1, line 2"],
    ["a lone continuation", [0xc3, 0xa9, 0x80, 0x41], "byte 0x80 at offset 2, line 1"],
  ];
  for (const [what, bytes, place] of faults) {
    it(`names the first bad byte of ${what}`, () => {
      assert.match(faultOf(Uint8Array.from(bytes)), new RegExp(`not UTF-8: ${place}`));
    });
  }

  it("names UTF-16 by its mark", () => {
    assert.match(faultOf(Buffer.from("\uFEFFSELECT 1", "utf16le")), /^is UTF-16/);
  });

  it("refuses NUL, at which the parser would stop reading", () => {
    assert.match(
      faultOf(Buffer.from("SELECT 1;\n\0DROP TABLE t")),
      /NUL byte at offset 10, line 2/,
    );
  });

  it("finds the end of the longest text that decodes", () => {
    const bytes = fc.uint8Array({ maxLength: 40 });
    fc.assert(
      fc.property(fc.string(), bytes, (text, tail) => {
        const all = Buffer.concat([Buffer.from(text), tail]);
        const decoded = decodeSql(all);
        fc.pre("fault" in decoded && decoded.fault.startsWith("is not UTF-8"));
        const offset = Number(/offset (\d+)/.exec(faultOf(all))?.[1]);
        const strict = new TextDecoder("utf-8", { fatal: true });
        assert.doesNotThrow(() => strict.decode(all.subarray(0, offset)));
        for (let length = 1; length <= 4; length++) {
          assert.throws(() =>
            new TextDecoder("utf-8", { fatal: true }).decode(
              all.subarray(offset, Math.min(offset + length, all.length)),
            ),
          );
        }
      }),
    );
  });
});
