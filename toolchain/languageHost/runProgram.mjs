// Runs a Pulumi program as a child process and tells the engine how it ended.

import { spawn } from "node:child_process";
import { findSdkEntry, parseRuntimeOptions } from "./nodeCommand.mjs";

/** Exit code with which the SDK says: failed, and the user has been told why (cmd/run, nodeJSProcessExitedAfterLoggingUserActionableMessage). */
const exitAfterReport = 32;

/**
 * @param {any} request pulumirpc.RunRequest
 * @param {string} engine address of the engine's own server
 * @returns {Promise<{ error: string, bail: boolean }>} `bail` without an error where the program has reported its failure itself
 */
export function runProgram(request, engine) {
  const info = request.getInfo();
  const options = parseRuntimeOptions(info.getOptions()?.toJavaScript() ?? {});
  const args = [
    ...options.nodeArgs,
    findSdkEntry("run", info.getProgramDirectory()),
    ...programArguments(request, engine),
  ];
  return new Promise((resolve, reject) => {
    // stdout and stderr are the host's own, which the engine shows to the user.
    const child = spawn(process.execPath, args, {
      cwd: request.getPwd(),
      env: programEnvironment(request, options.typescript),
      stdio: ["ignore", "inherit", "inherit"],
    });
    child.on("error", reject);
    child.on("close", (code, signal) => resolve(outcomeOf(code, signal)));
  }).catch((error) => ({ error: String(error.message ?? error), bail: false }));
}

/**
 * @param {number | null} code
 * @param {NodeJS.Signals | null} signal
 * @returns {{ error: string, bail: boolean }}
 */
export function outcomeOf(code, signal) {
  if (code === 0) return { error: "", bail: false };
  if (code === exitAfterReport) return { error: "", bail: true };
  const how = signal ? `was ended by ${signal}` : `exited with non-zero exit code: ${code}`;
  return { error: `Program ${how}`, bail: false };
}

/**
 * @param {any} request
 * @param {string} engine
 * @returns {string[]}
 */
function programArguments(request, engine) {
  const info = request.getInfo();
  const flags = {
    monitor: request.getMonitorAddress(),
    engine,
    organization: request.getOrganization(),
    project: request.getProject(),
    stack: request.getStack(),
    pwd: request.getPwd(),
    "root-directory": info.getRootDirectory(),
    parallel: String(request.getParallel()),
  };
  const args = Object.entries(flags).flatMap(([name, value]) =>
    value ? [`--${name}`, value] : [],
  );
  if (request.getDryrun()) args.push("--dry-run");
  return [...args, info.getEntryPoint(), ...request.getArgsList()];
}

/**
 * Config travels in the environment, secrets included: arguments can be read by every user of the machine.
 * @param {any} request
 * @param {boolean} typescript
 * @returns {NodeJS.ProcessEnv}
 */
function programEnvironment(request, typescript) {
  return {
    ...process.env,
    PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().toArray())),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
    PULUMI_NODEJS_TYPESCRIPT: String(typescript),
  };
}
