// `npm run up`: sets up, selects the stack and runs `pulumi up`; what follows `--` goes to Pulumi.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { follow, runForeground } from "./command.mjs";
import { localEnvironment } from "./environment.mjs";
import { rootFolder } from "./paths.mjs";
import { runMain, ToolchainError } from "./progress.mjs";
import { ensureSetup } from "./setup.mjs";
import { planUp } from "./upArguments.mjs";

await runMain(async () => {
  const { stack, args } = planUp(process.argv.slice(2));
  const setup = await ensureSetup();
  const env = { ...process.env, ...localEnvironment(setup) };
  await selectStack(setup.pulumi, stack, env);
  return runForeground(setup.pulumi, args, { cwd: rootFolder, env });
});

/**
 * Selects the stack, so that `pulumi preview` and the like mean the same one afterwards. It is created where the project has a file
 * for it; a mistyped name is not.
 * @param {string} pulumi
 * @param {string} stack
 * @param {NodeJS.ProcessEnv} env
 */
async function selectStack(pulumi, stack, env) {
  const known = existsSync(join(rootFolder, `Pulumi.${stack.split("/").at(-1)}.yaml`));
  const args = ["stack", "select", stack, "--non-interactive", ...(known ? ["--create"] : [])];
  const result = await follow(pulumi, args, { cwd: rootFolder, env });
  if (result.code === 0) return;
  throw new ToolchainError(
    `the stack ${stack} cannot be selected: pulumi stack select ended with ${result.code}.\n` +
      result.tail.map((line) => `  pulumi    ${line}\n`).join("") +
      (known
        ? "  remedy    correct what Pulumi says, then run the same command again"
        : `  remedy    check the name, or make Pulumi.${stack}.yaml for a new stack, then run the same command again`),
  );
}
