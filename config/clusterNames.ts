// The names of a stack's namespace and of its objects in a cluster, where its config gives none.

/** Names are DNS labels of 63 characters; this leaves room for what is put behind one. */
const MAX_NAME = 40;

/** What the names are made of. */
export interface Named {
  readonly project: string;
  readonly stack: string;
}

/** The namespace of a stack whose config has no `kubernetes.namespace.name`. */
export function defaultNamespace({ project, stack }: Named): string {
  return dnsName(`${project}-${stack}`);
}

/** What the names of all objects begin with, the app's Deployment has it as it is; without `kubernetes.name`. */
export function defaultName({ project }: Pick<Named, "project">): string {
  return dnsName(project);
}

/** `text` as a DNS label: `My_Shop.eu` becomes `my-shop-eu`. */
export function dnsName(text: string): string {
  const plain = text.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  const cut = plain.replace(/^[^a-z]+/, "").slice(0, MAX_NAME);
  return cut.replace(/-+$/, "") || "lockstep";
}
