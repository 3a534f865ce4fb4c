// lockstep's own form: NN_name_up.sql with its companions, and R_name.sql.
import { isSqlFile, parseFileName } from "../fileNames.ts";
import { readOwnFiles } from "../readMigrations.ts";
import { isTopLevel, type Format } from "./format.ts";

export const lockstep: Format = {
  name: "lockstep",
  recognize: (folder) => {
    const first = folder.files.find(
      (file) => isTopLevel(file) && parseFileName(file) !== undefined,
    );
    return Promise.resolve(first && `${first} is named as lockstep names files`);
  },
  read: (folder) =>
    readOwnFiles(
      folder.dir,
      folder.files.filter((file) => isTopLevel(file) && isSqlFile(file)),
    ),
};
