// Builds the Pulumi CLI from its published Go module, for sites that reach a Go module proxy but not Pulumi's downloads.

import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { follow, readOutput } from "./command.mjs";
import { findOnPath, rootFolder } from "./paths.mjs";
import { minimumGoVersion, pulumiVersion } from "./pins.mjs";
import { progress, ToolchainError } from "./progress.mjs";
import { isAtLeast } from "./versions.mjs";

/** Packages that one cold build compiles (counted with `go build -v`, Go 1.26, linux); only for the progress line. */
const packagesInBuild = 1650;

/** How often a progress line is printed while building, in ms. */
const progressMs = 15_000;

/**
 * Finds a Go toolchain that is new enough.
 * @returns {{ ok: true, path: string } | { ok: false, reason: string }}
 */
export function findGo() {
  const path = findOnPath("go", process.env.PATH) ?? findOnPath("go", "/usr/local/go/bin");
  if (!path) return { ok: false, reason: "no `go` on PATH" };
  // The version of the installed toolchain itself, not of one that a go.mod would make it fetch.
  const version = readOutput(path, ["version"], { env: { ...process.env, GOTOOLCHAIN: "local" } });
  if (!version || !isAtLeast(version, minimumGoVersion)) {
    return {
      ok: false,
      reason: `${path} is ${version ?? "not working"}; ${minimumGoVersion} or newer is needed`,
    };
  }
  return { ok: true, path };
}

/**
 * Builds the CLI into `folder/bin/pulumi`: about 5 minutes on 2 cores with nothing cached, seconds afterwards.
 * @param {string} go path of the Go command
 * @param {string} folder is created
 * @throws {ToolchainError} where the build fails
 */
export async function buildPulumi(go, folder) {
  progress(
    `building the Pulumi CLI ${pulumiVersion} from its Go module: about 5 minutes on 2 cores, once for this user`,
  );
  const binary = join(folder, "bin", "pulumi");
  const source = `${folder}-module`;
  mkdirSync(join(folder, "bin"), { recursive: true });
  mkdirSync(source);
  // A copy, because an installed package may lie where this user cannot write, and Go wants to lock go.mod.
  for (const name of ["go.mod", "go.sum"]) {
    copyFileSync(join(rootFolder, "toolchain", "pulumi-cli", name), join(source, name));
  }
  const started = performance.now();
  let fetched = 0;
  let compiled = 0;
  const timer = setInterval(() => {
    const seconds = Math.round((performance.now() - started) / 1000);
    progress(
      `  ${seconds} s: ${fetched} modules fetched, ${compiled} of about ${packagesInBuild} packages compiled`,
    );
  }, progressMs);
  const result = await follow(go, buildArguments(binary), {
    cwd: source,
    env: buildEnvironment(),
    onLine: (line) => {
      if (line.startsWith("go: downloading")) fetched += 1;
      else compiled += 1;
    },
  });
  clearInterval(timer);
  if (result.code !== 0) {
    throw new ToolchainError(
      `the Pulumi CLI could not be built: go build ended with ${result.code}.\n` +
        result.tail
          .slice(-12)
          .map((line) => `  go        ${line}\n`)
          .join("") +
        "  remedy    check that a Go module proxy is reachable (`go env GOPROXY`) and that 4 GB of disk are free,\n" +
        "            then run the same command again: what is compiled already is kept",
    );
  }
  progress(`built in ${Math.round((performance.now() - started) / 1000)} s`);
}

/** @param {string} binary @returns {string[]} */
function buildArguments(binary) {
  const version = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";
  return [
    "build",
    "-v",
    "-trimpath",
    // Without it, go asks git about the folder around, which may belong to somebody else.
    "-buildvcs=false",
    "-ldflags",
    `-s -w -X ${version}=v${pulumiVersion}`,
    "-o",
    binary,
    "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
  ];
}

/** @returns {NodeJS.ProcessEnv} one in which go changes no file of ours, fetches no other toolchain and needs no C compiler */
function buildEnvironment() {
  return {
    ...process.env,
    GOFLAGS: "-mod=readonly",
    GOWORK: "off",
    GOTOOLCHAIN: "local",
    CGO_ENABLED: "0",
  };
}
