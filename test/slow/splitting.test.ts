// The splitter against PostgreSQL's own parser, for longer than `npm test` has time.
import { SPLITTING } from "../unit/engine/sql/splitting.ts";

/** Of each property; about 40 s. LOCKSTEP_SPLITTING_RUNS sets another number. */
const RUNS = Number(process.env.LOCKSTEP_SPLITTING_RUNS ?? "20000");

describe("splitting, at length", function () {
  this.timeout(0);
  for (const { name, check } of SPLITTING) it(name, () => check(RUNS));
});
