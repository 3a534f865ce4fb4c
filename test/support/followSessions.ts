// Follows all that a server logged of a runner, connection by connection, along the plan of its run.
import assert from "node:assert/strict";
import type { SqlPlan } from "../../engine/plan/sqlPlan.ts";
import { followPlan } from "./followPlan.ts";
import type { LoggedMessage } from "./tracedServer.ts";

/**
 * Follows each of a runner's connections along the plan; there is none that the plan does not know, and one that does the work.
 * @returns messages that were in the plan.
 */
export async function followSessions(
  plan: SqlPlan,
  logged: readonly LoggedMessage[],
): Promise<number> {
  const sessions = [...new Set(logged.map(({ session }) => session))];
  let matched = 0;
  for (const session of sessions) {
    const sent = logged.filter((one) => one.session === session).map(({ sql }) => sql);
    const isWork = /^lockstep:\d+$/.test(session);
    const work = [...plan.begin, ...plan.parts.flatMap(({ groups }) => groups), ...plan.end];
    const groups = isWork ? work : beside(plan)[session];
    assert.ok(groups, session);
    matched += (await followPlan(groups, sent)).matched;
  }
  assert.equal(sessions.filter((one) => /\d$/.test(one)).length, 1);
  return matched;
}

/** `lockstep:watch` looks how far a statement is that takes longer than a second, on a busy machine any of them. */
function beside(plan: SqlPlan): Readonly<Record<string, SqlPlan["look"]>> {
  return {
    "lockstep:migrate": plan.look,
    "lockstep:lease": plan.lease,
    "lockstep:watch": plan.look.slice(0, 1),
  };
}
