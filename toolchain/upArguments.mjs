// Turns the arguments of `npm run up` into a stack and the arguments of `pulumi`.

/** The stack of those who only want to see it run; nobody depends on it, so its updates ask no question. */
const defaultStack = "dev";

/**
 * Finds the stack among the arguments and says what to run. On dev the update goes ahead without a question, elsewhere Pulumi asks
 * unless `--yes` is given.
 * @param {string[]} given what the user typed after `npm run up --`
 * @returns {{ stack: string, args: string[] }} arguments for `pulumi`
 */
export function planUp(given) {
  const { stack = defaultStack, rest } = takeStack(given);
  const asks =
    stack !== defaultStack || rest.some((arg) => ["--yes", "-y", "--preview-only"].includes(arg));
  return { stack, args: ["up", "--stack", stack, ...(asks ? [] : ["--yes"]), ...rest] };
}

/**
 * @param {string[]} args
 * @returns {{ stack?: string, rest: string[] }}
 */
function takeStack(args) {
  for (const [index, arg] of args.entries()) {
    const joined = /^(?:--stack|-s)=(.+)$/.exec(arg)?.[1];
    if (joined) return { stack: joined, rest: args.toSpliced(index, 1) };
    const next = args[index + 1];
    if ((arg === "--stack" || arg === "-s") && next)
      return { stack: next, rest: args.toSpliced(index, 2) };
  }
  return { rest: args };
}
