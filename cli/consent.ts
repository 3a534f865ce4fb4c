// A yes from a person, or from `--yes` where there is no terminal.
import { LockstepError } from "../engine/errors/lockstepError.ts";
import type { CommandContext } from "./context.ts";

/**
 * Whether to go on.
 * @throws LockstepError USAGE without `--yes` where nobody can be asked.
 */
export async function askForYes(
  context: CommandContext,
  options: { readonly yes?: boolean; readonly question: string; readonly command: string },
): Promise<boolean> {
  if (options.yes) return true;
  const answer = await context.ask(options.question);
  if (answer !== undefined) return answer;
  throw new LockstepError("USAGE", "This needs a yes, and there is no terminal to ask at", {
    seen: options.question,
    next: `read the above, then: ${options.command} --yes`,
  });
}
