import assert from "node:assert/strict";
import { missingData, wantedEntries } from "../../../../engine/backup/listing.ts";

const LISTING = `;
; Archive created at 2026-11-21
;
215; 1259 16389 TABLE public customers admin
3212; 0 0 COMMENT - EXTENSION pgcrypto
3355; 0 16389 TABLE DATA public customers admin
3356; 0 16390 TABLE DATA Sales Order 2026 admin
3360; 3256 16400 POLICY public customers reading admin
`;

describe("a dump's list of contents", () => {
  it("is taken but for the rows of other tables", () => {
    const tables = new Set(["Sales.Order 2026"]);
    const entries = wantedEntries(LISTING, { tables, forElsewhere: false });
    assert.ok(entries.includes("Sales Order 2026"));
    assert.ok(entries.includes("POLICY") && entries.includes("TABLE public customers"));
    assert.ok(!entries.includes("TABLE DATA public customers"));
  });

  it("is taken without what somebody else's server would need rights for", () => {
    const entries = wantedEntries(LISTING, { forElsewhere: true });
    assert.ok(!/POLICY|COMMENT/.test(entries));
    assert.ok(entries.includes("TABLE DATA public customers"));
  });

  it("shows tables whose rows the archive lacks", () => {
    const table = (name: string, rows: number | null) => ({ name, rows, columns: [] });
    const tables = [table("public.customers", 3), table("public.gone", 2), table("public.none", 0)];
    assert.deepEqual(missingData(LISTING, [...tables, table("public.lease", null)]), [
      "public.gone: its rows are not in the archive",
    ]);
  });
});
