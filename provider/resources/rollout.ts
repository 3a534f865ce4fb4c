// Rollout: the ledger's leave for a release's Deployment; the cluster's own resource asks nobody.
import { isDeepStrictEqual } from "node:util";
import { isLockstepError } from "../../engine/errors/lockstepError.ts";
import { loginSecretName } from "../../engine/fence/releaseLogin.ts";
import { lookAtLedger } from "../ledgerLook.ts";
import { openExpanded } from "../openExpanded.ts";
import type { ResourceKind } from "../resource.ts";
import type { RolloutInputs, RolloutOutputs } from "../schema.ts";
import { isKnown } from "../unwrap.ts";

/** The resource kind behind `lockstep:index:Rollout`. */
export const rollout: ResourceKind<RolloutInputs, RolloutOutputs> = {
  secrets: ["url", "counterLogin", "replicas", "login"],

  async check(inputs) {
    return { inputs: { ...inputs, pending: await isPending(inputs) }, failures: [] };
  },

  isChanged: (saved, inputs) =>
    saved.verdict !== "pass" ||
    saved.digest !== inputs.release.digest ||
    saved.allowRetry !== inputs.allowRetry ||
    !isDeepStrictEqual(saved.login, inputs.login) ||
    inputs.pending === true,

  async apply({ pending: _, ...inputs }, context) {
    const { app } = inputs;
    await openExpanded(inputs, context, app && { ...inputs, app });
    context.report("info", "expand is applied: the app may be rolled out");
    const { digest, stack } = inputs.release;
    return { id: stack, outputs: { ...inputs, verdict: "pass", digest } };
  },

  async remove({ login, release }) {
    if (!login?.secret) return;
    const { openCluster } = await import("../../engine/kubernetes/client.ts");
    const { deleteSecret } = await import("../../engine/kubernetes/secrets.ts");
    const { cluster, base } = login.secret;
    await deleteSecret(await openCluster(cluster), loginSecretName(base, release.digest));
  },
};

/** Another release was under way since this one was let through: the ledger is asked again. */
async function isPending({ url, route, release }: RolloutInputs): Promise<boolean> {
  if (!isKnown(url)) return false;
  try {
    const { releases } = await lookAtLedger(url, route);
    return releases.at(-1)?.digest !== release.digest;
  } catch (error) {
    // Admission says what is wrong with the database.
    if (isLockstepError(error)) return false;
    throw error;
  }
}
