// What is wrong with webhooks that are each well-formed: a credential in plain text, or sent in the clear.
import { fullKey } from "./checkKeys.ts";
import type { Environment } from "./environment.ts";
import type { Fault } from "./faults.ts";
import type { WrittenConfig } from "./schema.ts";

/** Hosts that a request does not leave this machine for. */
export const OWN_HOSTS: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];

/** The faults of `notices`; none shows a URL. */
export function noticeFaults(
  notices: WrittenConfig["notices"] = [],
  context: {
    readonly environment: Environment | undefined;
    readonly noticesEncrypted: boolean;
  },
): readonly Fault[] {
  if (notices.length === 0) return [];
  const key = (at: number, name: string) => fullKey(["notices", at, name]);
  const plain: Fault = {
    key: key(0, "url"),
    seen: "in plain text",
    expected: `whoever knows it may post there: pulumi config set --secret --path '${key(0, "url")}' URL`,
  };
  const unsigned = notices.flatMap(({ kind, secret }, at): readonly Fault[] =>
    kind === "slack" && secret !== undefined
      ? [{ key: key(at, "secret"), expected: "Slack checks no signature: only for kind generic" }]
      : [],
  );
  const clear = notices.flatMap(({ url }, at): readonly Fault[] => {
    const { protocol, hostname } = new URL(url);
    if (context.environment !== "prod" || protocol === "https:") return [];
    if (OWN_HOSTS.includes(hostname)) return [];
    return [{ key: key(at, "url"), seen: "http://", expected: "prod posts by https:// only" }];
  });
  return [...(context.noticesEncrypted ? [] : [plain]), ...unsigned, ...clear];
}
