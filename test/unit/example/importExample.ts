// Imports a module of the example, which is plain JavaScript, under the types that a test states for it.

/**
 * @param path relative to the example's folder, for example `metrics.mjs`
 * @throws when there is no such module
 */
export async function importExample<Module>(path: string): Promise<Module> {
  const url = new URL(`../../../example/${path}`, import.meta.url).href;
  return (await import(url)) as Module;
}
