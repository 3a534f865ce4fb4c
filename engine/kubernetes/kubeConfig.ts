// Which cluster: the kubeconfig that is named, found as kubectl finds it, or the pod's own account.
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import type { KubeConfig } from "@kubernetes/client-node";
import { LockstepError } from "../errors/lockstepError.ts";

/** A cluster and the place in it. */
export interface ClusterInput {
  /** Path of the kubeconfig; KUBECONFIG, ~/.kube/config or the pod's own account when missing. */
  readonly kubeconfig?: string | undefined;
  /** Context within it; the current one when missing. */
  readonly context?: string | undefined;
  readonly namespace: string;
}

/** A kubeconfig with its context chosen, and where it came from. */
export interface ChosenConfig {
  readonly config: KubeConfig;
  /** For people: the file's path, or `the pod's service account`. */
  readonly source: string;
}

const KEY = "lockstep:kubernetes";
/** Where a pod finds its own account, unless that was switched off. */
const TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/**
 * Finds and reads the kubeconfig, and chooses the context. The client library is loaded here, at first
 * use: it takes 0.4 s, which the other platforms do not pay.
 * @throws LockstepError CONFIG when there is none, it cannot be read, or lacks the context.
 */
export async function loadKubeConfig(
  input: ClusterInput,
  env: NodeJS.ProcessEnv = process.env,
): Promise<ChosenConfig> {
  const { KubeConfig } = await import("./library.ts");
  const files = kubeConfigFiles(input, env);
  const config = new KubeConfig();
  if (files.length === 0) {
    if (!existsSync(TOKEN)) throw noCluster(env);
    config.loadFromCluster();
    return { config, source: "the pod's service account" };
  }
  config.loadFromOptions({ clusters: [], contexts: [], users: [], currentContext: "" });
  for (const file of files) merge(config, readOne(new KubeConfig(), file));
  const source = files.join(delimiter);
  chooseContext(config, input.context, source);
  return { config, source };
}

/** The files to read, in kubectl's order; those that KUBECONFIG names in vain are left out, as there. */
function kubeConfigFiles(input: ClusterInput, env: NodeJS.ProcessEnv): string[] {
  if (input.kubeconfig !== undefined) return [resolve(expandHome(input.kubeconfig, env))];
  if (env.KUBECONFIG) {
    const named = env.KUBECONFIG.split(delimiter).filter(Boolean);
    const there = named.filter((file) => existsSync(file));
    return there.length > 0 ? there : named;
  }
  const own = join(env.HOME ?? homedir(), ".kube", "config");
  return existsSync(own) ? [own] : [];
}

function expandHome(path: string, env: NodeJS.ProcessEnv): string {
  return path.startsWith("~/") ? join(env.HOME ?? homedir(), path.slice(2)) : path;
}

function readOne(config: KubeConfig, file: string): KubeConfig {
  try {
    config.loadFromFile(file);
    return config;
  } catch (error) {
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    throw new LockstepError(
      "CONFIG",
      missing ? "There is no such kubeconfig" : "The kubeconfig cannot be read",
      {
        where: file,
        ...(missing ? {} : { seen: firstLine(error) }),
        likely: missing
          ? "its path is wrong for this machine, or the login to the cluster has not been made here"
          : "it is not YAML, or not a kubeconfig",
        next: `kubectl --kubeconfig '${file}' config get-contexts; another file: pulumi config set --path ${KEY}.kubeconfig FILE`,
        cause: error,
      },
    );
  }
}

/** Adds what `more` has; the first file that names a thing wins, as in kubectl. */
function merge(config: KubeConfig, more: KubeConfig): void {
  for (const cluster of more.getClusters())
    if (!config.getCluster(cluster.name)) config.addCluster(cluster);
  for (const user of more.getUsers()) if (!config.getUser(user.name)) config.addUser(user);
  for (const context of more.getContexts())
    if (!config.getContextObject(context.name)) config.addContext(context);
  if (!config.getCurrentContext()) config.setCurrentContext(more.getCurrentContext());
}

function chooseContext(config: KubeConfig, wanted: string | undefined, source: string): void {
  const name = wanted ?? config.getCurrentContext();
  const known = config.getContexts().map((context) => context.name);
  if (!name || !known.includes(name)) {
    throw new LockstepError(
      "CONFIG",
      name ? `The kubeconfig has no context ${name}` : "The kubeconfig names no current context",
      {
        where: wanted === undefined ? source : `${KEY}.context`,
        seen: known.length === 0 ? `no context at all in ${source}` : `it has ${known.join(", ")}`,
        next: `pulumi config set --path ${KEY}.context NAME`,
      },
    );
  }
  config.setCurrentContext(name);
  if (config.getCurrentCluster()?.server && config.getCurrentUser()) return;
  throw new LockstepError("CONFIG", `The kubeconfig's context ${name} is incomplete`, {
    where: source,
    seen: config.getCurrentCluster() ? "its user is not there" : "its cluster is not there",
    next: `kubectl config view --context ${name}`,
  });
}

function noCluster(env: NodeJS.ProcessEnv): LockstepError {
  return new LockstepError("CONFIG", "No cluster is named", {
    where: `${KEY}.kubeconfig`,
    seen: `no kubeconfig in the config, no KUBECONFIG, no ${join(env.HOME ?? homedir(), ".kube", "config")}, and this is no pod with a service account`,
    next: `pulumi config set --path ${KEY}.kubeconfig FILE, or export KUBECONFIG=FILE`,
  });
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
}
