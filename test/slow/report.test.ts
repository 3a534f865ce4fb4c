// The report's page as a browser shows it: nothing is fetched, nothing runs over, and the chart has its points.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { reportPage } from "../../engine/report/page.ts";
import { startBrowser, type BrowserPage } from "../support/browser.ts";
import { RATES, reportContent } from "../support/reportContent.ts";
import { useTempDir } from "../support/tempDir.ts";

describe("a release's report in a browser", () => {
  const dir = useTempDir("report");
  let browser: BrowserPage;
  before(async () => {
    browser = await startBrowser();
  });
  after(() => browser.close());

  for (const mark of ["", `<script>document.title = "changed"</script>${"long".repeat(60)}`]) {
    it(`fetches nothing and fits at any width${mark === "" ? "" : ", whatever its texts hold"}`, async () => {
      const file = join(dir.path, "report.html");
      await writeFile(file, reportPage(reportContent(mark)));
      const { href } = pathToFileURL(file);
      for (const width of [360, 1280]) {
        await browser.open(href, width);
        const over = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
        assert.equal(await browser.evaluate(over), 0, `${String(width)} px wide`);
        const points = "document.querySelectorAll('svg .point').length";
        assert.equal(await browser.evaluate(points), RATES.length);
        assert.match(String(await browser.evaluate("document.title")), /^Release 1\.2/);
        const named = "document.querySelector('svg > title').textContent";
        assert.match(String(await browser.evaluate(named)), /Error rate at each of 8 gate checks/);
      }
      assert.deepEqual(
        browser.requested.filter((url) => !/^(data:|file:.*\/report\.html$)/.test(url)),
        [],
      );
      assert.deepEqual(browser.said, []);
    });
  }

  it("is dark where the reader's system is", async () => {
    const file = join(dir.path, "report.html");
    await writeFile(file, reportPage(reportContent()));
    const colour = "getComputedStyle(document.body).backgroundColor";
    await browser.open(pathToFileURL(file).href, 1280, false);
    const light = await browser.evaluate(colour);
    await browser.open(pathToFileURL(file).href, 1280, true);
    assert.notEqual(await browser.evaluate(colour), light);
  });
});
