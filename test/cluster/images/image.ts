// An image as OCI describes it, and its import into the cluster's containerd without any registry.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { execa } from "execa";
import { pack, type Pack } from "tar-stream";
import { type Layer } from "./layer.ts";

/** What a container of the image starts with. */
export interface ImageConfig {
  readonly User: string;
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly Cmd?: readonly string[];
  readonly WorkingDir?: string;
}

/** An image that is complete but for its layers' content. */
export interface Image {
  /** With tag. */
  readonly name: string;
  /** `name@sha256:...`, which only this very content can have. */
  readonly byDigest: string;
  readonly layers: readonly Layer[];
  readonly manifest: Blob;
  readonly config: Blob;
}

interface Blob {
  readonly digest: string;
  readonly text: string;
}

/** The image `name` (with tag) of these layers. */
export function describeImage(name: string, layers: readonly Layer[], config: ImageConfig): Image {
  const configBlob = blob({
    architecture: process.arch === "arm64" ? "arm64" : "amd64",
    os: "linux",
    config,
    rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => digest) },
  });
  const manifest = blob({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: {
      mediaType: "application/vnd.oci.image.config.v1+json",
      digest: configBlob.digest,
      size: Buffer.byteLength(configBlob.text),
    },
    layers: layers.map(({ digest, size }) => ({
      mediaType: "application/vnd.oci.image.layer.v1.tar",
      digest,
      size,
    })),
  });
  const repository = name.slice(0, name.lastIndexOf(":"));
  return {
    name,
    byDigest: `${repository}@${manifest.digest}`,
    layers,
    manifest,
    config: configBlob,
  };
}

/** Writes the image as an archive in OCI's layout; `ctr images import` and `docker load` read it. */
async function writeArchive(image: Image, write: (archive: Pack) => Promise<unknown>) {
  const writer = pack();
  const fill = async () => {
    writer.entry({ name: "oci-layout" }, JSON.stringify({ imageLayoutVersion: "1.0.0" }));
    writer.entry({ name: "index.json" }, JSON.stringify(index(image)));
    for (const { digest, text } of [image.manifest, image.config]) {
      writer.entry({ name: blobPath(digest) }, text);
    }
    for (const { digest, size, path } of image.layers) {
      await addFile(writer, { name: blobPath(digest), size }, path);
    }
    writer.finalize();
  };
  await Promise.all([fill(), write(writer)]);
}

/** What is to be imported, and with which `ctr`: that of containerd's own version. */
export interface ImportRequest {
  readonly images: readonly Image[];
  readonly ctr: string;
}

/** Imports the images that the containerd behind `socket` lacks, by name and by digest. */
export async function importImages(socket: string, request: ImportRequest): Promise<void> {
  const common = ["--address", socket, "--namespace", "k8s.io", "images"];
  const ctr = (args: readonly string[]) => execa(request.ctr, [...common, ...args]);
  const list = (await ctr(["list"])).stdout.split("\n").map((line) => line.split(/\s+/));
  const present = new Map(list.map(([name, , digest]) => [name, digest]));
  for (const image of request.images) {
    const { digest } = image.manifest;
    if (present.get(image.name) === digest && present.has(image.byDigest)) continue;
    await writeArchive(image, async (archive) => {
      const child = execa(request.ctr, [...common, "import", "-"], { stdin: "pipe" });
      await Promise.all([pipeline(archive, child.stdin), child]);
    });
    await ctr(["tag", "--force", image.name, image.byDigest]);
  }
}

function index(image: Image) {
  return {
    schemaVersion: 2,
    manifests: [
      {
        mediaType: "application/vnd.oci.image.manifest.v1+json",
        digest: image.manifest.digest,
        size: Buffer.byteLength(image.manifest.text),
        annotations: {
          "io.containerd.image.name": image.name,
          "org.opencontainers.image.ref.name": image.name.slice(image.name.lastIndexOf(":") + 1),
        },
      },
    ],
  };
}

function blob(content: unknown): Blob {
  const text = JSON.stringify(content);
  return { digest: `sha256:${createHash("sha256").update(text).digest("hex")}`, text };
}

function blobPath(digest: string): string {
  return `blobs/${digest.replace(":", "/")}`;
}

function addFile(
  writer: Pack,
  header: { readonly name: string; readonly size: number },
  path: string,
): Promise<void> {
  return pipeline(createReadStream(path), writer.entry(header));
}
