// Brings the images of this clone into a running cluster.
import { join } from "node:path";
import { type ClusterFolder, containerdSocket } from "../machine/folder.ts";
import { readState } from "../machine/state.ts";
import { buildImages } from "./catalog.ts";
import { type Image, importImages } from "./image.ts";

/** Builds the images from this clone as it is now, and imports those that the cluster lacks. `tag` is the runner's. */
export async function loadImages(folder: ClusterFolder, tag = "test"): Promise<readonly Image[]> {
  const { programs, debian } = (await readState(folder))!;
  const busybox = join(debian, "bin/busybox");
  const images = await buildImages({ programs: programs.addons, busybox, tag });
  await importImages(containerdSocket(folder), { images, ctr: join(debian, "usr/bin/ctr") });
  return images;
}
