// The way to a ledger whose host may not be reached from here: directly, else by a relay's pod.
import { isNoWay } from "../engine/drivers/postgres/directDial.ts";
import type { DatabaseTarget } from "../engine/drivers/postgres/target.ts";
import { dialOnce } from "./directWay.ts";
import { targetOf } from "./ledgerLook.ts";
import type { ResourceContext } from "./resource.ts";
import type { DatabaseRoute } from "./schema.ts";

/**
 * Hands `use` the target by whatever way there is. Only for work that may change the cluster: where the host
 * is not reached, a pod is started that relays to it, and deleted after.
 */
export async function withTarget<T>(
  { url, route }: { readonly url: string; readonly route?: DatabaseRoute },
  { report }: Pick<ResourceContext, "report">,
  use: (target: DatabaseTarget) => Promise<T>,
): Promise<T> {
  const target = targetOf(url, route);
  if (route === undefined || !("relay" in route)) return use(target);
  const { RelayPod } = await import("../engine/kubernetes/relayPod.ts");
  const { host, port } = target;
  const pod = new RelayPod({ cluster: route.cluster, ...route.relay, host, port }, report);
  const dial = async () => {
    try {
      return await dialOnce(target);
    } catch (error) {
      if (!isNoWay(error)) throw error;
      return pod.dial();
    }
  };
  try {
    return await use({ ...target, dial });
  } finally {
    await pod.end();
  }
}
