// Starts the stand-in for the official Kubernetes plugin: its first stdout line is its port, its argument the engine's address.
import { credentials, Server, ServerCredentials } from "@grpc/grpc-js";
import packageJson from "@pulumi/kubernetes/package.json" with { type: "json" };
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb.js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import { service } from "./server.ts";

/** The engine's own limit (rpcutil.GrpcChannelOptions): 400 MB. */
const MAX_MESSAGE_BYTES = 400 * 1024 * 1024;
/** How often the engine is asked whether it lives, ms: kill -9 leaves no other sign. */
const ALIVE_EVERY_MS = 1_000;

const address = process.argv.slice(2).findLast((arg) => !arg.startsWith("-")) ?? "";
const engine = new EngineClient(address, credentials.createInsecure());

const server = new Server({
  "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
  "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
});
server.addService(ResourceProviderService, service({ version: packageJson.version, say }));
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  process.stdout.write(`${String(port)}\n`);
});
watchEngine();

/** Shows a line in a resource's row of the display. */
function say(urn: string, text: string): void {
  const request = new LogRequest();
  request.setSeverity(LogSeverity.INFO);
  request.setUrn(urn);
  request.setMessage(text);
  request.setEphemeral(true);
  engine.log(request, () => undefined);
}

function watchEngine(): void {
  engine.waitForReady(Date.now() + ALIVE_EVERY_MS * 2, (error) => {
    if (error) process.exit(1);
    setTimeout(watchEngine, ALIVE_EVERY_MS).unref();
  });
}
