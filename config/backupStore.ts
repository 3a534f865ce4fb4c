// Where backups go and how they are sealed: what a stack says of it, and what is wrong with that.
import type { BackupStore } from "../engine/backup/store.ts";
import { fullKey } from "./checkKeys.ts";
import { databaseUrlFaults } from "./databaseUrl.ts";
import type { Environment } from "./environment.ts";
import type { Fault } from "./faults.ts";
import { OWN_HOSTS } from "./noticeFaults.ts";
import type { WrittenConfig } from "./schema.ts";

type Written = NonNullable<WrittenConfig["backup"]>;

/** Names in the block `backup` whose values are secrets. */
const BACKUP_SECRETS = ["key", "accessKey", "secretKey"] as const;

/** The store; empty where the stack says nothing of it. */
export function completeStore(written: Written = {}): { readonly store?: BackupStore } {
  const { key, bucket, endpoint, region, accessKey, secretKey, proofUrl } = written;
  const said = Object.entries({ key, bucket, endpoint, region, accessKey, secretKey, proofUrl });
  const store = said.filter(([, value]) => value !== undefined);
  return store.length === 0 ? {} : { store: Object.fromEntries(store) };
}

/** What a provider's own backups need; empty where the stack says nothing of it. */
export function completeProvider({ snapshot, drillMaxAge }: Written = {}): {
  readonly provider?: { readonly snapshot?: readonly string[]; readonly drillMaxAgeMs?: number };
} {
  if (snapshot === undefined && drillMaxAge === undefined) return {};
  const age = { ...(drillMaxAge !== undefined && { drillMaxAgeMs: drillMaxAge }) };
  return { provider: { ...(snapshot && { snapshot }), ...age } };
}

/** The faults of the block `backup`, none of which shows a secret. */
export function backupFaults(
  written: Written = {},
  context: { readonly environment: Environment | undefined; readonly backupEncrypted: boolean },
): readonly Fault[] {
  const { bucket, endpoint, region, accessKey, secretKey, key } = written;
  const at = (name: string) => fullKey(["backup", name]);
  const plain = BACKUP_SECRETS.filter((name) => written[name] !== undefined).map((name) => ({
    key: at(name),
    seen: "in plain text",
    expected: `a secret: pulumi config set --secret --path ${at(name)}`,
  }));
  const faults: Fault[] = context.backupEncrypted ? [] : [...plain];
  const needsBucket = { endpoint, region, accessKey, secretKey };
  for (const [name, value] of Object.entries(needsBucket)) {
    if (value === undefined || bucket !== undefined) continue;
    faults.push({ key: at(name), expected: `expected only beside ${at("bucket")}` });
  }
  for (const name of ["snapshot", "drillMaxAge"] as const) {
    if (written[name] === undefined || written.proof === "provider") continue;
    faults.push({ key: at(name), expected: `expected only with ${at("proof")} provider` });
  }
  if ((accessKey === undefined) !== (secretKey === undefined)) {
    const [lacks, has] =
      accessKey === undefined ? ["accessKey", "secretKey"] : ["secretKey", "accessKey"];
    faults.push({ key: at(lacks), seen: "(nothing)", expected: `expected beside ${at(has)}` });
  }
  if (endpoint !== undefined && context.environment === "prod" && key === undefined) {
    const { protocol, hostname } = new URL(endpoint);
    if (protocol !== "https:" && !OWN_HOSTS.includes(hostname)) {
      const expected = `prod sends backups by https://, or encrypted (${at("key")})`;
      faults.push({ key: at("endpoint"), seen: "http://", expected });
    }
  }
  if (written.proofUrl !== undefined) {
    const { environment, backupEncrypted: encrypted } = context;
    faults.push(...databaseUrlFaults(written.proofUrl, { environment, encrypted }, at("proofUrl")));
  }
  return faults;
}
