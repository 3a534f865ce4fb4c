// Runs a plugin that is a Node.js package (a provider folder with PulumiPlugin.yaml, a policy pack) and streams its output.

import { spawn } from "node:child_process";
import { findSdkEntry, parseRuntimeOptions } from "./nodeCommand.mjs";

/**
 * Starts the plugin, passes on what it prints and at last its exit code; ends it when the engine drops the call.
 * @param {any} call the server-streaming call with a pulumirpc.RunPluginRequest
 * @param {() => any} newResponse makes an empty pulumirpc.RunPluginResponse
 */
export function runPlugin(call, newResponse) {
  const request = call.request;
  const send = (/** @type {string} */ setter, /** @type {unknown} */ value) => {
    const response = newResponse();
    response[setter](value);
    call.write(response);
  };
  const started = isPolicyPack(request) ? runPolicyPack(call, send) : runProcess(call, send);
  started.catch((/** @type {Error} */ error) => call.destroy(error));
}

/** @typedef {(setter: string, value: unknown) => void} Send */

/**
 * @param {any} call
 * @param {Send} send
 */
async function runProcess(call, send) {
  const child = startChild(call, {});
  child.stdout.on("data", (data) => send("setStdout", data));
  follow(child, call, send);
}

/**
 * The engine speaks to a proxy, which starts the pack once it knows the stack's config.
 * @param {any} call
 * @param {Send} send
 */
async function runPolicyPack(call, send) {
  const { readPort, startPolicyProxy } = await import("./policyProxy.mjs");
  const proxy = await startPolicyProxy((env) => {
    const child = startChild(call, env);
    child.on("close", proxy.stop);
    follow(child, call, send);
    return readPort(child.stdout, (data) => send("setStdout", data));
  });
  call.on("cancelled", proxy.stop);
  send("setStdout", Buffer.from(`${proxy.port}\n`));
}

/**
 * @param {any} call
 * @param {Record<string, string>} more environment variables on top
 */
function startChild(call, more) {
  const request = call.request;
  const child = spawn(process.execPath, pluginArguments(request), {
    // A policy pack reads its own package.json from the working directory.
    cwd: isPolicyPack(request) ? request.getInfo().getProgramDirectory() : request.getPwd(),
    env: { ...pluginEnvironment(request), ...more },
    stdio: ["ignore", "pipe", "pipe"],
  });
  call.on("cancelled", () => child.kill("SIGTERM"));
  return child;
}

/**
 * @param {ReturnType<typeof startChild>} child
 * @param {any} call
 * @param {Send} send
 */
function follow(child, call, send) {
  child.stderr.on("data", (data) => send("setStderr", data));
  child.on("error", (error) => call.destroy(error));
  child.on("close", (code) => {
    send("setExitcode", code ?? 1);
    call.end();
  });
}

/**
 * @param {any} request
 * @returns {string[]}
 */
function pluginArguments(request) {
  const info = request.getInfo();
  const folder = info.getProgramDirectory();
  const { nodeArgs } = optionsOf(request);
  const args = request.getArgsList();
  if (isPolicyPack(request)) {
    // run-policy-pack drops its first argument (the engine's address) and runs the second.
    return [...nodeArgs, findSdkEntry("run-policy-pack", folder), ...args.slice(-1), folder];
  }
  return [...nodeArgs, findSdkEntry("run-plugin", folder), folder, ...args];
}

/** @param {any} request @returns {boolean} */
function isPolicyPack(request) {
  return request.getKind() === "analyzer";
}

/** @param {any} request @returns {import("./nodeCommand.mjs").RuntimeOptions} */
function optionsOf(request) {
  return parseRuntimeOptions(request.getInfo().getOptions()?.toJavaScript() ?? {});
}

/**
 * @param {any} request
 * @returns {NodeJS.ProcessEnv} the engine sends the whole environment, as NAME=value
 */
function pluginEnvironment(request) {
  const pairs = request.getEnvList().map((/** @type {string} */ line) => {
    const at = line.indexOf("=");
    return [line.slice(0, at), line.slice(at + 1)];
  });
  return {
    ...process.env,
    ...Object.fromEntries(pairs),
    PULUMI_NODEJS_TYPESCRIPT: String(optionsOf(request).typescript),
  };
}
