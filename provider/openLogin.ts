// The login that a release's app gets, before the app is started: made, tried, and on a cluster put where the pods find it.
import type { Client } from "pg";
import { parseUrl } from "../engine/drivers/postgres/target.ts";
import { ensureLogin } from "../engine/fence/ensureLogin.ts";
import { releasesWithoutRole } from "../engine/fence/fence.ts";
import { leaveLogins } from "../engine/fence/leaveLogins.ts";
import { loginSecretName } from "../engine/fence/releaseLogin.ts";
import { tryLogin } from "../engine/fence/tryLogin.ts";
import { releaseId } from "../engine/plan/release.ts";
import { withTarget } from "./ledgerRoute.ts";
import type { ResourceContext } from "./resource.ts";
import type { LoginInput, RolloutInputs } from "./schema.ts";

/**
 * Makes the release's login by `client`, which is lockstep's own. Without one in the inputs the app's own is opened again, where
 * an earlier release's drain closed it.
 * @throws LockstepError PRIVILEGE, CONFIG, CONNECTION, CLUSTER.
 */
export async function openLogin(
  client: Client,
  { release, route, login: input }: Pick<RolloutInputs, "release" | "route" | "login">,
  context: Pick<ResourceContext, "report">,
): Promise<void> {
  const { project, label, digest } = release;
  if (!input) return leaveLogins(client, digest);
  const { login } = input;
  const where = "the app's DATABASE_URL";
  const { user, display } = parseUrl(login.url, where);
  const id = releaseId(label, digest);
  const stack = `${project}/${release.stack}`;
  await ensureLogin(client, { login, stack, release: { digest, id }, where: display });
  await withTarget({ url: login.url, ...(route && { route }) }, context, tryLogin);
  await keepSecret(client, input, { stack, digest });
  context.report("info", `${id} logs in as ${user}, a role of its own`);
}

/**
 * One Secret for each release: the pods of the release before go on with theirs, and a rollback makes them again from it. Those
 * whose role was dropped go.
 */
async function keepSecret(
  client: Client,
  { login, secret }: LoginInput,
  { stack, digest }: { readonly stack: string; readonly digest: string },
): Promise<void> {
  if (!secret) return;
  const { openCluster } = await import("../engine/kubernetes/client.ts");
  const { deleteSecret, writeSecret } = await import("../engine/kubernetes/secrets.ts");
  const { base, key, labels } = secret;
  const cluster = await openCluster(secret.cluster);
  const name = loginSecretName(base, digest);
  await writeSecret(cluster, { name, labels, data: { [key]: login.url } });
  for (const gone of await releasesWithoutRole(client, stack)) {
    await deleteSecret(cluster, loginSecretName(base, gone));
  }
}
