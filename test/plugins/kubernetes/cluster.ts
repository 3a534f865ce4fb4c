// Requests to a cluster's API server, for objects of any kind.
import { request as httpRequest } from "node:http";
import { request as httpsRequest, type RequestOptions } from "node:https";
import type { KubeConfig } from "@kubernetes/client-node";
import { asJson, listAt, nameOf, namespaceOf, textAt, type Json } from "./kubeObject.ts";

/** An answer of the API server that is no success. */
export class ApiError extends Error {
  readonly status: number;
  /** `NotFound`, `AlreadyExists`, `Conflict`, `Invalid`, ... */
  readonly reason: string;
  /** The kind that it is about, as a plural: `namespaces`. */
  readonly about: string | undefined;

  constructor(status: number, body: Json) {
    super(textAt(body, "message") ?? `the API server answered ${status}`);
    this.status = status;
    this.reason = textAt(body, "reason") ?? "";
    this.about = textAt(body, "details", "kind");
  }
}

/** Whether `error` is the API server's answer for this reason. */
export function hasReason(error: unknown, reason: string): error is ApiError {
  return error instanceof ApiError && error.reason === reason;
}

/** Where a kind is served. */
interface Served {
  readonly plural: string;
  readonly namespaced: boolean;
}

/** How a write is done. */
export interface WriteOptions {
  readonly manager: string;
  readonly dryRun: boolean;
  /** Takes fields from other managers. */
  readonly force?: boolean;
}

/** One cluster, with one user's rights. */
export class Cluster {
  readonly #config: KubeConfig;
  readonly #served = new Map<string, Promise<readonly Json[]>>();

  constructor(config: KubeConfig) {
    this.#config = config;
  }

  /** Whether objects of this kind lie in namespaces; @throws ApiError with reason NoMatch where the server lacks the kind. */
  async isNamespaced(object: Json): Promise<boolean> {
    return (await this.#find(object)).namespaced;
  }

  /** The live object. */
  async get(object: Json): Promise<Json> {
    return this.#send("GET", await this.#pathOf(object));
  }

  /** The live object; undefined where there is none. */
  async find(object: Json): Promise<Json | undefined> {
    return this.get(object).catch((error: unknown) => {
      if (hasReason(error, "NotFound")) return undefined;
      throw error;
    });
  }

  /** All objects of a kind in a namespace. */
  async list(apiVersion: string, kind: string, namespace: string): Promise<readonly Json[]> {
    const path = await this.#pathOf({ apiVersion, kind, metadata: { namespace } });
    return listAt(await this.#send("GET", path), "items");
  }

  /** Creates an object; it must not exist. */
  async create(object: Json, { manager, dryRun }: WriteOptions): Promise<Json> {
    const path = await this.#pathOf(object, "collection");
    return this.#send("POST", `${path}?${query({ fieldManager: manager, dryRun })}`, { object });
  }

  /** Server-side apply. */
  async apply(object: Json, { manager, dryRun, force = false }: WriteOptions): Promise<Json> {
    const fields = query({ fieldManager: manager, dryRun, force, fieldValidation: "Warn" });
    const path = `${await this.#pathOf(object)}?${fields}`;
    return this.#send("PATCH", path, { object, type: "application/apply-patch+yaml" });
  }

  /** A JSON patch (RFC 6902) of an object. */
  async patch(object: Json, operations: readonly Json[]): Promise<Json> {
    const type = "application/json-patch+json";
    return this.#send("PATCH", await this.#pathOf(object), { object: operations, type });
  }

  /** Deletes an object. */
  async delete(object: Json, propagationPolicy: string): Promise<void> {
    await this.#send("DELETE", await this.#pathOf(object), { object: { propagationPolicy } });
  }

  async #pathOf(object: Json, what: "object" | "collection" = "object"): Promise<string> {
    const { plural, namespaced } = await this.#find(object);
    const namespace = namespaced ? `/namespaces/${namespaceOf(object) ?? "default"}` : "";
    const name = what === "object" && nameOf(object) !== "" ? `/${nameOf(object)}` : "";
    return `${groupPath(object)}${namespace}/${plural}${name}`;
  }

  async #find(object: Json): Promise<Served> {
    const path = groupPath(object);
    const resources = this.#served.get(path) ?? this.#discover(path);
    this.#served.set(path, resources);
    const served = (await resources).find(
      (one) => one.kind === object.kind && !String(one.name).includes("/"),
    );
    if (served !== undefined) {
      return { plural: String(served.name), namespaced: served.namespaced === true };
    }
    // Asked anew next time: a CustomResourceDefinition may come meanwhile.
    this.#served.delete(path);
    const message = `no matches for kind "${String(object.kind)}" in version "${String(object.apiVersion)}"`;
    throw new ApiError(404, { reason: "NoMatch", message });
  }

  async #discover(path: string): Promise<readonly Json[]> {
    const answer = await this.#send("GET", path).catch((error: unknown) => {
      if (error instanceof ApiError && error.status === 404) return {};
      this.#served.delete(path);
      throw error;
    });
    return listAt(answer, "resources");
  }

  async #send(
    method: string,
    path: string,
    body?: { readonly object: unknown; readonly type?: string },
  ): Promise<Json> {
    const server = this.#config.getCurrentCluster()?.server ?? "";
    const headers = {
      accept: "application/json",
      ...(body === undefined ? {} : { "content-type": body.type ?? "application/json" }),
    };
    const options: RequestOptions = { method, headers };
    await this.#config.applyToHTTPSOptions(options);
    const text = body === undefined ? undefined : JSON.stringify(body.object);
    const url = new URL(server.replace(/\/$/, "") + path);
    const { status, answer } = await exchange(url, options, text);
    if (status >= 200 && status < 300) return answer;
    throw new ApiError(status, answer);
  }
}

function groupPath(object: Json): string {
  const version = String(object.apiVersion);
  return version.includes("/") ? `/apis/${version}` : `/api/${version}`;
}

function query(fields: Readonly<Record<string, string | boolean>>): string {
  const pairs = Object.entries(fields).flatMap(([name, value]): [string, string][] => {
    if (name === "dryRun") return value === true ? [["dryRun", "All"]] : [];
    return [[name, String(value)]];
  });
  return new URLSearchParams(pairs).toString();
}

function exchange(
  url: URL,
  options: RequestOptions,
  body: string | undefined,
): Promise<{ status: number; answer: Json }> {
  const request = url.protocol === "https:" ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const sent = request(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode ?? 0, answer: parsed(text) });
      });
    });
    sent.on("error", (error) => {
      reject(new Error(`the API server at ${url.origin} cannot be reached: ${error.message}`));
    });
    sent.end(body);
  });
}

function parsed(text: string): Json {
  try {
    return asJson(JSON.parse(text)) ?? {};
  } catch {
    return { message: text.slice(0, 500) };
  }
}
