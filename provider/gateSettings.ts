// A gate's settings as the engine takes them: with the login that travels apart from them, and the release's id filled in.
import { releaseId } from "../engine/plan/release.ts";
import type { GateSettings, HealthGateInputs } from "./schema.ts";

/** The settings of `inputs`; `${releaseId}` in a selector is what the app is told that it is. */
export function gateSettings(
  inputs: Pick<HealthGateInputs, "settings" | "counterLogin" | "release">,
): GateSettings {
  const { settings, counterLogin, release } = inputs;
  const { counters } = settings;
  if (counters?.kind !== "promql") return settings;
  const id = releaseId(release.label, release.digest);
  const selector = counters.selector.replaceAll("${releaseId}", id);
  const login = counterLogin === undefined ? {} : { authorization: counterLogin };
  return { ...settings, counters: { ...counters, selector, ...login } };
}
