// What the example accepts as a customer, an id and a page.

import assert from "node:assert/strict";
import { importExample } from "./importExample.ts";

interface ValidationModule {
  parseNewCustomer(body: unknown): unknown;
  parseCustomerChange(body: unknown): unknown;
  parseId(text: string): number;
  parsePage(query: URLSearchParams): unknown;
}

const ada = { name: "Ada", email: "ada@example.com", phone: "+49 30 1" };

describe("example validation", () => {
  let validation: ValidationModule;
  before(async () => {
    validation = await importExample<ValidationModule>("app/validation.mjs");
  });

  it("takes a customer as it is, and null for a phone that is not given", () => {
    assert.deepEqual(validation.parseNewCustomer(ada), ada);
    const { name, email } = ada;
    assert.deepEqual(validation.parseNewCustomer({ name, email }), { name, email, phone: null });
  });

  const bad: readonly [what: string, body: unknown, message: RegExp][] = [
    ["no name", { email: ada.email }, /name is missing/],
    ["no email", { name: ada.name }, /email is missing/],
    ["a blank name", { ...ada, name: " " }, /Expected name/],
    ["a name of 201 characters", { ...ada, name: "a".repeat(201) }, /Expected name/],
    ["an address without @", { ...ada, email: "ada" }, /Expected email/],
    ["a number as phone", { ...ada, phone: 1 }, /Expected phone/],
    ["a NUL character", { ...ada, phone: "1\u0000" }, /Expected phone/],
    ["half a surrogate pair", { ...ada, name: "\ud800" }, /Expected name/],
    ["an unknown field", { ...ada, id: 1 }, /Unknown field "id"/],
    ["a field from the prototype", { ...ada, constructor: 1 }, /Unknown field "constructor"/],
    ["a list", [ada], /Expected a JSON object/],
    ["null", null, /Expected a JSON object/],
  ];
  for (const [what, body, message] of bad) {
    it(`refuses ${what} with a 400`, () => {
      assert.throws(() => validation.parseNewCustomer(body), { status: 400, message });
    });
  }

  it("takes a change of some fields, a cleared phone among them, but not of none", () => {
    assert.deepEqual(validation.parseCustomerChange({ phone: null }), { phone: null });
    assert.throws(() => validation.parseCustomerChange({}), { status: 400 });
  });

  it("takes only whole ids that a number holds exactly", () => {
    assert.equal(validation.parseId("9007199254740991"), 9007199254740991);
    for (const text of ["0", "-1", "1.5", "1e3", "x", "9007199254740992", ""]) {
      assert.throws(() => validation.parseId(text), { status: 400 }, text);
    }
  });

  it("reads a page and refuses what it does not know", () => {
    const page = (query: string) => validation.parsePage(new URLSearchParams(query));
    assert.deepEqual(page(""), { after: 0, limit: 50 });
    assert.deepEqual(page("after=7&limit=500"), { after: 7, limit: 500 });
    for (const query of ["limit=501", "limit=0", "after=-1", "after=1&after=2", "page=1"]) {
      assert.throws(() => page(query), { status: 400 }, query);
    }
  });
});
