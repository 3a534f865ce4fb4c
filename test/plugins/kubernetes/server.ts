// The gRPC service that the engine speaks to: messages in and out, nothing more.
import {
  Metadata,
  status,
  type sendUnaryData,
  type ServerUnaryCall,
  type ServiceError,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb.js";
import * as messages from "@pulumi/pulumi/proto/provider_pb.js";
import { Status } from "@pulumi/pulumi/proto/status_pb.js";
import { Any } from "google-protobuf/google/protobuf/any_pb.js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb.js";
import { Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import type { Difference } from "./diff.ts";
import { InitFailure } from "./failures.ts";
import { asJson, type Json } from "./kubeObject.ts";
import { KubernetesProvider } from "./kubernetesProvider.ts";
import type { Operation } from "./objects.ts";
import { plain } from "./properties.ts";
import { readSettings } from "./settings.ts";

const { PropertyDiff, DiffResponse } = messages;

/** What the service needs beside its messages. */
export interface ServiceInput {
  /** The plugin's version, which the engine compares with the one that the program asks for. */
  readonly version: string;
  /** Shows a line in a resource's row. */
  readonly say: (urn: string, text: string) => void;
}

/** The plugin's service. */
export function service({ version, say }: ServiceInput): UntypedServiceImplementation {
  const abort = new AbortController();
  let provider: KubernetesProvider | undefined;
  const configured = () => {
    if (provider === undefined) throw new Error("the provider is not configured");
    return provider;
  };
  const operation = (request: OperationRequest): Operation => ({
    urn: request.getUrn(),
    preview: request.getPreview?.() ?? false,
    timeoutSeconds: request.getTimeout(),
    signal: abort.signal,
    say: (text) => {
      say(request.getUrn(), text);
    },
  });
  return {
    getPluginInfo: unary(() => new PluginInfo().setVersion(version)),
    checkConfig: unary((request: messages.CheckRequest) =>
      new messages.CheckResponse().setInputs(request.getNews()),
    ),
    diffConfig: unary((request: messages.DiffRequest) =>
      configDifference(jsonOf(request.getOlds()), jsonOf(request.getNews())),
    ),
    configure: unary((request: messages.ConfigureRequest) => {
      provider = new KubernetesProvider(readSettings(settingsOf(request), process.env));
      return new messages.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true);
    }),
    check: unary(async (request: messages.CheckRequest) => {
      const source = { urn: request.getUrn(), seed: request.getRandomseed_asU8() };
      const [olds, news] = [jsonOf(request.getOlds()), jsonOf(request.getNews())];
      const inputs = await configured().check(olds, news, source);
      return new messages.CheckResponse().setInputs(structOf(inputs));
    }),
    diff: unary((request: messages.DiffRequest) => {
      const [olds, news] = [jsonOf(request.getOlds()), jsonOf(request.getNews())];
      return differenceOf(configured().diff(olds, news, request.getIgnorechangesList()));
    }),
    create: unary(async (request: messages.CreateRequest) => {
      const news = jsonOf(request.getProperties());
      const { id, outputs } = await configured().create(news, operation(request));
      return new messages.CreateResponse().setId(id).setProperties(structOf(outputs));
    }),
    read: unary(async (request: messages.ReadRequest) => {
      const [saved, inputs] = [jsonOf(request.getProperties()), jsonOf(request.getInputs())];
      const back = await configured().read(request.getId(), saved, inputs);
      const response = new messages.ReadResponse();
      if (back === undefined) return response;
      return response
        .setId(back.id)
        .setProperties(structOf(back.outputs))
        .setInputs(structOf(back.inputs));
    }),
    update: unary(async (request: messages.UpdateRequest) => {
      const [saved, news] = [jsonOf(request.getOlds()), jsonOf(request.getNews())];
      const outputs = await configured().update(saved, news, operation(request));
      return new messages.UpdateResponse().setProperties(structOf(outputs));
    }),
    delete: unary(async (request: messages.DeleteRequest) => {
      await configured().delete(jsonOf(request.getProperties()), operation(request));
      return new Empty();
    }),
    cancel: unary(() => {
      abort.abort();
      return new Empty();
    }),
  };
}

interface OperationRequest {
  getUrn(): string;
  getTimeout(): number;
  getPreview?(): boolean;
}

function unary<Request, Response>(
  answer: (request: Request) => Response | Promise<Response>,
): (call: ServerUnaryCall<Request, Response>, reply: sendUnaryData<Response>) => void {
  return (call, reply) => {
    Promise.resolve(call.request)
      .then(answer)
      .then(
        (response) => {
          reply(null, response);
        },
        (error: unknown) => {
          reply(toServiceError(error));
        },
      );
  };
}

/** Failures that leave a resource behind carry it as a detail of the gRPC status. */
function toServiceError(error: unknown): Partial<ServiceError> {
  const message = error instanceof Error ? error.message : String(error);
  const metadata = new Metadata();
  if (error instanceof InitFailure) {
    const detail = new messages.ErrorResourceInitFailed()
      .setId(error.saved.id)
      .setProperties(structOf(error.saved.outputs))
      .setReasonsList([...error.reasons]);
    if (error.saved.inputs !== undefined) detail.setInputs(structOf(error.saved.inputs));
    const packed = new Any();
    packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
    const full = new Status().setCode(status.UNKNOWN).setMessage(message);
    // It returns what was added, not the message.
    full.addDetails(packed);
    const bytes = (full as unknown as { serializeBinary(): Uint8Array }).serializeBinary();
    metadata.add("grpc-status-details-bin", Buffer.from(bytes));
  }
  return { code: status.UNKNOWN, message, details: message, metadata };
}

function differenceOf({ changes, deleteBeforeReplace }: Difference): messages.DiffResponse {
  const response = new DiffResponse().setHasdetaileddiff(true);
  const { DIFF_SOME, DIFF_NONE } = DiffResponse.DiffChanges;
  response.setChanges(changes.size > 0 ? DIFF_SOME : DIFF_NONE);
  response.setDeletebeforereplace(deleteBeforeReplace);
  const kinds = {
    add: [PropertyDiff.Kind.ADD, PropertyDiff.Kind.ADD_REPLACE],
    delete: [PropertyDiff.Kind.DELETE, PropertyDiff.Kind.DELETE_REPLACE],
    update: [PropertyDiff.Kind.UPDATE, PropertyDiff.Kind.UPDATE_REPLACE],
  } as const;
  for (const [path, { kind, replaces }] of changes) {
    const detail = new PropertyDiff().setKind(kinds[kind][replaces ? 1 : 0]);
    response.getDetaileddiffMap().set(path, detail);
    if (replaces) response.addReplaces(path);
  }
  return response;
}

/** The official plugin replaces everything when the kubeconfig's cluster changes; this one only updates its settings. */
function configDifference(olds: Json, news: Json): messages.DiffResponse {
  const changed = [...new Set([...Object.keys(olds), ...Object.keys(news)])].filter(
    (key) => JSON.stringify(olds[key]) !== JSON.stringify(news[key]),
  );
  const { DIFF_SOME, DIFF_NONE } = DiffResponse.DiffChanges;
  return new DiffResponse()
    .setChanges(changed.length > 0 ? DIFF_SOME : DIFF_NONE)
    .setDiffsList(changed);
}

/** Settings come as `args`, and from older engines as variables `kubernetes:config:NAME`. */
function settingsOf(request: messages.ConfigureRequest): Json {
  const variables = request
    .getVariablesMap()
    .toArray()
    .map(([name, value]) => [name.replace("kubernetes:config:", ""), value] as const);
  return { ...Object.fromEntries(variables), ...plain(jsonOf(request.getArgs())) };
}

function jsonOf(struct: Struct | undefined): Json {
  return asJson(struct?.toJavaScript()) ?? {};
}

function structOf(json: Json): Struct {
  return Struct.fromJavaScript(
    JSON.parse(JSON.stringify(json)) as Parameters<typeof Struct.fromJavaScript>[0],
  );
}
