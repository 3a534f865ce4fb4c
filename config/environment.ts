// Which kind of environment a stack is: it decides the defaults and what is refused.

/** The kinds of stack, from the least to the most careful. */
export const ENVIRONMENTS = ["dev", "staging", "prod"] as const;

/** What a stack is for. */
export type Environment = (typeof ENVIRONMENTS)[number];

const NAMES: Readonly<Record<string, Environment>> = {
  dev: "dev",
  development: "dev",
  local: "dev",
  test: "dev",
  staging: "staging",
  stage: "staging",
  prod: "prod",
  production: "prod",
  live: "prod",
};

/**
 * The kind that a stack's name tells, from its words: `dev`, `shop-staging`, `prod.eu`. Where words
 * disagree the most careful one counts; undefined where none tells.
 */
export function environmentOfName(stack: string): Environment | undefined {
  const told = stack
    .toLowerCase()
    .split(/[^a-z]+/)
    .map((word) => (Object.hasOwn(NAMES, word) ? NAMES[word] : undefined));
  return ENVIRONMENTS.findLast((environment) => told.includes(environment));
}
