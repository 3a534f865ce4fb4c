// What stands in the images: files of this machine, of npm packages and of the clone.
import { existsSync } from "node:fs";
import { readFile, realpath, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { findFreshBundle } from "../../../toolchain/bundle.mjs";
import { rootFolder } from "../../../toolchain/paths.mjs";
import { ToolchainError } from "../../../toolchain/progress.mjs";
import { folderEntries, type LayerEntry } from "./layer.ts";
import { postgresMajor } from "./postgresPrograms.ts";

/** Where PostgreSQL's programs stand in an image, as in Debian's packages. */
export const postgresFolder = `usr/lib/postgresql/${postgresMajor}`;

/** Users as the images of Node.js and PostgreSQL on Debian have them. */
const passwd = `root:x:0:0:root:/root:/bin/sh
postgres:x:999:999:PostgreSQL:/var/lib/postgresql:/bin/sh
node:x:1000:1000:Node.js:/home/node:/bin/sh
nobody:x:65534:65534:nobody:/nonexistent:/bin/sh
`;
const group = "root:x:0:\npostgres:x:999:\nnode:x:1000:\nnogroup:x:65534:\n";

/** What every image but the pause container's has: users, certificates, a shell, and the merged /usr of Debian. */
export async function baseEntries(busybox: string): Promise<LayerEntry[]> {
  const links = { bin: "usr/bin", sbin: "usr/sbin", lib: "usr/lib", lib64: "usr/lib64" };
  const listed = await execa(busybox, ["--list"]);
  return [
    ...Object.entries(links).map(([to, link]) => ({ to, link })),
    { to: "tmp", folderMode: 0o1777 },
    { to: "home/node", folderMode: 0o755 },
    { to: "var/run", link: "/run" },
    { to: "run", folderMode: 0o755 },
    { to: "etc/passwd", text: passwd },
    { to: "etc/group", text: group },
    { to: "etc/nsswitch.conf", text: "passwd: files\ngroup: files\nhosts: files dns\n" },
    { to: "etc/os-release", from: "/etc/os-release" },
    { to: "etc/ssl/certs/ca-certificates.crt", from: "/etc/ssl/certs/ca-certificates.crt" },
    ...listed.stdout.split("\n").map((name) => ({ to: `usr/bin/${name}`, link: "busybox" })),
    // After the links, because its own list names it too: the last entry of a path counts.
    { to: "usr/bin/busybox", from: busybox },
    ...(await folderEntries("/usr/lib/locale/C.utf8", "usr/lib/locale/C.utf8")),
  ];
}

/** This process's Node.js. */
export async function nodeEntries(): Promise<LayerEntry[]> {
  const node = await realpath(process.execPath);
  return [{ to: "usr/local/bin/node", from: node }, ...(await libraryEntries([node]))];
}

/** PostgreSQL with the libraries it needs. */
export async function postgresEntries(programs: string): Promise<LayerEntry[]> {
  const isWanted = (path: string) =>
    /^(bin|lib|share)\//.test(path) && !/\.a$|\/pkgconfig\//.test(path);
  const own = await folderEntries(programs, postgresFolder, isWanted);
  const loaded = own.flatMap((entry) =>
    "from" in entry && /\/bin\/|\.so[.\d]*$/.test(entry.to) ? [entry.from] : [],
  );
  return [...own, ...(await libraryEntries(loaded))];
}

/** The app of the example with the packages it needs, as `npm ci --omit=dev` would leave them. */
export async function appEntries(): Promise<LayerEntry[]> {
  return [
    ...(await folderEntries(join(rootFolder, "example/app"), "app")),
    ...(await packageEntries(["pg"], "app/node_modules")),
  ];
}

/** Where the runner's part of the clone stands in its image. */
export const runnerFolder = "opt/lockstep";
/** What the runner's image takes of the clone, besides the compiled command: files and folders. */
export const runnerPaths = ["package.json", "LICENSE", "bin", "toolchain"] as const;
/** The packages that the compiled command loads at run time. */
export const runnerPackages = ["libpg-query", "@pgsql/types"] as const;

/** What images/runner/Dockerfile copies, but of the compiled command only the build in use, and without source maps. */
export async function runnerEntries(): Promise<LayerEntry[]> {
  const main = findFreshBundle("cli", rootFolder);
  if (!main) throw new ToolchainError("the command is not compiled.\n  remedy    npm run build");
  const build = dirname(main).slice(rootFolder.length + 1);
  const entries: LayerEntry[] = [];
  for (const path of [...runnerPaths, "dist/cli/current.json"]) {
    const [from, to] = [join(rootFolder, path), join(runnerFolder, path)];
    if ((await stat(from)).isFile()) entries.push({ to, from });
    else entries.push(...(await folderEntries(from, to)));
  }
  const isCode = (path: string) => !path.endsWith(".map");
  entries.push(
    ...(await folderEntries(join(rootFolder, build), join(runnerFolder, build), isCode)),
  );
  return [
    ...entries,
    ...(await packageEntries(runnerPackages, join(runnerFolder, "node_modules"))),
  ];
}

/** npm packages and, found one by one in their package.json, all that they depend on. */
async function packageEntries(names: readonly string[], to: string): Promise<LayerEntry[]> {
  const entries: LayerEntry[] = [];
  const seen = new Set<string>();
  const waiting = [...names];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    const folder = join(rootFolder, "node_modules", name);
    if (!existsSync(folder)) continue;
    entries.push(...(await folderEntries(folder, join(to, name))));
    const description = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as {
      dependencies?: Record<string, string>;
    };
    waiting.push(...Object.keys(description.dependencies ?? {}));
  }
  return entries;
}

/** The shared libraries that these programs load, as `ldd` lists them, below /usr as Debian has them. */
async function libraryEntries(programs: readonly string[]): Promise<LayerEntry[]> {
  const { stdout } = await execa("ldd", programs, { reject: false });
  const found = new Map<string, LayerEntry>();
  for (const [, path] of stdout.matchAll(/\s(\/(?:usr\/)?lib\S*) \(0x/g)) {
    const to = path!.replace(/^\/(usr\/)?/, "usr/");
    found.set(to, { to, from: await realpath(path!) });
  }
  return [...found.values()];
}
