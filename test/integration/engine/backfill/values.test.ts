// The values of every row, while old and new release write, back and forth, until the old column is gone.
import { useDatabase } from "../../../support/database.ts";
import { applyFiles, approve } from "../run/applyFiles.ts";
import { KEY_KINDS, movingFiles, Writers, type KeyKind } from "./movedColumn.ts";

const ROWS = 3_000;

describe("a column that moves under writers of both releases", function () {
  this.timeout(120_000);
  const database = useDatabase();

  async function startMoving(kind: KeyKind) {
    const files = movingFiles(kind);
    await applyFiles(database.url, {
      "01_create_people_up.sql": files["01_create_people_up.sql"]!,
    });
    const writers = new Writers(database.url, kind);
    await writers.seed(ROWS);
    return { files, writers };
  }

  for (const [name, kind] of Object.entries(KEY_KINDS)) {
    it(`has the last value of each row after a walk by ${name}`, async () => {
      const { files, writers } = await startMoving(kind);
      writers.start(3);
      await writers.written("old", 20);
      await applyFiles(database.url, files, {
        stage: "expand",
        onMessage: (message) => {
          // The new release may write as soon as the trigger is there.
          if (message.startsWith("02_add_contact_phone applied")) writers.running = ["old", "new"];
        },
      });
      await writers.written("new", 20);
      await writers.stop();
      await writers.ensureValues("phone", "contact_phone");
    });
  }

  it("has it in the old column after a rollback of the app, and in the new one after contract", async () => {
    const { files, writers } = await startMoving(KEY_KINDS.bigint!);
    writers.start(3);
    await applyFiles(database.url, files, { stage: "expand" });
    writers.running = ["old", "new"];
    await writers.written("new", 200);
    // The new release is rolled back: the old one reads what it wrote.
    writers.running = ["old"];
    await writers.stop();
    await writers.ensureValues("phone");
    writers.start(3);
    await writers.written("old", 200);
    // The next try rolls it out to the end.
    writers.running = ["old", "new"];
    await writers.written("new", 200);
    writers.running = ["new"];
    await writers.written("new", 20);
    await applyFiles(database.url, files, { approval: await approve(files, "04") });
    await writers.written("new", 20);
    await writers.stop();
    await writers.ensureValues("contact_phone");
  });
});
