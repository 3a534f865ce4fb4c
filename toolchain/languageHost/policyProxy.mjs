// Stands between the engine and a policy pack: the engine tells the stack and its config by a call, but a Node.js pack reads them from the
// environment that it is started with.

import grpc from "@grpc/grpc-js";
import analyzer from "@pulumi/pulumi/proto/analyzer_grpc_pb.js";

/** The generated service: for each call its path and the classes of its messages. @type {any} */
const service = analyzer.AnalyzerService;

/** Largest gRPC message in bytes, the engine's own limit (rpcutil.GrpcChannelOptions: 400 MB). */
const maxMessageBytes = 400 * 1024 * 1024;
const limits = {
  "grpc.max_receive_message_length": maxMessageBytes,
  "grpc.max_send_message_length": maxMessageBytes,
};

/** @typedef {{ port: number, stop: () => void }} Proxy */

/**
 * Starts the proxy on a free port of 127.0.0.1. The pack is started by the first call, which is the stack's configuration where there is a stack
 * (`pulumi policy publish` has none).
 * @param {(env: Record<string, string>) => Promise<number>} startPack starts the pack with these variables on top and gives its port
 * @returns {Promise<Proxy>}
 */
export async function startPolicyProxy(startPack) {
  const server = new grpc.Server(limits);
  /** @type {Promise<any> | undefined} */
  let pack;
  const packWith = (/** @type {any} */ configuration) => {
    pack ??= startPack(configuration ? environmentOf(configuration) : {}).then(
      (port) => new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), limits),
    );
    return pack;
  };
  server.addService(rawService(), handlers(packWith));
  const port = await new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { port, stop: () => server.forceShutdown() };
}

/**
 * Gives the port that a pack prints as its first line; what it prints after that goes to `onMore`.
 * @param {import("node:stream").Readable} stdout
 * @param {(data: Buffer) => void} onMore
 * @returns {Promise<number>}
 * @throws {Error} where the pack ends without one
 */
export function readPort(stdout, onMore) {
  return new Promise((resolve, reject) => {
    let text = "";
    const take = (/** @type {Buffer} */ data) => {
      text += data;
      if (!text.includes("\n")) return;
      stdout.off("data", take);
      stdout.on("data", onMore);
      resolve(Number(text.slice(0, text.indexOf("\n"))));
    };
    stdout.on("data", take);
    stdout.once("end", () =>
      reject(new Error("the policy pack ended before it was ready; its messages are above")),
    );
  });
}

/** The service with messages as the bytes that they are: what is only passed on needs no reading. */
function rawService() {
  const bytes = (/** @type {Buffer} */ message) => message;
  return Object.fromEntries(
    Object.entries(service).map(([name, method]) => [
      name,
      {
        .../** @type {any} */ (method),
        requestSerialize: bytes,
        requestDeserialize: bytes,
        responseSerialize: bytes,
        responseDeserialize: bytes,
      },
    ]),
  );
}

/**
 * @param {(configuration?: any) => Promise<any>} packWith
 * @returns {grpc.UntypedServiceImplementation}
 */
function handlers(packWith) {
  const forward =
    (/** @type {string} */ name) => (/** @type {any} */ call, /** @type {any} */ reply) => {
      const configuration =
        name === "configureStack" ? service[name].requestDeserialize(call.request) : undefined;
      packWith(configuration).then(
        (client) => {
          const bytes = (/** @type {Buffer} */ message) => message;
          client.makeUnaryRequest(service[name].path, bytes, bytes, call.request, reply);
        },
        (error) =>
          reply({ code: grpc.status.UNAVAILABLE, details: String(error.message ?? error) }),
      );
    };
  const all = Object.fromEntries(Object.keys(service).map((name) => [name, forward(name)]));
  const { handshake } = service;
  const welcome = Buffer.from(handshake.responseSerialize(new handshake.responseType()));
  return {
    ...all,
    handshake: (/** @type {any} */ _call, /** @type {any} */ reply) => reply(null, welcome),
  };
}

/**
 * The variables from which the SDK takes the stack's facts; config travels here because arguments can be read by every user of the machine.
 * @param {any} configuration pulumirpc.AnalyzerStackConfigureRequest
 * @returns {Record<string, string>}
 */
export function environmentOf(configuration) {
  return {
    PULUMI_CONFIG: JSON.stringify(Object.fromEntries(configuration.getConfigMap().toArray())),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(configuration.getConfigSecretKeysList()),
    PULUMI_NODEJS_ORGANIZATION: configuration.getOrganization(),
    PULUMI_NODEJS_PROJECT: configuration.getProject(),
    PULUMI_NODEJS_STACK: configuration.getStack(),
    PULUMI_NODEJS_DRY_RUN: String(configuration.getDryRun()),
  };
}
