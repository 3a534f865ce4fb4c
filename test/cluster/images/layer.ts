// One layer of an image: a list of files, written as a tar that depends on nothing but their content.
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, existsSync } from "node:fs";
import { mkdir, readdir, readFile, readlink, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { type Header, pack, type Pack } from "tar-stream";
import { cacheFolder } from "../../../toolchain/paths.mjs";

/** What stands at `to` in the image, a path without a slash at its beginning. Everything belongs to root. */
export type LayerEntry =
  | { readonly to: string; readonly from: string; readonly mode?: number }
  | { readonly to: string; readonly text: string; readonly mode?: number }
  | { readonly to: string; readonly link: string }
  | { readonly to: string; readonly folderMode: number };

/** A layer as an image's manifest names it. Uncompressed, so `digest` is its diff id as well. */
export interface Layer {
  /** `sha256:` and hex digits. */
  readonly digest: string;
  /** In bytes. */
  readonly size: number;
  /** The tar's path in the cache. */
  readonly path: string;
}

/**
 * The layer `name` with these entries, from the cache where nothing has changed: a file counts as changed when its size, its time or
 * its mode is another.
 */
export async function ensureLayer(name: string, entries: readonly LayerEntry[]): Promise<Layer> {
  const sorted = [...new Map(entries.map((entry) => [entry.to, entry])).values()];
  sorted.sort((a, b) => (a.to < b.to ? -1 : 1));
  const folder = join(cacheFolder(), "images");
  const key = await inputKey(sorted);
  const path = join(folder, `${name}-${key}.tar`);
  const note = `${path}.json`;
  if (existsSync(note)) {
    return { ...(JSON.parse(await readFile(note, "utf8")) as Omit<Layer, "path">), path };
  }
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const temporary = `${path}.${process.pid}`;
  const writer = pack();
  const written = pipeline(writer, createWriteStream(temporary, { mode: 0o600 }));
  await Promise.all([writeEntries(writer, sorted), written]);
  const described = { digest: await digestOf(temporary), size: (await stat(temporary)).size };
  await rename(temporary, path);
  await writeFile(`${note}.${process.pid}`, JSON.stringify(described), { mode: 0o600 });
  await rename(`${note}.${process.pid}`, note);
  await prune(folder, name);
  return { ...described, path };
}

/** All files and links below `from`, to stand below `to`; `isWanted` gets paths relative to `from`. */
export async function folderEntries(
  from: string,
  to: string,
  isWanted: (path: string) => boolean = () => true,
): Promise<LayerEntry[]> {
  const found: LayerEntry[] = [];
  for (const entry of await readdir(from, { recursive: true, withFileTypes: true })) {
    const full = join(entry.parentPath, entry.name);
    const relative = full.slice(from.length + 1);
    if (!isWanted(relative)) continue;
    if (entry.isSymbolicLink()) found.push({ to: join(to, relative), link: await readlink(full) });
    else if (entry.isFile()) found.push({ to: join(to, relative), from: full });
  }
  return found;
}

/** How many tars of one layer stay in the cache: clones that differ must not rebuild for each other. */
const KEPT = 6;

async function prune(folder: string, name: string): Promise<void> {
  const own = new RegExp(`^${name}-[0-9a-f]+\\.tar$`);
  const tars = (await readdir(folder)).filter((file) => own.test(file));
  const aged = await Promise.all(
    tars.map(async (file) => ({ file, timeMs: (await stat(join(folder, file))).mtimeMs })),
  );
  aged.sort((a, b) => b.timeMs - a.timeMs);
  for (const { file } of aged.slice(KEPT)) {
    await rm(join(folder, `${file}.json`), { force: true });
    await rm(join(folder, file), { force: true });
  }
}

async function inputKey(entries: readonly LayerEntry[]): Promise<string> {
  const hash = createHash("sha256");
  for (const entry of entries) {
    let seen = "";
    if ("from" in entry) {
      const { size, mtimeMs, mode } = await stat(entry.from);
      seen = `${size} ${mtimeMs} ${mode}`;
    }
    const { from: _, ...rest } = { from: "", ...entry };
    hash.update(`${JSON.stringify(rest)} ${seen}\n`);
  }
  return hash.digest("hex").slice(0, 16);
}

/** Everybody may read and nobody may write, as in an image that somebody else built; times are zero. */
async function writeEntries(writer: Pack, entries: readonly LayerEntry[]): Promise<void> {
  const common = { uid: 0, gid: 0, uname: "", gname: "", mtime: new Date(0) };
  for (const entry of entries) {
    if ("link" in entry) {
      await addEntry(writer, { ...common, name: entry.to, type: "symlink", linkname: entry.link });
    } else if ("folderMode" in entry) {
      const mode = entry.folderMode;
      await addEntry(writer, { ...common, name: entry.to, type: "directory", mode });
    } else if ("text" in entry) {
      await addEntry(writer, { ...common, name: entry.to, mode: entry.mode ?? 0o644 }, entry.text);
    } else {
      const { size, mode } = await stat(entry.from);
      const plain = (mode & 0o100) === 0 ? 0o644 : 0o755;
      const header = { ...common, name: entry.to, mode: entry.mode ?? plain, size };
      await pipeline(createReadStream(entry.from), writer.entry(header));
    }
  }
  writer.finalize();
}

function addEntry(
  writer: Pack,
  header: Partial<Header> & { name: string },
  text = "",
): Promise<void> {
  return new Promise((resolve, reject) => {
    writer.entry(header, text, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return `sha256:${hash.digest("hex")}`;
}
