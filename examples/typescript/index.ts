// A program with resources of its own, and a release between them.
import * as pulumi from "@pulumi/pulumi";
import { Release } from "pulumi-lockstep";
import { Announcement } from "./announcement.ts";

const config = new pulumi.Config();

const release = new Release("notes", {
  // Without a `database` it is lockstep's own; elsewhere: { url: server.connectionString }.
  app: {
    dir: "app",
    command: ["node", "server.mjs"],
    port: config.getNumber("port") ?? 8090,
    env: { GREETING: config.require("greeting") },
    secretEnv: { TOKEN: pulumi.secret("only for show") },
  },
  gate: { interval: "500ms", watch: "2s", minRequests: 3, probePaths: ["/notes"] },
});

// Only once the release has been verified.
const announcement = new Announcement(
  "announcement",
  { text: pulumi.interpolate`${release.releaseId} is at ${release.url}` },
  { dependsOn: release },
);

export const { url, databaseUrl, releaseId, waiting, promotion } = release;
export const announced = announcement.text;
