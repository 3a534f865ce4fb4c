// Asks a process whether it is well, and which release it is.

const PROBE_LIMIT_MS = 2_000;
const MAX_BODY_BYTES = 64 * 1024;

/** What a health URL said, or why it said nothing. */
export type HealthAnswer =
  | { readonly kind: "answer"; readonly status: number; readonly releaseId: string | undefined }
  | { readonly kind: "silence"; readonly reason: string };

/**
 * One request to `http://127.0.0.1:port` + `path`, at most 2 s. `releaseId` is the `release` of a JSON
 * answer. Never throws.
 */
export async function askHealth(port: number, path: string): Promise<HealthAnswer> {
  try {
    // No connection is kept: the next one must reach whoever has the port by then.
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      signal: AbortSignal.timeout(PROBE_LIMIT_MS),
      headers: { connection: "close" },
      redirect: "manual",
    });
    const text = (await response.text()).slice(0, MAX_BODY_BYTES);
    return { kind: "answer", status: response.status, releaseId: releaseIn(text) };
  } catch (error) {
    return { kind: "silence", reason: reasonOf(error) };
  }
}

/** The answer in a few words. */
export function describeAnswer(answer: HealthAnswer): string {
  if (answer.kind === "silence") return answer.reason;
  return `status ${answer.status}` + (answer.releaseId ? ` from release ${answer.releaseId}` : "");
}

function releaseIn(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || !("release" in value)) return undefined;
    return typeof value.release === "string" ? value.release : undefined;
  } catch {
    return undefined;
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return `no answer within ${PROBE_LIMIT_MS / 1000} s`;
  const { cause } = error;
  if (cause instanceof Error && "code" in cause && cause.code === "ECONNREFUSED") {
    return "connection refused";
  }
  return cause instanceof Error ? cause.message : error.message;
}
