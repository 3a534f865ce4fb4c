// All policies, in the order in which docs/policies.md lists them.
import type { Rule } from "../rule.ts";
import { backupBeforeContract } from "./backupBeforeContract.ts";
import { databaseTls } from "./databaseTls.ts";
import { imageDigest } from "./imageDigest.ts";
import { noPrivilegedPods } from "./noPrivilegedPods.ts";
import { noSkipWithPendingFiles } from "./noSkipWithPendingFiles.ts";
import { resourceLimits } from "./resourceLimits.ts";

/** The pack's policies. */
export const RULES: readonly Rule[] = [
  backupBeforeContract,
  databaseTls,
  noSkipWithPendingFiles,
  resourceLimits,
  noPrivilegedPods,
  imageDigest,
];
