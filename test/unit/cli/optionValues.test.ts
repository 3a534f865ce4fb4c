// How the values of options are read, and that what is wrong is refused.
import assert from "node:assert/strict";
import { InvalidArgumentError } from "commander";
import {
  parseCountOption,
  parseDurationOption,
  parseNumberOption,
  parsePathOption,
  parsePeriodOption,
  parseRateOption,
  parseRuleOption,
  parseShareOption,
  parseStackOption,
} from "../../../cli/optionValues.ts";

describe("values of options", () => {
  const read: readonly (readonly [(text: string) => unknown, string, unknown])[] = [
    [parseDurationOption, "500ms", 500],
    [parseDurationOption, "10m", 600_000],
    [parsePeriodOption, "7d", 604_800_000],
    [parsePeriodOption, "90d", 7_776_000_000],
    [parsePeriodOption, "12h", 43_200_000],
    [parseCountOption, "30", 30],
    [parseNumberOption, "05", "05"],
    [parseShareOption, "5%", 0.05],
    [parseShareOption, "0.1", 0.1],
    [parseRateOption, "0", 0],
    [parseRateOption, "100", 100],
    [parsePathOption, "/health", "/health"],
    [parseStackOption, "prod.eu-1", "prod.eu-1"],
  ];
  for (const [parse, text, expected] of read) {
    it(`${parse.name} reads ${text}`, () => {
      assert.equal(parse(text), expected);
    });
  }

  const refused: readonly (readonly [(text: string) => unknown, string])[] = [
    [parseDurationOption, "10"],
    [parseDurationOption, "-1s"],
    [parsePeriodOption, "0d"],
    [parsePeriodOption, "soon"],
    [parseCountOption, "0"],
    [parseCountOption, "1.5"],
    [parseNumberOption, "5a"],
    [parseNumberOption, ""],
    [parseShareOption, "0"],
    [parseShareOption, "101%"],
    [parseRateOption, "101"],
    [parsePathOption, "health"],
    [parseStackOption, "../prod"],
    [parseStackOption, ""],
  ];
  for (const [parse, text] of refused) {
    it(`${parse.name} refuses "${text}" and says what belongs there`, () => {
      assert.throws(
        () => parse(text),
        (error) => error instanceof InvalidArgumentError && error.message.startsWith("Expected a"),
      );
    });
  }

  it("parseRuleOption adds one level after the other, and refuses what is none", () => {
    const first = parseRuleOption("json-column=error", undefined);
    assert.deepEqual(parseRuleOption("wide-index=off", first), {
      "json-column": "error",
      "wide-index": "off",
    });
    for (const text of ["json-column", "json-column=", "json-column=loud", "=error"])
      assert.throws(() => parseRuleOption(text, undefined), InvalidArgumentError);
  });
});
