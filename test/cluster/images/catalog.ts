// The images that tests use, built from what is on this machine.
import { join } from "node:path";
import { rootFolder } from "../../../toolchain/paths.mjs";
import { pauseImage } from "../machine/configFiles.ts";
import {
  appEntries,
  baseEntries,
  nodeEntries,
  postgresEntries,
  postgresFolder,
  runnerEntries,
  runnerFolder,
} from "./contents.ts";
import { describeImage, type Image, type ImageConfig } from "./image.ts";
import { ensureLayer } from "./layer.ts";
import { ensurePostgresPrograms, postgresMajor } from "./postgresPrograms.ts";

/** The runner: what Jobs run. `tag` is "test", but where several clones share a cluster. */
export function runnerImage(tag: string): string {
  return `localhost/lockstep/runner:${tag}`;
}

/** The database of the platform's own StatefulSet. */
export const postgresImage = `localhost/lockstep/postgres:${postgresMajor}`;
/** The example's releases; each is an image of its own. */
export const appReleases = ["1.0", "1.1", "1.2"] as const;

/** The image of one of the example's releases. */
export function appImage(release: string): string {
  return `localhost/lockstep/app:${release}`;
}

/** What the images are made with. */
export interface ImageTools {
  /** Folder with the static `pause`. */
  readonly programs: string;
  /** A static busybox. */
  readonly busybox: string;
  /** The runner's tag. */
  readonly tag: string;
}

const path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin";
const withPostgres = `${path}:/${postgresFolder}/bin`;

/** How a container of the runner's image starts, as images/runner/Dockerfile says it. */
export const runnerConfig: ImageConfig = {
  User: "1000:1000",
  Env: [withPostgres, "NODE_ENV=production", "LANG=C.UTF-8", "LOCKSTEP_HOME=/tmp/lockstep"],
  Entrypoint: ["node", `/${runnerFolder}/bin/lockstep.mjs`],
};

/** All images, complete, layers in the cache: seconds when nothing is cached, half a second when all is. */
export async function buildImages(tools: ImageTools): Promise<Image[]> {
  const postgresPrograms = await ensurePostgresPrograms();
  const pause = await ensureLayer("pause", [{ to: "pause", from: join(tools.programs, "pause") }]);
  const base = await ensureLayer("base", await baseEntries(tools.busybox));
  const node = await ensureLayer("node", await nodeEntries());
  const postgres = await ensureLayer("postgres", await postgresEntries(postgresPrograms));
  const entrypoint = await ensureLayer("postgres-entrypoint", [
    {
      to: "usr/local/bin/postgres-entrypoint",
      from: join(rootFolder, "test/cluster/images/postgresEntrypoint.sh"),
      mode: 0o755,
    },
  ]);
  const app = await ensureLayer("app", await appEntries());
  const runner = await ensureLayer("runner", await runnerEntries());
  return [
    describeImage(pauseImage, [pause], { User: "65535:65535", Env: [], Entrypoint: ["/pause"] }),
    describeImage(postgresImage, [base, postgres, entrypoint], {
      User: "999:999",
      Env: [
        withPostgres,
        "PGDATA=/var/lib/postgresql/data",
        "PGHOST=/var/run/postgresql",
        "LANG=C.UTF-8",
      ],
      Entrypoint: ["postgres-entrypoint"],
      Cmd: ["postgres"],
    }),
    ...appReleases.map((release) =>
      describeImage(appImage(release), [base, node, app], {
        User: "1000:1000",
        Env: [path, "NODE_ENV=production", "HOST=0.0.0.0", "PORT=8080"],
        Entrypoint: ["node", "server.mjs"],
        Cmd: [release],
        WorkingDir: "/app",
      }),
    ),
    describeImage(runnerImage(tools.tag), [base, node, postgres, runner], runnerConfig),
  ];
}
