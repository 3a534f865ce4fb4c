// Admission: what only the ledger can tell against a release, asked in every preview and every up.
import type { Client } from "pg";
import { connectWhenReady, close } from "../../engine/drivers/postgres/connect.ts";
import { isNoWay } from "../../engine/drivers/postgres/directDial.ts";
import type { DatabaseTarget } from "../../engine/drivers/postgres/target.ts";
import { isLockstepError, LockstepError } from "../../engine/errors/lockstepError.ts";
import type { Report } from "../../engine/events.ts";
import { readLedger, type LedgerState } from "../../engine/ledger/ledger.ts";
import { ensureMayChangeSchema } from "../../engine/ledger/privileges.ts";
import { ensureAdmissible } from "../../engine/ledger/releases.ts";
import { readMaintenance } from "../../engine/maintenance/row.ts";
import { isDone } from "../../engine/plan/done.ts";
import { NO_FILES } from "../../engine/plan/planRun.ts";
import { waitingFor, waitingLines } from "../../engine/plan/promoted.ts";
import { planReleaseFiles } from "../../engine/plan/releaseFiles.ts";
import { ensureServerKnows } from "../../engine/plan/serverFit.ts";
import { describeSoak } from "../../engine/soak/soakPolicy.ts";
import { fileId } from "../../engine/sources/fileId.ts";
import type { Migration } from "../../engine/sources/migration.ts";
import { admitByNotes } from "../admitByNotes.ts";
import { loadMigrations, targetOf } from "../ledgerLook.ts";
import { withTarget } from "../ledgerRoute.ts";
import { tellRehearsal } from "../rehearsal.ts";
import { rememberLedger } from "../rememberLedger.ts";
import type { ResourceContext, ResourceKind } from "../resource.ts";
import type { AdmissionInputs, AdmissionOutputs, LedgerMemory } from "../schema.ts";
import { tellDrift } from "../schemaLook.ts";
import { releaseScope, tellFirstPlan, tellPlan, tellUnseenPlan } from "../tellPlan.ts";
import { isKnown } from "../unwrap.ts";

/** The resource kind behind `lockstep:index:Admission`. */
export const admission: ResourceKind<AdmissionInputs, AdmissionOutputs> = {
  secrets: ["url", "rehearsalUrl"],

  async check(inputs, context, before) {
    ensureSamePlatform(inputs, before);
    if (!isKnown(inputs.url)) {
      context.report("info", "the database is not there yet: everything is pending");
      const migrations = await loadMigrations(inputs.migrations);
      if (inputs.rehearsalRequired === true) {
        await tellRehearsal({ inputs, migrations, target: undefined, context });
      }
      await tellFirstPlan(inputs, migrations, context);
      return { inputs, failures: [] };
    }
    // A server of lockstep's own may be stopped now and started by this very update; apply waits for it.
    const { managed, route } = inputs;
    const hasRelay = route !== undefined && "relay" in route;
    const wait = managed || hasRelay ? { attempts: 1, intervalMs: 0 } : inputs.wait;
    const target = targetOf(inputs.url, route);
    try {
      const { open = [] } = await admit(inputs, { target, wait }, context);
      if (inputs.migrations.target === NO_FILES && open.length > 0)
        return { inputs: { ...inputs, leftOut: open }, failures: [] };
    } catch (error) {
      if (!isLockstepError(error) || error.code !== "CONNECTION") throw error;
      if (hasRelay && isNoWay(error.cause)) await admitByNotes(inputs, route, context);
      else if (managed)
        context.report("warn", "the database is not running: what is pending can't be seen");
      else throw error;
      tellUnseenPlan(inputs, context);
      if (before?.release === undefined) await tellWithout(undefined, inputs, context);
      return { inputs: { ...inputs, unseen: true }, failures: [] };
    }
    return { inputs, failures: [] };
  },

  isChanged: (saved, inputs) =>
    saved.verdict !== "pass" || saved.digest !== inputs.release.digest || inputs.unseen === true,

  async foretell(saved, inputs, context) {
    if (inputs.unseen === true) await tellWithout(saved, inputs, context);
  },

  async apply(inputs, context) {
    // The check has just told what is pending; here it counts only that nothing is refused.
    const quiet: ResourceContext = { ...context, report: tellWaitOnly(context) };
    const ledger = await withTarget(inputs, context, (target) =>
      admit(inputs, { target, wait: inputs.wait }, inputs.unseen ? context : quiet),
    );
    const { digest } = inputs.release;
    return { id: inputs.release.stack, outputs: { ...inputs, ledger, verdict: "pass", digest } };
  },
};

/**
 * What runs and holds data on one platform is not found from the other, which would begin with an empty database.
 * States from before there was a choice are local ones.
 */
function ensureSamePlatform(inputs: AdmissionInputs, before: Partial<AdmissionInputs> = {}): void {
  if (before.release === undefined) return;
  const { platform = "local" } = before;
  if (platform === inputs.platform) return;
  const { stack } = inputs.release;
  throw new LockstepError("CONFIG", "A stack's platform can't be changed", {
    where: `lockstep:platform of stack ${stack}`,
    seen: `${inputs.platform}, and the stack runs on ${platform}`,
    likely: "the app and the data of the one platform are not on the other",
    next: `pulumi config set --stack ${stack} lockstep:platform ${platform}, and for ${inputs.platform} make another stack: pulumi stack init NAME`,
  });
}

function tellWaitOnly({ report }: ResourceContext): Report {
  return (level, message, data) => {
    if (level !== "info" && data?.lint === undefined) report(level, message, data);
  };
}

async function admit(
  inputs: AdmissionInputs,
  { target, wait }: { readonly target: DatabaseTarget; readonly wait: AdmissionInputs["wait"] },
  context: ResourceContext,
): Promise<LedgerMemory> {
  const { report, signal } = context;
  const options = { applicationName: "lockstep:admission", ...wait, report, signal };
  const client = await connectWhenReady(target, options);
  try {
    const ledger = await readLedger(client);
    const { release, allowRetry } = inputs;
    ensureAdmissible(ledger.releases, { ...release, ...(allowRetry && { allowRetry }) });
    const migrations = await loadMigrations(inputs.migrations);
    const { open, waiting, initial } = tellPending(inputs, { ledger, migrations, context });
    await tellPlan(client, { inputs, ledger, migrations, context });
    const { target: last } = inputs.migrations;
    const memory = rememberLedger(migrations, {
      open: [...open, ...waiting],
      target: last === NO_FILES ? undefined : last,
    });
    const look = { inputs, migrations, target, context };
    if (ledger.exists) await tellDrift(client, look);
    if (ledger.exists) await tellMaintenance(client, report);
    await ensureServerKnows(client, open);
    if (open.length === 0) return memory;
    await ensureMayChangeSchema(client, target.display);
    // Only here: an update that changes nothing loads neither the parser nor the rules.
    const { tellFindings } = await import("../tellFindings.ts");
    const findings = await tellFindings(inputs, { migrations, open }, { client, report });
    const { tellRisk } = await import("../tellRisk.ts");
    await tellRisk(inputs, { client, ledger, migrations, open, initial, findings }, context);
    await tellRehearsal(look);
    return memory;
  } finally {
    await close(client);
  }
}

/** Whatever keeps users away from the app keeps them away from the new one, too. */
async function tellMaintenance(client: Client, report: Report): Promise<void> {
  for (const { heldBy, who, since, reason } of await readMaintenance(client)) {
    const on = `maintenance mode is on since ${since.toISOString()} by ${who}: ${reason}`;
    const then = heldBy === "person" ? "; the gate will see no users" : "";
    report("warn", `${on}${then} (npx lockstep maintenance off)`);
  }
}

/** Only here: an update that reaches the ledger needs none of it. */
async function tellWithout(
  saved: AdmissionOutputs | undefined,
  inputs: AdmissionInputs,
  context: ResourceContext,
): Promise<void> {
  const { tellUnseen } = await import("../unseenLook.ts");
  await tellUnseen(inputs, saved, context);
}

/** What contract would take for good, and what could be given back. */
function tellSoak(files: readonly Migration[], { report }: ResourceContext): void {
  for (const file of files) {
    const how = describeSoak(file);
    if (how !== undefined) report(file.soak ? "info" : "warn", `${fileId(file)} ${how}`);
  }
}

interface Pending {
  readonly open: readonly Migration[];
  readonly waiting: readonly Migration[];
  readonly initial: boolean;
}

/** Says what will run and what waits; throws what planning refuses. Returns the files that will run, those that wait, and whether the database is empty. */
function tellPending(
  inputs: AdmissionInputs,
  facts: {
    readonly ledger: LedgerState;
    readonly migrations: readonly Migration[];
    readonly context: ResourceContext;
  },
): Pending {
  const { ledger, migrations, context } = facts;
  const { stack } = inputs.release;
  const { promoted } = inputs.migrations;
  const { expand, contract, waiting, initial } = planReleaseFiles(
    ledger,
    releaseScope(inputs, migrations),
  );
  const names = (files: readonly Migration[]) => files.map(fileId).join(", ");
  if (expand.length > 0) {
    const how = initial ? "the database is empty; to apply in file order" : "to expand";
    context.report("info", `${how}: ${names(expand)}`);
  }
  if (contract.length > 0) context.report("info", `to contract, approved: ${names(contract)}`);
  const left = leftOut(inputs, facts);
  if (left.length > 0)
    context.report(
      "warn",
      `left out, for lockstep:risk.mode is skip: ${names(left)}; the app is released without them, and they stay pending`,
    );
  if (!initial) tellSoak([...contract, ...waiting], context);
  for (const line of waitingLines(waitingFor(waiting.map(fileId), { stack, promoted }))) {
    context.report("info", line);
  }
  return { open: [...expand, ...contract], waiting: [...waiting, ...left], initial };
}

/** Files that are not applied, of a release that takes none. */
function leftOut(
  { migrations: folder }: AdmissionInputs,
  {
    ledger,
    migrations,
  }: { readonly ledger: LedgerState; readonly migrations: readonly Migration[] },
): readonly Migration[] {
  if (folder.target !== NO_FILES) return [];
  const rows = new Map(ledger.applied.map((row) => [row.number, row]));
  return migrations.filter((file) => !isDone(file, rows.get(file.order)));
}
