// The addresses of one cluster, and the cable between the machine and the cluster's own network namespace.
import { execa } from "execa";
import { ToolchainError } from "../../../toolchain/progress.mjs";
import { type ProcessIdentity } from "./processes.ts";

/** The addresses of cluster number N: pods 10.N.0.0/24, services 10.N.1.0/24, the cable 10.N.2.0/30. */
export interface ClusterNetwork {
  /** The machine's end of the cable: what a pod calls to reach a server that a test runs. */
  readonly hostAddress: string;
  /** The node, the API server and the name server. */
  readonly nodeAddress: string;
  readonly podRange: string;
  readonly serviceRange: string;
  /** The address that the API server has inside the cluster. */
  readonly apiServiceAddress: string;
  /** The interface on the machine; the kernel allows 15 characters. */
  readonly hostInterface: string;
}

/** Numbers that are tried; 10.201 to 10.250 are seldom used by others, and a used one is passed over. */
const FIRST_NUMBER = 201;
const LAST_NUMBER = 250;

/** The addresses of cluster number `number`. */
export function clusterNetwork(number: number): ClusterNetwork {
  const prefix = `10.${number}`;
  return {
    hostAddress: `${prefix}.2.1`,
    nodeAddress: `${prefix}.2.2`,
    podRange: `${prefix}.0.0/24`,
    serviceRange: `${prefix}.1.0/24`,
    apiServiceAddress: `${prefix}.1.1`,
    hostInterface: `lockstep${number}`,
  };
}

/**
 * Lays the cable to a fresh network namespace: afterwards the machine reaches node, pods and services by their addresses.
 * The namespace gets no default route, so nothing in it reaches the world, and an image that is not there fails at once.
 * Returns the cluster's number. Throws where no number is free.
 */
export async function layCable(init: ProcessIdentity): Promise<number> {
  const routes = await ip("-json", "route", "show", "table", "all");
  for (let number = FIRST_NUMBER; number <= LAST_NUMBER; number += 1) {
    if (routes.includes(`"10.${number}.`)) continue;
    const network = clusterNetwork(number);
    // The name decides between two clusters that start at once: the kernel gives it away only once.
    const made = await execa(
      "ip",
      [
        "link",
        "add",
        network.hostInterface,
        "type",
        "veth",
        "peer",
        "name",
        "eth0",
        "netns",
      ].concat(String(init.pid)),
      { reject: false },
    );
    if (made.exitCode === 0) {
      await configure(network, init);
      return number;
    }
    if (!made.stderr.includes("File exists")) throw noCable(made.stderr);
  }
  throw noCable(`all of 10.${FIRST_NUMBER}.0.0/16 to 10.${LAST_NUMBER}.0.0/16 are in use`);
}

/** Takes the cable away, and with it every route that led through it. */
export async function removeCable(number: number): Promise<void> {
  const { hostInterface } = clusterNetwork(number);
  await execa("ip", ["link", "delete", hostInterface], { reject: false });
}

async function configure(network: ClusterNetwork, init: ProcessIdentity): Promise<void> {
  const { hostInterface, hostAddress, nodeAddress, podRange, serviceRange } = network;
  await ip("address", "add", `${hostAddress}/30`, "dev", hostInterface);
  await ip("link", "set", hostInterface, "up");
  const inside = async (...args: string[]) => {
    await execa("nsenter", ["--target", String(init.pid), "--net", "--", "ip", ...args]);
  };
  await inside("link", "set", "lo", "up");
  await inside("address", "add", `${nodeAddress}/30`, "dev", "eth0");
  await inside("link", "set", "eth0", "up");
  // A service's address is rewritten only after the kernel has found a route to it.
  await inside("route", "add", serviceRange, "dev", "eth0");
  for (const range of [podRange, serviceRange]) {
    await ip("route", "add", range, "via", nodeAddress);
  }
}

async function ip(...args: string[]): Promise<string> {
  return (await execa("ip", args)).stdout;
}

function noCable(seen: string): ToolchainError {
  return new ToolchainError(
    "the test cluster gets no network.\n" +
      `  seen      ${seen.trim()}\n` +
      "  remedy    end test clusters that are not needed any more: npm run -s cluster -- down FOLDER",
  );
}
