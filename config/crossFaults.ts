// What no key of a config alone can tell: keys that contradict each other, and what prod requires.
import { backupFaults } from "./backupStore.ts";
import { fullKey } from "./checkKeys.ts";
import {
  databaseUrlFaults,
  DIRECT_URL_KEY,
  directUrlFaults,
  REHEARSAL_URL_KEY,
  type UrlContext,
} from "./databaseUrl.ts";
import { ENVIRONMENTS } from "./environment.ts";
import type { Fault } from "./faults.ts";
import { gateFaults } from "./gateFaults.ts";
import { NO_STACK } from "./noStack.ts";
import { noticeFaults } from "./noticeFaults.ts";
import { databaseSource, platformFaults } from "./platformFaults.ts";
import type { WrittenConfig } from "./schema.ts";

/** What is known beside the keys. */
export interface CrossContext extends UrlContext {
  readonly stack: string;
  /** Whether Pulumi holds `lockstep:rehearsal` encrypted. */
  readonly rehearsalEncrypted: boolean;
  /** Whether Pulumi holds something in the gate's block encrypted. */
  readonly gateEncrypted: boolean;
  /** Whether Pulumi holds something in the list of standbys encrypted. */
  readonly replicasEncrypted: boolean;
  /** Whether anything of `notices` is encrypted. */
  readonly noticesEncrypted: boolean;
  /** Whether Pulumi holds something in the block of backups encrypted. */
  readonly backupEncrypted: boolean;
}

/** The faults between keys; a key that has a fault of its own is missing in `written`. */
export function crossFaults(
  written: Partial<WrittenConfig>,
  context: CrossContext,
): readonly Fault[] {
  return [
    ...databaseFaults(written, context),
    ...rehearsalFaults(written, context),
    ...promotionFaults(written, context),
    ...platformFaults(written, context.environment),
    ...targetFaults(written),
    ...replicaFaults(written, context),
    ...gateFaults(written.gate, {
      environment: context.environment,
      encrypted: context.gateEncrypted,
    }),
    ...noticeFaults(written.notices, context),
    ...backupFaults(written.backup, context),
  ];
}

/** The fault of a stack that nothing tells what it is for. */
export const ENVIRONMENT_UNTOLD: Fault = {
  key: fullKey(["environment"]),
  seen: "(nothing), and the stack's name does not tell",
  expected: `expected one of ${ENVIRONMENTS.join(", ")}`,
};

function databaseFaults(written: Partial<WrittenConfig>, context: UrlContext): readonly Fault[] {
  // Also true where the key has a fault of its own, which is enough said.
  if (!("database" in written)) return [];
  const { url, directUrl } = written.database ?? {};
  const given = databaseSource(written);
  const several = {
    key: fullKey(["database"]),
    seen: `both ${given.slice(0, 2).join(" and ")}`,
    expected: "expected one of the two",
  };
  return [
    ...(url === undefined ? [] : databaseUrlFaults(url, context)),
    ...(directUrl === undefined ? [] : databaseUrlFaults(directUrl, context, DIRECT_URL_KEY)),
    ...directUrlFaults(url, directUrl),
    ...(given.length > 1 ? [several] : []),
  ];
}

/** The schema goes there, if no rows do: prod's rules for a database hold for it. */
function rehearsalFaults(
  { rehearsal }: Partial<WrittenConfig>,
  { environment, rehearsalEncrypted: encrypted }: CrossContext,
): readonly Fault[] {
  if (rehearsal?.url === undefined) return [];
  return databaseUrlFaults(rehearsal.url, { environment, encrypted }, REHEARSAL_URL_KEY);
}

function replicaFaults(
  { replicas }: Partial<WrittenConfig>,
  { environment, replicasEncrypted }: CrossContext,
): readonly Fault[] {
  const context = { environment, encrypted: replicasEncrypted };
  return (replicas?.urls ?? []).flatMap((url, index) =>
    databaseUrlFaults(url, context, `${fullKey(["replicas", "urls"])}[${String(index)}]`),
  );
}

/** Requirement C1: prod only takes what passed before it, unless somebody says that nothing comes before. */
function promotionFaults(
  written: Partial<WrittenConfig>,
  { environment, stack }: CrossContext,
): readonly Fault[] {
  if (!("promoteFrom" in written)) return [];
  const key = fullKey(["promoteFrom"]);
  if (written.promoteFrom === stack) {
    return [{ key, seen: "this stack itself", expected: "expected the stack before it" }];
  }
  if (written.promoteFrom !== undefined || environment !== "prod") return [];
  const expected = `prod takes what another stack has verified: expected that stack's name, or "${NO_STACK}" where none comes before`;
  return [{ key, seen: "(nothing)", expected }];
}

function targetFaults({ target, release }: Partial<WrittenConfig>): readonly Fault[] {
  if (typeof target !== "object" || release === undefined) return [];
  if (Object.hasOwn(target, release)) return [];
  const seen = `only for ${Object.keys(target).join(", ")}`;
  return [{ key: fullKey(["target"]), seen, expected: `expected an entry for release ${release}` }];
}
