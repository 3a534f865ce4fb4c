// Builds the cluster's programs from their published Go modules, once for each user and version.
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
} from "node:fs";
import { join } from "node:path";
import { follow } from "../../../toolchain/command.mjs";
import { withLock } from "../../../toolchain/lock.mjs";
import { cacheFolder, rootFolder } from "../../../toolchain/paths.mjs";
import { progress, ToolchainError } from "../../../toolchain/progress.mjs";
import { findGo } from "../../../toolchain/pulumiBuild.mjs";

/** The Kubernetes that is built; the same version stands in kubernetes/go.mod. */
const kubernetesVersion = "v1.34.4";

interface GoModule {
  /** Folder below test/cluster with go.mod and go.sum. */
  readonly folder: string;
  /** Its own Go files. */
  readonly sources: readonly string[];
  readonly packages: readonly string[];
  readonly linkerFlags: string;
  /** Packages that one cold build compiles, counted with `go build -v`; only for the progress line. */
  readonly packagesInBuild: number;
}

const version = "k8s.io/component-base/version";
const kubernetesModule: GoModule = {
  folder: "kubernetes",
  sources: [],
  packages: [
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kubelet",
    "kube-proxy",
  ].map((name) => `k8s.io/kubernetes/cmd/${name}`),
  linkerFlags: `-s -w -X ${version}.gitVersion=${kubernetesVersion} -X ${version}.gitMajor=1 -X ${version}.gitMinor=34`,
  packagesInBuild: 2200,
};
const addonsModule: GoModule = {
  folder: "addons",
  sources: ["coredns/main.go", "pause/main.go", "provisioner/main.go"],
  packages: ["./coredns", "./pause", "./provisioner"],
  linkerFlags: "-s -w",
  packagesInBuild: 600,
};
/** A module of its own: it is built against a later Kubernetes library than the rest. */
const metricsModule: GoModule = {
  folder: "metrics",
  sources: [],
  packages: ["sigs.k8s.io/metrics-server/cmd/metrics-server"],
  linkerFlags: "-s -w",
  packagesInBuild: 800,
};

/** How often a progress line is printed while building, ms. */
const PROGRESS_MS = 15_000;

/** Where the programs lie, by the module that they come from. */
export interface ClusterPrograms {
  /** kube-apiserver, kube-controller-manager, kube-scheduler, kubelet, kube-proxy. */
  readonly kubernetes: string;
  /** coredns, pause, provisioner. */
  readonly addons: string;
  /** metrics-server. */
  readonly metrics: string;
}

/**
 * The programs of the cluster. Cold it takes 8 minutes on 2 cores; afterwards they come from the cache.
 * Throws ToolchainError where Go is missing or a build fails.
 */
export async function ensurePrograms(): Promise<ClusterPrograms> {
  const kubernetes = await ensureModule(kubernetesModule);
  const addons = await ensureModule(addonsModule);
  return { kubernetes, addons, metrics: await ensureModule(metricsModule) };
}

async function ensureModule(module: GoModule): Promise<string> {
  const target = join(cacheFolder(), `cluster-${module.folder}-${sourceDigest(module)}`);
  if (existsSync(target)) return target;
  mkdirSync(cacheFolder(), { recursive: true, mode: 0o700 });
  return withLock(
    join(cacheFolder(), "locks", "cluster"),
    "the programs of Kubernetes",
    async () => {
      if (existsSync(target)) return target;
      const go = findGo();
      if (!go.ok) {
        throw new ToolchainError(
          `the programs of the test cluster cannot be built: ${go.reason}.\n` +
            "  remedy    install Go (https://go.dev/dl/), or name a cluster: KUBECONFIG=FILE npm run test:cluster",
        );
      }
      const work = mkdtempSync(join(cacheFolder(), "incoming-"));
      try {
        await build(go.path, module, work);
        renameSync(join(work, "bin"), target);
      } finally {
        rmSync(work, { recursive: true, force: true });
      }
      return target;
    },
  );
}

/** Names what is built: all files that go into it, and the machine it is for. */
function sourceDigest(module: GoModule): string {
  const hash = createHash("sha256");
  hash.update(`${process.platform} ${process.arch} ${module.linkerFlags}`);
  for (const file of ["go.mod", "go.sum", ...module.sources]) {
    hash.update(readFileSync(join(rootFolder, "test/cluster", module.folder, file)));
  }
  return hash.digest("hex").slice(0, 12);
}

async function build(go: string, module: GoModule, work: string): Promise<void> {
  const source = join(work, module.folder);
  // A copy, because go wants to lock go.mod.
  cpSync(join(rootFolder, "test/cluster", module.folder), source, { recursive: true });
  mkdirSync(join(work, "bin"), { recursive: true });
  progress(
    `building the cluster's programs (${module.folder}) from their Go modules: once for this user`,
  );
  const started = performance.now();
  let fetched = 0;
  let compiled = 0;
  const timer = setInterval(() => {
    const seconds = Math.round((performance.now() - started) / 1000);
    progress(
      `  ${seconds} s: ${fetched} modules fetched, ${compiled} of about ${module.packagesInBuild} packages compiled`,
    );
  }, PROGRESS_MS);
  const result = await follow(
    go,
    [
      ...["build", "-v", "-trimpath", "-buildvcs=false", "-ldflags", module.linkerFlags],
      ...["-o", `${join(work, "bin")}/`, ...module.packages],
    ],
    {
      cwd: source,
      env: {
        ...process.env,
        GOFLAGS: "-mod=readonly",
        GOWORK: "off",
        GOTOOLCHAIN: "local",
        CGO_ENABLED: "0",
      },
      onLine: (line: string) => {
        if (line.startsWith("go: downloading")) fetched += 1;
        else compiled += 1;
      },
    },
  );
  clearInterval(timer);
  if (result.code !== 0) {
    throw new ToolchainError(
      `${module.folder} could not be built: go build ended with ${result.code}.\n` +
        result.tail
          .slice(-12)
          .map((line: string) => `  go        ${line}\n`)
          .join("") +
        "  remedy    check that a Go module proxy is reachable (`go env GOPROXY`) and that 4 GB of disk are free",
    );
  }
  progress(`built in ${Math.round((performance.now() - started) / 1000)} s`);
}
