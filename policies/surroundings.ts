// Which environment a policy runs for, from the stack's own config and name.
import { environmentOfName, ENVIRONMENTS, type Environment } from "../config/environment.ts";
import type { Surroundings } from "./rule.ts";

/** What is known of a stack. */
export interface StackFacts {
  readonly stack: string;
  /** Values of `lockstep:` keys; undefined where they are not set. */
  readonly get: (key: string) => string | undefined;
}

/** The surroundings of a stack; one that tells no environment is judged as prod. */
export function surroundingsOf({ stack, get }: StackFacts): Surroundings {
  const told = ENVIRONMENTS.find((one) => one === get("environment"));
  const environment: Environment = told ?? environmentOfName(stack) ?? "prod";
  return { environment };
}
