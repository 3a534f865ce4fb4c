// The plugin's line to the engine: what a resource says while it works, and whether the engine still lives.
import { credentials } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb.js";
import { redact } from "../engine/errors/formatError.ts";
import type { EventLevel, StepEvent } from "../engine/events.ts";

/** Lines of one resource that stay under Diagnostics; the rest is shown live only. */
const MOST_KEPT = 20;
/** Live lines come at most this often, ms. */
const LIVE_EVERY_MS = 100;
/** How often the engine is asked whether it lives, and how long it may take to answer, ms. */
const ALIVE_EVERY_MS = 1_000;

const SEVERITIES: Readonly<Record<EventLevel, LogSeverity>> = {
  progress: LogSeverity.INFO,
  info: LogSeverity.INFO,
  warn: LogSeverity.WARNING,
  error: LogSeverity.ERROR,
};

/** Speaks to the engine at one address. */
export class EngineLink {
  readonly #client: EngineClient;

  constructor(address: string) {
    this.#client = new EngineClient(address, credentials.createInsecure());
  }

  /** A sink for events of the resource `urn`: live progress in its row, the rest under Diagnostics. */
  sinkFor(urn: string): (event: StepEvent) => void {
    let kept = 0;
    let lastLive = 0;
    return ({ at, level, message }) => {
      const live = level === "progress" || (level === "info" && kept >= MOST_KEPT);
      if (!live) kept += 1;
      const now = performance.now();
      if (live && now - lastLive < LIVE_EVERY_MS) return;
      lastLive = now;
      // Kept lines stand apart from their time, so they carry it; a live line is always now.
      this.#log(urn, {
        severity: SEVERITIES[level],
        message: live ? message : `${at.slice(11, 19)} ${message}`,
        live,
      });
    };
  }

  /** Calls `onGone` once, when the engine no longer answers: kill -9 leaves no other sign. */
  watch(onGone: () => void): void {
    const check = () => {
      this.#client.waitForReady(Date.now() + ALIVE_EVERY_MS * 2, (error) => {
        if (error) onGone();
        else setTimeout(check, ALIVE_EVERY_MS).unref();
      });
    };
    check();
  }

  /** Ends the connection. */
  close(): void {
    this.#client.close();
  }

  #log(
    urn: string,
    line: { readonly severity: LogSeverity; readonly message: string; readonly live: boolean },
  ): void {
    const request = new LogRequest();
    request.setSeverity(line.severity);
    request.setMessage(redact(line.message));
    request.setUrn(urn);
    request.setEphemeral(line.live);
    this.#client.log(request, () => undefined);
  }
}
