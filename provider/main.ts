// Starts the plugin `pulumi-resource-lockstep`: its first stdout line is its port, its argument the engine's address.
import { main } from "@pulumi/pulumi/provider/index.js";
import { EngineLink } from "./engineLink.ts";
import { LockstepProvider, type KindLoader } from "./lockstepProvider.ts";
import type { AnyResourceKind, ResourceKind } from "./resource.ts";
import { TOKENS } from "./schema.ts";
import type { Released } from "./withNotices.ts";

/** After the engine is gone, running steps may take this long to roll back, ms. */
const END_WITHIN_MS = 35_000;

const kind = <T>(load: () => Promise<T>): KindLoader =>
  load as unknown as () => Promise<AnyResourceKind>;

const noticed = <I extends Released, O extends I>(load: () => Promise<ResourceKind<I, O>>) =>
  kind(async () => {
    const [{ withNotices }, one] = await Promise.all([import("./withNotices.ts"), load()]);
    return withNotices(one);
  });

const kinds: Readonly<Record<string, KindLoader>> = {
  [TOKENS.embeddedDatabase]: kind(
    async () => (await import("./resources/embeddedDatabase.ts")).embeddedDatabase,
  ),
  [TOKENS.admission]: noticed(async () => (await import("./resources/admission.ts")).admission),
  [TOKENS.step]: noticed(async () => (await import("./resources/step.ts")).step),
  [TOKENS.process]: noticed(async () => (await import("./resources/process.ts")).process),
  [TOKENS.databaseSecret]: kind(
    async () => (await import("./resources/databaseSecret.ts")).databaseSecret,
  ),
  [TOKENS.rollout]: noticed(async () => (await import("./resources/rollout.ts")).rollout),
  [TOKENS.healthGate]: noticed(async () => (await import("./resources/healthGate.ts")).healthGate),
  [TOKENS.drain]: noticed(async () => (await import("./resources/drain.ts")).drain),
};

const args = process.argv.slice(2);
const address = args.filter((arg) => !arg.startsWith("-")).at(-1) ?? "";
const link = new EngineLink(address);
const provider = new LockstepProvider(
  kinds,
  link,
  // The one place where the plugin knows the components: for programs in other languages it builds them.
  () => import("../package/components.ts"),
);

link.watch(() => {
  provider.abandon();
  // Steps that run end themselves through the signal; nobody is left to wait for a hung one.
  setTimeout(() => process.exit(1), END_WITHIN_MS).unref();
  void provider.idle().then(() => process.exit(1));
});

await main(provider, args);
