// A key of a stack's config that is encrypted: only Pulumi can read it, so its CLI is asked.
import { execa, ExecaError } from "execa";
import { LockstepError } from "../engine/errors/lockstepError.ts";

/** `pulumi config get` may open the stack's state somewhere far away, ms. */
const TIMEOUT_MS = 60_000;

/** Where to look. */
export interface SecretPlace {
  readonly cwd: string;
  readonly stack: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/**
 * The decrypted value of `key` (`lockstep:notices`); undefined where the stack has none.
 * @throws LockstepError CONFIG where Pulumi cannot say: not on PATH, no such stack, no passphrase.
 */
export async function readStackSecret(key: string, place: SecretPlace): Promise<unknown> {
  const { cwd, stack, env, signal } = place;
  const args = ["config", "get", key, "--json", "--stack", stack, "--non-interactive"];
  try {
    const { stdout } = await execa("pulumi", args, {
      ...{ cwd, env, extendEnv: false, stdin: "ignore", timeout: TIMEOUT_MS },
      cancelSignal: signal,
    });
    const { value, objectValue } = JSON.parse(stdout) as {
      readonly value?: string;
      readonly objectValue?: unknown;
    };
    return objectValue ?? value;
  } catch (error) {
    const said =
      error instanceof ExecaError && typeof error.stderr === "string" ? error.stderr : "";
    if (/configuration key .* not found/.test(said)) return undefined;
    throw unreadable(key, place, { error, said });
  }
}

function unreadable(
  key: string,
  { stack }: SecretPlace,
  { error, said }: { readonly error: unknown; readonly said: string },
): LockstepError {
  const isMissing = error instanceof ExecaError && error.code === "ENOENT";
  return new LockstepError("CONFIG", `Pulumi does not tell ${key} of stack ${stack}`, {
    where: `Pulumi.${stack}.yaml`,
    seen: isMissing ? "there is no pulumi on PATH" : said.trim() || "no answer",
    likely: isMissing
      ? "the shell was not told where lockstep keeps it"
      : "the stack is called otherwise, or PULUMI_BACKEND_URL or PULUMI_CONFIG_PASSPHRASE is not set",
    next: isMissing ? 'eval "$(npm run -s env)"' : `pulumi config get ${key} --stack ${stack}`,
    cause: error,
  });
}
