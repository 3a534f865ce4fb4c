// The policy pack: hands each resource to the rules that hold on this stack.
import { PolicyPack, type ResourceValidationPolicy } from "@pulumi/policy";
import { Config, getStack } from "@pulumi/pulumi";
import { ENVIRONMENTS, type Environment } from "../config/environment.ts";
import type { Rule } from "./rule.ts";
import { RULES } from "./rules/all.ts";
import { surroundingsOf } from "./surroundings.ts";

/** A rule's settings in a policy config: `{ "database-tls": { "environments": ["staging", "prod"] } }`. */
interface RuleConfig {
  readonly environments?: readonly Environment[];
}

function policyOf(rule: Rule): ResourceValidationPolicy {
  const check = rule.start();
  return {
    name: rule.name,
    description: rule.description,
    configSchema: {
      properties: {
        environments: {
          type: "array",
          items: { type: "string", enum: [...ENVIRONMENTS] },
          default: [...rule.environments],
        },
      },
    },
    validateResource: (args, reportViolation) => {
      const { environments = rule.environments } = args.getConfig<RuleConfig>();
      const surroundings = stackSurroundings();
      if (!environments.includes(surroundings.environment)) return;
      for (const fault of check(args, surroundings)) reportViolation(fault);
    },
  };
}

function stackSurroundings() {
  const config = new Config("lockstep");
  return surroundingsOf({ stack: getStack(), get: (key) => config.get(key) });
}

new PolicyPack("lockstep", { enforcementLevel: "mandatory", policies: RULES.map(policyOf) });
