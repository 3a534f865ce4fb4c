import assert from "node:assert/strict";
import {
  backupId,
  isBackupId,
  isUnfinished,
  unfinishedName,
} from "../../../../engine/backup/names.ts";

describe("names of backups", () => {
  it("hold the time in UTC", () => {
    const id = backupId(new Date("2026-01-05T23:30:25.999+09:00"));
    assert.equal(id, "backup_before_migration_20260105_143025");
  });

  it("are told from unfinished ones and from strangers", () => {
    const id = backupId(new Date());
    assert.ok(isBackupId(id) && isBackupId(`${id}_2`));
    assert.ok(!isBackupId(unfinishedName(id, "ab12")) && !isBackupId(`${id}.sql`));
    assert.ok(isUnfinished(unfinishedName(id, "ab12")) && !isUnfinished(id));
  });
});
