// The app of a handle on the local platform.
import { LockstepError } from "../engine/errors/lockstepError.ts";
import type { AppHandle } from "./schema.ts";

/**
 * The process behind `app`.
 * @throws LockstepError CONFIG where the app is not a process of this machine.
 */
export function processOf(app: AppHandle): string {
  if (app.kind === "local") return app.process;
  throw new LockstepError("CONFIG", "This app is not a process of this machine", {
    seen: app.kind,
    next: "set lockstep:platform to local",
  });
}
