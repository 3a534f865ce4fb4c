// The `lockstep` command: reads its arguments, runs one command, sets the exit code.
import { runCli } from "./runCli.ts";

process.exitCode = await runCli(process.argv.slice(2));
