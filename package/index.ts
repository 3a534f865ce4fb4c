// What other Pulumi programs get of lockstep.
export { Release } from "./release.ts";
export type * from "./releaseArgs.ts";
export type * from "./releaseOutputs.ts";
