// Lays a part of a pod template over another, as `kubectl patch` does it: lists of named things are merged by name.

/** What a pod template, or a part of one, is made of. */
export type Manifest = Readonly<Record<string, unknown>>;

/**
 * The lists of a pod whose items are told apart by a key (patchMergeKey in Kubernetes' API); each other list is
 * replaced as a whole.
 */
const MERGE_KEYS: Readonly<Record<string, string>> = {
  containers: "name",
  initContainers: "name",
  ephemeralContainers: "name",
  volumes: "name",
  imagePullSecrets: "name",
  resourceClaims: "name",
  env: "name",
  volumeMounts: "mountPath",
  volumeDevices: "devicePath",
  ports: "containerPort",
  hostAliases: "ip",
  topologySpreadConstraints: "topologyKey",
};

/** How a patch says what happens to an object: `$patch: delete` or `$patch: replace`. */
const DIRECTIVE = "$patch";

/**
 * `base` with `patch` laid over it. null removes a member; `$patch: delete` removes an item of a merged list,
 * `$patch: replace` takes the patch's object as it is. What is no plain object, such as a value that is not
 * known yet, is taken whole. Neither argument is changed.
 */
export function strategicMerge(base: Manifest, patch: Manifest): Manifest {
  if (patch[DIRECTIVE] === "replace") return without(patch, DIRECTIVE);
  const changed = Object.entries(patch)
    .filter(([name]) => name !== DIRECTIVE)
    .map(([name, value]) => [
      name,
      value === null ? undefined : mergeMember(name, base[name], value),
    ]);
  const merged = { ...base, ...(Object.fromEntries(changed) as Manifest) };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined));
}

function mergeMember(name: string, base: unknown, patch: unknown): unknown {
  if (isManifest(patch)) return strategicMerge(isManifest(base) ? base : {}, patch);
  const key = MERGE_KEYS[name];
  if (key === undefined || !isManifestList(patch)) return patch;
  return mergeList(isManifestList(base) ? base : [], patch, key);
}

/** New items come last, in the patch's order: the order of `base` may matter to those that rely on it. */
function mergeList(
  base: readonly Manifest[],
  patch: readonly Manifest[],
  key: string,
): readonly Manifest[] {
  const patchOf = (item: Manifest) => patch.find((other) => other[key] === item[key]);
  const kept = base.flatMap((item) => {
    const change = patchOf(item);
    if (change === undefined) return [item];
    return isDeletion(change) ? [] : [strategicMerge(item, change)];
  });
  const known = (item: Manifest) => base.some((other) => other[key] === item[key]);
  const added = patch.filter((item) => !known(item) && !isDeletion(item));
  return [...kept, ...added.map((item) => strategicMerge({}, item))];
}

function isDeletion(item: Manifest): boolean {
  return item[DIRECTIVE] === "delete";
}

function without(manifest: Manifest, name: string): Manifest {
  return Object.fromEntries(Object.entries(manifest).filter(([member]) => member !== name));
}

function isManifest(value: unknown): value is Manifest {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function isManifestList(value: unknown): value is readonly Manifest[] {
  return Array.isArray(value) && value.every(isManifest);
}
