// Records what a program registers: more than setMocks shows, for order and protection are in the request only.
import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks.js";

/** One resource as the program asked for it. */
export interface Registration {
  /** `lockstep:index:Step expand-step` */
  readonly id: string;
  /** As sent to the engine; secrets in Pulumi's wrapping, unknowns as its text for them. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Ids of what it waits for. */
  readonly after: readonly string[];
  readonly parent: string | undefined;
  /** Whether it is known to the engine also as one without a parent, as it was before it had one. */
  readonly hadNoParent: boolean;
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  /** Id of what takes it along when it is deleted. */
  readonly deletedWith: string | undefined;
  readonly secretOutputs: readonly string[];
  /** Id of the provider that it is sent to, where that is an explicit one. */
  readonly provider: string | undefined;
}

/** What a program did. */
export interface Recording<T> {
  readonly registrations: readonly Registration[];
  /** Outputs that a component registered at its end, by its id. */
  readonly outputs: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  readonly result: T;
}

/** How a program is run. */
export interface RunOptions {
  readonly preview?: boolean;
  readonly stack?: string;
  /** Keys with their namespace; blocks as objects. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly secretKeys?: readonly string[];
  /** What the plugin answers for a step, by the resource's name. */
  readonly results?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** What the engine answers for a step's other outputs, by the resource's name. */
  readonly states?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Outputs of stacks that can be read, by their full name. */
  readonly stacks?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** The key and value by which the engine knows a secret: `{ [SECRET_KEY]: SECRET, value }`. */
const SECRET_KEY = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** What an unknown value is in a request. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** `value` as it is in a request where it is secret. */
export function secretOf(value: unknown): Readonly<Record<string, unknown>> {
  return { [SECRET_KEY]: SECRET, value };
}

/** The part of the engine's request that is looked at here. */
interface Request {
  getType(): string;
  getName(): string;
  getParent(): string;
  getObject(): { toJavaScript(): Record<string, unknown> };
  getDependenciesList(): string[];
  getProvider(): string;
  getProtect(): boolean;
  getAliasesList(): { getSpec(): { getNoparent(): boolean } | undefined }[];
  getRetainondelete(): boolean;
  getDeletedwith(): string;
  getAdditionalsecretoutputsList(): string[];
}
interface OutputsRequest {
  getUrn(): string;
  getOutputs(): { toJavaScript(): Record<string, unknown> };
}

/** Runs `build` against a pretended engine and waits until everything is registered. */
export async function record<T>(
  build: () => T | Promise<T>,
  options: RunOptions = {},
): Promise<Recording<T>> {
  const { preview = false, stack = "dev" } = options;
  await pulumi.runtime.setMocks(answers(options), "shop", stack, preview, "organization");
  setConfig(options);
  const registrations: Registration[] = [];
  const outputs = new Map<string, Record<string, unknown>>();
  const stop = listen(
    (request) => registrations.push(toRegistration(request)),
    (request) => outputs.set(idOf(request.getUrn()), request.getOutputs().toJavaScript()),
  );
  try {
    const result = await build();
    await pulumi.runtime.disconnect(false);
    return { registrations, outputs, result };
  } finally {
    stop();
  }
}

/** The value of `output`; fails where it is unknown. */
export async function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => {
    output.apply((value) => {
      resolve(value);
    });
  });
}

/** The one registration with `id`. */
export function find(recording: Recording<unknown>, id: string): Registration {
  const found = recording.registrations.filter((registration) => registration.id === id);
  assert.equal(found.length, 1, `${id} is registered ${String(found.length)} times`);
  return found[0]!;
}

/** Every resource that `id` can't start before. */
export function before(recording: Recording<unknown>, id: string): ReadonlySet<string> {
  const seen = new Set<string>();
  const visit = (current: string) => {
    for (const earlier of find(recording, current).after) {
      if (seen.has(earlier)) continue;
      seen.add(earlier);
      visit(earlier);
    }
  };
  visit(id);
  return seen;
}

/** Everything that was registered, as a text without what is secret. */
export function plainText({ registrations }: Recording<unknown>): string {
  return JSON.stringify(registrations, (_key, value: unknown) => {
    const inner = (value as { value?: unknown } | null)?.value;
    return JSON.stringify(value) === JSON.stringify(secretOf(inner)) ? "(secret)" : value;
  });
}

/** The argument paths that a constructor refuses. */
export function refusedPaths(construct: () => unknown): readonly string[] {
  try {
    construct();
  } catch (error) {
    assert.ok(pulumi.InputPropertiesError.isInstance(error), String(error));
    return error.errors.map(({ propertyPath }) => propertyPath);
  }
  return assert.fail("nothing was refused");
}

function setConfig({ config = {}, secretKeys = [] }: RunOptions): void {
  const texts = Object.entries(config).map(([key, value]) => [
    key,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  pulumi.runtime.setAllConfig(Object.fromEntries(texts) as Record<string, string>, [...secretKeys]);
  process.env.PULUMI_CONFIG_SECRET_KEYS = JSON.stringify(secretKeys);
}

/** What the plugin would answer; in a preview it knows nothing yet. */
function answers(options: RunOptions): pulumi.runtime.Mocks {
  const { preview = false, results = {}, states = {}, stacks = {} } = options;
  const known: Record<string, Record<string, unknown>> = {
    "lockstep:index:EmbeddedDatabase": { url: "postgres://lockstep:pw@127.0.0.1:5433/app" },
    "lockstep:index:Step": {
      verdict: "pass",
      result: { summary: "done", applied: [], waiting: [] },
    },
    "lockstep:index:DatabaseSecret": { url: "postgres://app:pw@shop-database.ns.svc:5432/app" },
    "lockstep:index:Process": { baseUrl: "http://127.0.0.1:8080" },
  };
  return {
    call: ({ token, inputs }) => {
      assert.equal(token, "pulumi:pulumi:readStackOutputs");
      const { name } = inputs as { readonly name: string };
      if (stacks[name] === undefined) throw new Error(`unknown stack "${name}"`);
      return { name, outputs: stacks[name], secretOutputNames: [] };
    },
    newResource: ({ type, name, inputs, custom }) => ({
      id: custom === true ? `${name}-id` : undefined,
      state: preview
        ? (inputs as Record<string, unknown>)
        : {
            verdict: "pass",
            ...(inputs as Record<string, unknown>),
            ...known[type],
            ...(results[name] && { result: results[name] }),
            ...states[name],
          },
    }),
  };
}

/** Looks over the pretended engine's shoulder. */
function listen(
  onRegister: (request: Request) => void,
  onOutputs: (request: OutputsRequest) => void,
): () => void {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the monitor as `this`
  const { registerResource, registerResourceOutputs } = MockMonitor.prototype;
  MockMonitor.prototype.registerResource = function (request: Request, callback) {
    onRegister(request);
    return registerResource.call(this, request, callback);
  };
  MockMonitor.prototype.registerResourceOutputs = function (request: OutputsRequest, callback) {
    onOutputs(request);
    registerResourceOutputs.call(this, request, callback);
  };
  return () => {
    Object.assign(MockMonitor.prototype, { registerResource, registerResourceOutputs });
  };
}

function toRegistration(request: Request): Registration {
  return {
    id: `${request.getType()} ${request.getName()}`,
    inputs: request.getObject().toJavaScript(),
    after: request.getDependenciesList().map(idOf).toSorted(),
    parent: request.getParent() === "" ? undefined : idOf(request.getParent()),
    hadNoParent: request.getAliasesList().some((alias) => alias.getSpec()?.getNoparent()),
    protect: request.getProtect(),
    retainOnDelete: request.getRetainondelete(),
    deletedWith: request.getDeletedwith() === "" ? undefined : idOf(request.getDeletedwith()),
    secretOutputs: request.getAdditionalsecretoutputsList(),
    provider: request.getProvider() === "" ? undefined : idOf(request.getProvider()),
  };
}

/** `urn:pulumi:dev::shop::Parent$lockstep:index:Step::expand-step` to `lockstep:index:Step expand-step`. */
function idOf(urn: string): string {
  const [, , types = "", name = ""] = urn.split("::");
  return `${types.split("$").at(-1) ?? ""} ${name}`;
}
