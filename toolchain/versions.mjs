// Reads and compares version numbers without a library, because set-up runs before there is one.

/**
 * Finds the first version number in a text such as `v3.255.0`, `go version go1.26.8 linux/amd64` or `v20.20.0`.
 * @param {string} text what a tool printed
 * @returns {[number, number, number] | undefined} major, minor, patch; undefined where there is none
 */
export function parseVersion(text) {
  const match = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
  if (!match) return undefined;
  return [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
}

/**
 * Tells whether the version in a tool's output is the wanted one or newer. Unreadable output is not.
 * @param {string} text what a tool printed
 * @param {string} minimum for example `3.245.0`
 * @returns {boolean}
 */
export function isAtLeast(text, minimum) {
  const have = parseVersion(text);
  const want = parseVersion(minimum);
  if (!have || !want) return false;
  for (const [index, wanted] of want.entries()) {
    const had = have[index] ?? 0;
    if (had !== wanted) return had > wanted;
  }
  return true;
}
