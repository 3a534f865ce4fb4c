// What a test run has to keep to itself, and whether a command line holds any of it: no I/O.

/** A secret shorter than this is a word that anything may hold, and is not looked for. */
const fewestCharacters = 12;

/** Variables that carry secrets to lockstep, to what it starts and to the apps; values in the form of a URL carry theirs as password. */
const carriers =
  /^(?:DATABASE_URL|DIRECT_URL|DB_PASSWORD|PGPASSWORD|PULUMI_CONFIG_PASSPHRASE|AWS_SECRET_ACCESS_KEY|LOCKSTEP_\w*(?:URL|KEY|AUTHORIZATION))$/;

/**
 * The secrets in a process's environment.
 * @param {string} environ as in /proc/PID/environ
 * @returns {string[]}
 */
export function secretsOf(environ) {
  return environ.split("\0").flatMap((entry) => {
    const at = entry.indexOf("=");
    const value = entry.slice(at + 1);
    if (!carriers.test(entry.slice(0, at))) return [];
    const secret = value.includes("://") ? passwordIn(value) : value;
    return isLong(secret) ? [secret] : [];
  });
}

/**
 * @param {string} secret
 * @returns {boolean} whether it is long enough to be looked for
 */
export function isLong(secret) {
  return secret.length >= fewestCharacters;
}

/** @param {string} url */
function passwordIn(url) {
  return URL.canParse(url) ? decodeURIComponent(new URL(url).password) : "";
}

/**
 * The forms in which a secret may stand somewhere: itself, as a part of a URL, and as a header or a Kubernetes Secret has it.
 * @param {string} secret
 * @returns {string[]}
 */
export function formsOf(secret) {
  return [...new Set([secret, encodeURIComponent(secret), Buffer.from(secret).toString("base64")])];
}

/**
 * Names each command that was called with a secret: the program and the argument's place, never the argument.
 * @param {Iterable<string>} commandLines as in /proc/PID/cmdline
 * @param {readonly string[]} secrets
 * @returns {string[]}
 */
export function findInArguments(commandLines, secrets) {
  const forms = secrets.flatMap(formsOf);
  const found = new Set();
  for (const line of commandLines) {
    if (!forms.some((form) => line.includes(form))) continue;
    const args = line.split("\0");
    const shown = args
      .filter((arg) => arg !== "")
      .map((arg) => (forms.some((form) => arg.includes(form)) ? "***" : arg));
    found.add(`an argument holds a secret: ${shown.join(" ").slice(0, 300)}`);
  }
  return [...found].sort();
}
