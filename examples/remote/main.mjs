// What a program in any language does through an SDK that `pulumi package add` makes: here without one, by hand.
import * as pulumi from "@pulumi/pulumi";

/** The component's shell; the plugin builds what is in it. */
class Release extends pulumi.ComponentResource {
  constructor(name, args, options) {
    const names = ["releaseId", "url", "databaseUrl", "waiting", "promotion", "taken"];
    const outputs = Object.fromEntries(names.map((output) => [output, undefined]));
    super("lockstep:index:Release", name, { ...args, ...outputs }, options, true);
  }
}

const config = new pulumi.Config();
const release = new Release("notes", {
  migrations: "../typescript/migrations",
  app: {
    dir: "../typescript/app",
    command: ["node", "server.mjs"],
    port: config.getNumber("port") ?? 8091,
    env: { GREETING: "hello" },
    secretEnv: { TOKEN: pulumi.secret("only for show") },
  },
  gate: {
    interval: config.get("interval") ?? "500ms",
    watch: "2s",
    minRequests: 3,
    probePaths: ["/notes"],
  },
});

export const { url, databaseUrl, releaseId, waiting, promotion } = release;
