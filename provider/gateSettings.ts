// A gate's settings as the engine takes them: with the login that travels apart from them, and the release's names filled in.
import type { GateSettings } from "./schema.ts";

/**
 * `settings` for the release `id` (`1.1-3f9c2ab41c07`): in a selector `${releaseId}` is the id and `${release}` its
 * label.
 */
export function gateSettings(
  settings: GateSettings,
  { id, login }: { readonly id: string; readonly login: string | undefined },
): GateSettings {
  const { counters } = settings;
  if (counters?.kind !== "promql") return settings;
  const selector = counters.selector
    .replaceAll("${releaseId}", id)
    .replaceAll("${release}", id.replace(/-[0-9a-f]+$/, ""));
  const authorization = login === undefined ? {} : { authorization: login };
  return { ...settings, counters: { ...counters, selector, ...authorization } };
}
