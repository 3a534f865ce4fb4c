import assert from "node:assert/strict";
import { createQuote, derivedName, fittingName, slug } from "../../../../engine/rewrite/names.ts";
import { parseExpression, withColumn } from "../../../../engine/rewrite/substitute.ts";
import { loadParser } from "../../../../engine/sql/parse.ts";

describe("names in generated SQL", () => {
  it("are quoted where PostgreSQL would read another name, or none", async () => {
    const quote = createQuote(await loadParser());
    const names = [
      "phone",
      "Phone",
      "order",
      "user",
      "name",
      "type",
      "left",
      "a b",
      'a"b',
      "é",
      "current_date",
    ];
    assert.deepEqual(names.map(quote), [
      ...["phone", '"Phone"', '"order"', '"user"', "name", "type", '"left"', '"a b"', '"a""b"'],
      ...['"é"', '"current_date"'],
    ]);
  });

  it("are derived from the old ones, are free, and fit", () => {
    const taken = new Set(["people_contact_key"]);
    const phone = { from: "phone", to: "contact" };
    assert.equal(derivedName("people_phone_key", phone, taken), "people_contact_key_2");
    assert.equal(derivedName("uq", phone, taken), "uq_contact");
    assert.equal(derivedName("phone_idx", phone, taken), "phone_idx_contact");
    const long = fittingName(`${"ü".repeat(40)}_key`);
    assert.ok(Buffer.byteLength(long) <= 63 && long.startsWith("üüü"));
    assert.notEqual(long, fittingName(`${"ü".repeat(40)}_idx`));
  });

  it("make a file's name, whatever they hold", () => {
    assert.equal(slug("add", "Odd Table", "wörd 'q'"), "add_odd_table_word_q");
    assert.equal(slug("add", "表", "x"), "add_x");
    assert.ok(slug("add", "a".repeat(50), "b".repeat(50)).length <= 60);
  });
});

describe("another column's name", () => {
  const cases: readonly [definition: string, result: string][] = [
    [
      "USING btree (name, lower(name)) WHERE (name <> ''::name)",
      "USING btree (n, lower(n)) WHERE (n <> ''::name)",
    ],
    ['CHECK (("name"(x.name) > name))', 'CHECK (("name"(x.name) > n))'],
    ['USING gin (name COLLATE name) INCLUDE ("name")', "USING gin (n COLLATE name) INCLUDE (n)"],
    ["CHECK ((a = 'name'))", "CHECK ((a = 'name'))"],
  ];
  for (const [definition, result] of cases) {
    it(`is put into ${definition}`, async () => {
      assert.equal(await withColumn(definition, { from: "name", to: "n" }), result);
    });
  }

  it("is put into an expression, wherever the column stands in it", async () => {
    const parser = await loadParser();
    const text = `coalesce(t."Ä", b, 'Ä') || "Ä"::text -- "Ä"\n`;
    const { columns, render } = parseExpression(parser, text, "USING");
    assert.deepEqual(columns, ["Ä", "b"]);
    assert.equal(
      render((name) => `NEW.${name}`),
      `coalesce(NEW.Ä, NEW.b, 'Ä') || NEW.Ä::text  \n`,
    );
  });
});
