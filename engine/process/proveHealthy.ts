// Waits until a started version answers as itself, or tells why it does not.
import { setTimeout as delay } from "node:timers/promises";
import type { Report } from "../events.ts";
import { askHealth, describeAnswer, type HealthAnswer } from "./health.ts";
import type { Launched } from "./launch.ts";
import { releaseIdOf } from "./spec.ts";

const POLL_MS = 100;

/** Why a version is not taken: in a few words. */
export interface Unproven {
  readonly failure: string;
}

/** What `proveHealthy` takes into account. */
export interface ProofContext {
  /** Whether the version before is gone: until then an answer without a release may be its. */
  readonly isAlone: () => boolean;
  /** In ms, from `startedMs` on. */
  readonly limitMs: number;
  /** On the clock of `performance.now()`. @default now */
  readonly startedMs?: number;
  readonly report: Report;
}

/**
 * Waits until the version's health URL answers 2xx and names this release (or names none, and nobody
 * else can be answering). Undefined when it did; otherwise why not. Never throws.
 */
export async function proveHealthy(
  launched: Launched,
  context: ProofContext,
): Promise<Unproven | undefined> {
  const { spec } = launched;
  const expected = releaseIdOf(spec.release);
  const { startedMs = performance.now() } = context;
  const limitS = Math.ceil(context.limitMs / 1000);
  let saidS = Math.floor((performance.now() - startedMs) / 1000);
  for (;;) {
    const answer = await askHealth(spec.port, spec.healthPath);
    // After the answer: whoever gave it may have been somebody else while this one had ended.
    const ending = await launched.ending();
    if (ending !== undefined) return { failure: ending };
    if (isProof(answer, expected, context.isAlone())) return undefined;
    const waitedMs = performance.now() - startedMs;
    if (waitedMs > context.limitMs) {
      return { failure: `${spec.healthPath} after ${limitS} s: ${explain(answer, expected)}` };
    }
    const waitedS = Math.floor(waitedMs / 1000);
    if (waitedS > saidS) {
      saidS = waitedS;
      const said = `waiting for ${spec.healthPath} ${waitedS}/${limitS} s: ${describeAnswer(answer)}`;
      context.report("progress", said);
    }
    await delay(POLL_MS);
  }
}

function isProof(answer: HealthAnswer, expected: string, isAlone: boolean): boolean {
  if (answer.kind === "silence" || answer.status < 200 || answer.status > 299) return false;
  return answer.releaseId === undefined ? isAlone : answer.releaseId === expected;
}

function explain(answer: HealthAnswer, expected: string): string {
  const said = describeAnswer(answer);
  const isOther = answer.kind === "answer" && answer.releaseId !== undefined;
  return isOther && answer.releaseId !== expected ? `${said}, expected ${expected}` : said;
}
