// The gRPC server that the Pulumi engine starts to run a Node.js program or plugin (pulumirpc.LanguageRuntime).

import grpc from "@grpc/grpc-js";
// One file of the SDK: the whole of it takes ten times as long to load, at each `pulumi up`.
import language from "@pulumi/pulumi/proto/language_grpc_pb.js";
import { runPlugin } from "./runPlugin.mjs";
import { runProgram } from "./runProgram.mjs";

/** The generated service: for each call its path and the classes of its messages. @type {any} */
const service = language.LanguageRuntimeService;

/** Largest gRPC message in bytes, the engine's own limit (rpcutil.GrpcChannelOptions: 400 MB). */
const maxMessageBytes = 400 * 1024 * 1024;

/** How often the host looks whether the engine still lives, in ms. */
const engineCheckMs = 1_000;

/**
 * Starts the server on a free port of 127.0.0.1 and prints the port, as the engine expects.
 */
export function serve() {
  // The engine's address comes last; flags for logging and tracing, where set, before it.
  const engine = process.argv.at(-1) ?? "";
  const server = new grpc.Server({
    "grpc.max_receive_message_length": maxMessageBytes,
    "grpc.max_send_message_length": maxMessageBytes,
  });
  server.addService(service, handlers(engine));
  server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error) throw error;
    process.stdout.write(`${port}\n`);
  });
  endWithEngine();
}

/**
 * Ends the host when the engine is killed, which it could not tell us.
 */
function endWithEngine() {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.exit(1);
  }, engineCheckMs).unref();
}

/** @typedef {(error: Error | null, response?: unknown) => void} Reply */

/**
 * The calls that the engine makes for a program that brings its own plugins. The rest (code generation, packing, templates) answers
 * UNIMPLEMENTED by itself, which the engine handles.
 * @param {string} engine address of the engine's own server
 * @returns {grpc.UntypedServiceImplementation}
 */
function handlers(engine) {
  /** @returns {grpc.handleUnaryCall<unknown, unknown>} */
  const answerEmpty = (/** @type {string} */ name) => (_call, reply) =>
    reply(null, newResponse(name));
  return {
    handshake: answerEmpty("handshake"),
    getPluginInfo: answerEmpty("getPluginInfo"),
    // Without a list the engine loads a plugin when its first resource registers; `plugins` in Pulumi.yaml names ours.
    getRequiredPackages: answerEmpty("getRequiredPackages"),
    getRequiredPlugins: answerEmpty("getRequiredPlugins"),
    getProgramDependencies: answerEmpty("getProgramDependencies"),
    runtimeOptionsPrompts: answerEmpty("runtimeOptionsPrompts"),
    about: (/** @type {unknown} */ _call, /** @type {Reply} */ reply) => reply(null, aboutNode()),
    installDependencies: (/** @type {any} */ call) => call.end(),
    run: (/** @type {any} */ call, /** @type {Reply} */ reply) => {
      runProgram(call.request, engine).then((outcome) => reply(null, runResponse(outcome)), reply);
    },
    runPlugin: (/** @type {any} */ call) => runPlugin(call, () => newResponse("runPlugin")),
    cancel: answerEmpty("cancel"),
  };
}

/**
 * @param {string} name of a call
 * @returns {any} an empty response of its type
 */
function newResponse(name) {
  return new service[name].responseType();
}

/** @returns {object} what `pulumi about` shows */
function aboutNode() {
  const response = newResponse("about");
  response.setExecutable(process.execPath);
  response.setVersion(process.version);
  return response;
}

/**
 * @param {{ error: string, bail: boolean }} outcome
 * @returns {object}
 */
function runResponse(outcome) {
  const response = newResponse("run");
  response.setError(outcome.error);
  response.setBail(outcome.bail);
  return response;
}
