// EmbeddedDatabase: a real PostgreSQL on this machine; deleting it stops the server and keeps the folder.
import { join } from "node:path";
import { embeddedStatus, startEmbedded, stopEmbedded } from "../../engine/embedded/server.ts";
import { lockstepHome } from "../../engine/home.ts";
import type { ResourceKind } from "../resource.ts";
import type { EmbeddedDatabaseInputs, EmbeddedDatabaseOutputs } from "../schema.ts";

/** The resource kind behind `lockstep:index:EmbeddedDatabase`. */
export const embeddedDatabase: ResourceKind<EmbeddedDatabaseInputs, EmbeddedDatabaseOutputs> = {
  secrets: ["url"],

  async isChanged(saved, inputs) {
    if (saved.location !== inputs.location || saved.database !== inputs.database) return true;
    if (inputs.port !== undefined && inputs.port !== saved.port) return true;
    return (await embeddedStatus(dirOf(inputs))).state !== "running";
  },

  async apply(inputs, { report }) {
    const { database, port } = inputs;
    const dir = dirOf(inputs);
    const server = await startEmbedded({
      dir,
      database,
      report,
      ...(port === undefined ? {} : { port }),
    });
    report(
      "info",
      `PostgreSQL ${server.version} ${server.adopted ? "runs already" : "started"} on port ${String(server.port)}`,
    );
    const outputs = {
      ...inputs,
      url: server.url,
      dataDir: server.dataDir,
      serverVersion: server.version,
      state: "running" as const,
    };
    return { id: inputs.location, outputs };
  },

  async read(saved) {
    const { state } = await embeddedStatus(dirOf(saved));
    return { ...saved, state: state === "running" ? "running" : "stopped" };
  },

  async remove(saved, { report }) {
    await stopEmbedded(dirOf(saved), report);
    report("info", `stopped; its data stays in ${saved.dataDir}`);
  },
};

function dirOf(inputs: EmbeddedDatabaseInputs): string {
  return join(lockstepHome(), inputs.location, "postgres");
}
