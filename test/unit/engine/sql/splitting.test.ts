// The splitter against PostgreSQL's own parser, on scripts that nobody thought of.
import { SPLITTING } from "./splitting.ts";

/** Of each property, so that a run takes a few seconds; test/slow has many more. */
const RUNS = 500;

describe("splitting", () => {
  for (const { name, check } of SPLITTING) it(name, () => check(RUNS));
});
