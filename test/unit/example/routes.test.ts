// How the example splits a request's target.

import assert from "node:assert/strict";
import { importExample } from "./importExample.ts";

interface RoutesModule {
  parseTarget(url: string): {
    route: string;
    isCustomers: boolean;
    id: string;
    query: URLSearchParams;
  };
}

describe("example routes", () => {
  let routes: RoutesModule;
  before(async () => {
    routes = await importExample<RoutesModule>("app/routes.mjs");
  });

  const cases: readonly [url: string, route: string, id: string, isCustomers: boolean][] = [
    ["/customers", "/customers", "", true],
    ["/customers?limit=1?2", "/customers", "", true],
    ["/customers/7", "/customers/:id", "7", true],
    ["/customers/", "unknown", "", false],
    ["/customers/7/x", "unknown", "", false],
    ["/customersx", "unknown", "", false],
    ["/health", "/health", "", false],
    ["//health", "unknown", "", false],
    ["/constructor", "unknown", "", false],
    ["*", "unknown", "", false],
  ];
  for (const [url, route, id, isCustomers] of cases) {
    it(`takes ${url} for ${route}`, () => {
      const target = routes.parseTarget(url);
      assert.deepEqual(
        { route: target.route, id: target.id, isCustomers: target.isCustomers },
        { route, id, isCustomers },
      );
    });
  }

  it("hands on the query", () => {
    assert.equal(routes.parseTarget("/customers?after=3&limit=1").query.get("after"), "3");
  });
});
