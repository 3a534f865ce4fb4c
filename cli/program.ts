// All commands with their help; none of them is loaded here.
import { Command } from "commander";
import packageJson from "../package.json" with { type: "json" };
import { declareBackups } from "./declarations/backups.ts";
import type { CallHandler } from "./declarations/declare.ts";
import { declareFiles } from "./declarations/files.ts";
import { declareHealth } from "./declarations/health.ts";
import { declareMaintenance } from "./declarations/maintenance.ts";
import { declareNotices } from "./declarations/notices.ts";
import { declareRecovery } from "./declarations/recovery.ts";
import { declareRuns } from "./declarations/runs.ts";
import { declareSoak } from "./declarations/soak.ts";
import { declareState } from "./declarations/state.ts";
import { declareSync } from "./declarations/sync.ts";

/** What to do with what was called. */
export interface Handlers {
  readonly call: CallHandler;
  /** The plugin's own command. */
  readonly step: () => Promise<void>;
  readonly relay: () => Promise<void>;
}

/** The program; it throws commander's errors instead of ending the process. */
export function buildProgram(handlers: Handlers): Command {
  const program = new Command("lockstep")
    .description(
      "Carries a PostgreSQL schema change and the app that needs it to production as one release.",
    )
    .version(packageJson.version, "-V, --version", "print the version")
    .helpCommand("help [command]", "show a command's help")
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
    .addHelpText(
      "after",
      [
        "",
        "The database comes from DIRECT_URL (past a pooler), DATABASE_URL, or from DB_HOST, DB_PORT, DB_NAME, DB_USER, DB_PASSWORD and DB_SSLMODE.",
        "",
        "Exit codes:",
        "  0 done, 1 failed, 2 bad input or usage, 3 refused, 4 lease not obtained in time, 130 interrupted",
      ].join("\n"),
    );
  declareFiles(program, handlers.call);
  declareSync(program, handlers.call);
  declareState(program, handlers.call);
  declareRuns(program, handlers.call);
  declareRecovery(program, handlers.call);
  declareSoak(program, handlers.call);
  declareBackups(program, handlers.call);
  declareHealth(program, handlers.call);
  declareNotices(program, handlers.call);
  declareMaintenance(program, handlers.call);
  program
    .command("step", { hidden: true })
    .description("Runs one step of a release; the plugin calls it, with LOCKSTEP_STEP set.")
    .action(handlers.step);
  program
    .command("relay", { hidden: true })
    .description("Relays to a database; the plugin starts it in a pod, with LOCKSTEP_RELAY_TO set.")
    .action(handlers.relay);
  return program;
}
