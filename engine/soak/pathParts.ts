// The names in a path as the server prints it.

/** `"Odd app".boxes` as `Odd app` and `boxes`. Of a function the last part has its arguments. */
export function pathParts(path: string): readonly string[] {
  return [...path.matchAll(/"((?:[^"]|"")+)"|([^".]+)/g)].map(
    ([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare ?? "",
  );
}
