// Telling a Job's sidecars that its work is done: without that they keep the Job open.

/** A sidecar that does not answer within this time is left to the Job's deadline, ms. */
const ANSWER_WITHIN_MS = 2_000;

/**
 * POSTs to each address of LOCKSTEP_QUIT_URL (separated by commas), such as Istio's
 * `http://127.0.0.1:15020/quitquitquit`. The step is over by then, so a failure changes nothing.
 * @returns the addresses that did not take it
 */
export async function quitSidecars(
  env: Readonly<Record<string, string | undefined>>,
): Promise<readonly string[]> {
  const urls = (env.LOCKSTEP_QUIT_URL ?? "").split(",").map((url) => url.trim());
  const refused = await Promise.all(
    urls.filter(Boolean).map(async (url) => !(await quit(url)) && url),
  );
  return refused.filter((url) => url !== false);
}

async function quit(url: string): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
    const { ok } = await fetch(url, { method: "POST", signal });
    return ok;
  } catch {
    return false;
  }
}
