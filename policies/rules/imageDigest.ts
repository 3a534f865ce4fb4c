// What runs on prod is named by its content.
import { containersOf, executorOf, podSpecsOf } from "../podSpecs.ts";
import type { Check, Checked, Rule } from "../rule.ts";

const BY_DIGEST = /@sha256:[0-9a-f]{64}$/;

/** A tag can be moved after it was tested, and pods of one release may then run different code. */
export const imageDigest: Rule = {
  name: "image-digest",
  description: "Images are named by digest.",
  environments: ["prod"],
  start: (): Check => (resource) =>
    imagesOf(resource)
      .filter(({ image }) => !BY_DIGEST.test(image))
      .map(
        ({ image, where }) =>
          `The ${where} is named by a tag: ${image}. Name it by digest (${image.split("@")[0] ?? ""}@sha256:…), which \`crane digest ${image}\` tells.`,
      ),
};

interface Image {
  readonly image: string;
  readonly where: string;
}

function imagesOf(resource: Checked): readonly Image[] {
  const all = [
    { image: executorOf(resource)?.image, where: "runner's image" },
    ...podSpecsOf(resource).flatMap((pod) =>
      containersOf(pod).map(({ container, where }) => ({
        image: container.image,
        where: `image of the ${where}`,
      })),
    ),
  ];
  return all.flatMap(({ image, where }) => (typeof image === "string" ? [{ image, where }] : []));
}
