// What `up` writes down about a cluster as it goes, so that `down` finds all of it, also after a kill in between.
import { readFile, rename, writeFile } from "node:fs/promises";
import { type ClusterFolder } from "./folder.ts";
import { type ProcessIdentity, withDescendants } from "./processes.ts";
import { type ClusterPrograms } from "./programs.ts";

/** One cluster as `state.json` holds it. */
export interface ClusterState {
  /** First process of the cluster's namespaces; all others end with it. */
  readonly init: ProcessIdentity;
  /** Second number of the cluster's addresses 10.N.0.0/16; see network.ts. */
  readonly network: number;
  readonly programs: ClusterPrograms;
  /** Where Debian's packages were unpacked. */
  readonly debian: string;
  /** The processes that join the namespaces, by component; each has the component as its only child. */
  readonly components: Readonly<Record<string, ProcessIdentity>>;
}

/** The state of the cluster in `folder`, or undefined where there is none. */
export async function readState(folder: ClusterFolder): Promise<ClusterState | undefined> {
  const text = await readFile(folder.state, "utf8").catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as ClusterState);
}

/** Replaces the state in one step. */
export async function writeState(folder: ClusterFolder, state: ClusterState): Promise<void> {
  const temporary = `${folder.state}.${process.pid}`;
  await writeFile(temporary, `${JSON.stringify(state, undefined, 2)}\n`, { mode: 0o600 });
  await rename(temporary, folder.state);
}

/** Every process of a cluster, those in its containers included. */
export function clusterProcesses(state: ClusterState): Promise<ProcessIdentity[]> {
  return withDescendants([state.init, ...Object.values(state.components)]);
}
