#!/usr/bin/env node
// The `lockstep` command: loads cli/main.ts in its compiled form.

import { launch } from "../toolchain/launch.mjs";

await launch("cli");
