// Finds the Pulumi project that a program or plugin was started for.

import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * Makes the project's folder the working directory. The engine starts programs and plugins in the folder of the project's `main`, which is
 * ours, while the paths in a project's config are relative to the project.
 */
export function enterProjectFolder() {
  const folder = findProjectFolder(process.cwd());
  if (folder) process.chdir(folder);
}

/**
 * The nearest folder above that holds a project file.
 * @param {string} from
 * @returns {string | undefined}
 */
export function findProjectFolder(from) {
  for (let folder = from; ; folder = dirname(folder)) {
    if (["Pulumi.yaml", "Pulumi.yml", "Pulumi.json"].some((name) => existsSync(join(folder, name))))
      return folder;
    if (folder === dirname(folder)) return undefined;
  }
}
