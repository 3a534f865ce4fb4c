// The environment in which Pulumi runs locally without an account: state in a folder, secrets by a passphrase file.

import { randomBytes } from "node:crypto";
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { dataFolder, homeFolder } from "./paths.mjs";
import { ToolchainError } from "./progress.mjs";

/** What `npm run` adds to PATH. */
const npmFolder = /[/\\]node_modules[/\\](?:\.bin$|npm[/\\].*node-gyp-bin$)/;

/**
 * The variables to set for Pulumi, on top of those that are set already. What the user has chosen is never changed: a
 * backend by variable or login, a passphrase, a backup setting.
 * @param {import("./setup.mjs").Setup} setup
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Record<string, string>}
 * @throws {ToolchainError} where the data folder cannot be made
 */
export function localEnvironment(setup, env = process.env) {
  const folder = dataFolder(env);
  /** @type {Record<string, string>} */
  const added = { LOCKSTEP_HOME: folder, PATH: searchPath(setup, env.PATH) };
  const addDefault = (/** @type {string} */ name, /** @type {() => string} */ value) => {
    if (!env[name]) added[name] = value();
  };
  // Root's database servers run as another user, which has to pass through; what lies inside is closed by itself.
  makeFolder(folder, process.getuid?.() === 0 ? 0o711 : 0o700);
  if (!hasBackend(env)) added.PULUMI_BACKEND_URL = stateUrl(join(folder, "state"));
  if (env.PULUMI_CONFIG_PASSPHRASE === undefined) {
    addDefault("PULUMI_CONFIG_PASSPHRASE_FILE", () => ensurePassphrase(join(folder, "passphrase")));
  }
  addDefault("PULUMI_SKIP_UPDATE_CHECK", () => "true");
  addDefault("PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS", () => "true");
  // A CLI that had to be built stands where downloads do not work; looking for plugins would only wait for time-outs.
  if (setup.origin === "built")
    addDefault("PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION", () => "true");
  return added;
}

/**
 * @param {import("./setup.mjs").Setup} setup
 * @param {string | undefined} current
 * @returns {string}
 */
function searchPath(setup, current) {
  const first = [dirname(setup.pulumi), setup.languageHostFolder].filter(
    (folder) => folder !== undefined,
  );
  // npm puts folders of its own in front while it runs a script; they are not the user's.
  const rest = (current ?? "")
    .split(delimiter)
    .filter((folder) => folder !== "" && !first.includes(folder) && !npmFolder.test(folder));
  return [...first, ...rest].join(delimiter);
}

/**
 * Tells whether the user has chosen where Pulumi keeps state: by variable, by access token or by `pulumi login`.
 * @param {NodeJS.ProcessEnv} env
 * @returns {boolean}
 */
export function hasBackend(env) {
  if (env.PULUMI_BACKEND_URL || env.PULUMI_ACCESS_TOKEN) return true;
  const folder = env.PULUMI_CREDENTIALS_PATH || env.PULUMI_HOME || join(homeFolder(env), ".pulumi");
  try {
    return Boolean(JSON.parse(readFileSync(join(folder, "credentials.json"), "utf8")).current);
  } catch {
    return false;
  }
}

/**
 * Makes the folder for Pulumi's state, readable by this user only.
 * @param {string} folder
 * @returns {string} its URL
 */
function stateUrl(folder) {
  makeFolder(folder);
  return pathToFileURL(folder).href;
}

/**
 * Makes the passphrase once: 32 random bytes in a file that only this user can read. It appears whole or not at all, so two set-ups
 * at once end with the same one.
 * @param {string} path
 * @returns {string} the path
 */
function ensurePassphrase(path) {
  if (existsSync(path)) return path;
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, randomBytes(32).toString("base64url"), { mode: 0o600 });
  try {
    linkSync(temporary, path);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== "EEXIST") throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
  return path;
}

/**
 * @param {string} folder
 * @param {number} [mode]
 */
function makeFolder(folder, mode = 0o700) {
  if (existsSync(folder)) return;
  try {
    mkdirSync(folder, { recursive: true, mode });
    chmodSync(folder, mode);
  } catch (error) {
    throw new ToolchainError(
      `the folder for lockstep's data cannot be made.\n` +
        `  folder    ${folder}\n` +
        `  seen      ${/** @type {Error} */ (error).message}\n` +
        "  remedy    set LOCKSTEP_HOME to a folder that you may write, then run the same command again",
      { cause: error },
    );
  }
}
