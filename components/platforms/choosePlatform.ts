// The platforms by name.
import { localPlatform } from "./local.ts";
import type { Platform } from "./platform.ts";

const PLATFORMS: Readonly<Record<Platform["kind"], Platform>> = { local: localPlatform };

/** The platform that a stack's config names. A new one is one entry here. */
export function choosePlatform(kind: Platform["kind"]): Platform {
  return PLATFORMS[kind];
}
