// Every container says how much it may take.
import { containersOf, executorOf, OWN_CONTAINER, podSpecsOf } from "../podSpecs.ts";
import { json, type Check, type Rule } from "../rule.ts";

/** A memory limit protects the node; for CPU a request is enough, since a limit only slows the container down. */
export const resourceLimits: Rule = {
  name: "resource-limits",
  description: "Every container has a memory limit, and a CPU request or limit.",
  environments: ["dev", "staging", "prod"],
  start: (): Check => (resource) => {
    const executor = executorOf(resource);
    const ofStep = executor === undefined ? [] : missing(executor.resources, "The step's Job");
    const ofPods = podSpecsOf(resource).flatMap((pod) =>
      containersOf(pod)
        // An override of lockstep's own container is laid over the step's resources.
        .filter(({ container }) => !(pod.isOverride && container.name === OWN_CONTAINER))
        .flatMap(({ container, where }) => missing(container.resources, `The ${where}`)),
    );
    return [...ofStep, ...ofPods];
  },
};

function missing(resources: unknown, subject: string): readonly string[] {
  const limits = json(json(resources).limits);
  const requests = json(json(resources).requests);
  const lacks = [
    ...(limits.memory === undefined ? ["memory limit"] : []),
    ...(limits.cpu === undefined && requests.cpu === undefined ? ["CPU request or limit"] : []),
  ];
  return lacks.length === 0 ? [] : [`${subject} has no ${lacks.join(" and no ")}.`];
}
