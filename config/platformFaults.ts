// What belongs to one platform only, and what each of them requires.
import { fullKey } from "./checkKeys.ts";
import { URL_KEY } from "./databaseUrl.ts";
import type { Environment } from "./environment.ts";
import { showValue, type Fault } from "./faults.ts";
import { NO_STACK } from "./noStack.ts";
import type { WrittenConfig } from "./schema.ts";

type Written = Partial<WrittenConfig>;

/** The keys that name a database, of those that are given. */
export function databaseSource({ database = {} }: Written): readonly string[] {
  return (["url", "secret", "embedded"] as const).filter((name) => database[name] !== undefined);
}

/** The faults of a config for the platform that it names. */
export function platformFaults(
  written: Written,
  environment: Environment | undefined,
): readonly Fault[] {
  // A platform that does not exist is enough said.
  if (!("platform" in written)) return [];
  if (written.platform === "kubernetes") {
    return [
      ...misplacedOnKubernetes(written),
      ...missingOnKubernetes(written),
      ...looseImages(written, environment),
      ...(environment === "prod" ? prodOnKubernetes(written) : []),
    ];
  }
  const needsOwn = environment === "prod" && noDatabase(written);
  return [
    ...misplacedOnLocal(written),
    ...missingOnLocal(written),
    ...(needsOwn ? [prodNeedsDatabase("the embedded one is for trying")] : []),
  ];
}

function misplacedOnLocal({ app, kubernetes, database }: Written): readonly Fault[] {
  const expected = "only for lockstep:platform kubernetes; this stack's is local";
  return [
    ...given(["kubernetes"], kubernetes, expected),
    ...given(["app", "image"], app?.image, expected),
    ...given(["database", "secret"], database?.secret, expected),
  ];
}

function missingOnLocal({ app }: Written): readonly Fault[] {
  if (app === undefined) return [];
  return [
    ...missing(["app", "dir"], app.dir, "expected the app's folder, relative to the project"),
    ...missing(["app", "command"], app.command, "expected a list: the program and its arguments"),
  ];
}

function misplacedOnKubernetes({ app, database, release }: Written): readonly Fault[] {
  const expected = "only for lockstep:platform local; on kubernetes the app is app.image";
  const label = /[^A-Za-z0-9._-]/.exec(release ?? "")?.[0];
  return [
    ...given(["app", "dir"], app?.dir, expected),
    ...given(["app", "files"], app?.files, expected),
    ...given(["database", "embedded"], database?.embedded, "only for lockstep:platform local"),
    ...(label === undefined ? [] : [badLabel(release, label)]),
  ];
}

/** Pods carry the release in a label, and the cluster restricts what is in one. */
function badLabel(release: unknown, character: string): Fault {
  return {
    key: fullKey(["release"]),
    seen: showValue(release),
    expected: `on kubernetes a release's label has only letters, digits and . _ -, no "${character}"`,
  };
}

function missingOnKubernetes(written: Written): readonly Fault[] {
  const { app, kubernetes, database, backup } = written;
  const { backups } = kubernetes ?? {};
  const image = 'expected the app\'s image, such as "registry.example/shop:${release}"';
  const both = backups?.claim !== undefined && backups.storage !== undefined;
  const outside = (["url", "secret"] as const).find((name) => database?.[name] !== undefined);
  return [
    ...(app === undefined ? [] : missing(["app", "image"], app.image, image)),
    ...("kubernetes" in written
      ? missing(["kubernetes"], kubernetes, "expected a block, at least with runnerImage")
      : []),
    ...(kubernetes?.database !== undefined && outside !== undefined
      ? [conflict(["kubernetes", "database"], `nothing beside database.${outside}`)]
      : []),
    ...(both ? [conflict(["kubernetes", "backups"], "either claim or storage")] : []),
    ...(backups !== undefined && backup?.bucket !== undefined
      ? [conflict(["kubernetes", "backups"], "nothing beside backup.bucket")]
      : []),
  ];
}

/**
 * What runs on prod is bound to its content; so is an app that another stack has verified, since its tag may have been
 * moved after that.
 */
function looseImages(written: Written, environment: Environment | undefined): readonly Fault[] {
  const { app, kubernetes, promoteFrom } = written;
  const prod = environment === "prod";
  const promoted = promoteFrom !== undefined && promoteFrom !== NO_STACK;
  if (!prod && !promoted) return [];
  const why = prod ? "prod needs" : "a promotion needs";
  const images: readonly (readonly [readonly string[], string | undefined])[] = [
    [["app", "image"], app?.image],
    ...(prod
      ? ([
          [["kubernetes", "runnerImage"], kubernetes?.runnerImage],
          [["kubernetes", "migrationsImage"], kubernetes?.migrationsImage],
        ] as const)
      : []),
  ];
  return images
    .filter(([, image]) => image !== undefined && !image.includes("@sha256:"))
    .map(([path, image]) => ({
      key: fullKey(path),
      seen: showValue(image),
      expected: `${why} the image's digest, since a tag can be moved: NAME@sha256:…`,
    }));
}

/** Prod's data is where somebody takes care of it. */
function prodOnKubernetes(written: Written): readonly Fault[] {
  if (!noDatabase(written) || written.kubernetes?.database?.acceptOnProd === true) return [];
  const why =
    "one in the cluster is for trying (kubernetes.database.acceptOnProd takes it all the same)";
  return [prodNeedsDatabase(why)];
}

/** True where no key names one; a faulty key is enough said. */
function noDatabase(written: Written): boolean {
  const { url, secret } = written.database ?? {};
  return "database" in written && url === undefined && secret === undefined;
}

function prodNeedsDatabase(why: string): Fault {
  const expected = `prod needs a database of its own, ${why}: pulumi config set --secret --path ${URL_KEY} URL`;
  return { key: URL_KEY, seen: "(nothing)", expected };
}

function given(path: readonly string[], value: unknown, expected: string): readonly Fault[] {
  if (value === undefined) return [];
  return [{ key: fullKey(path), seen: showValue(value), expected }];
}

function missing(path: readonly string[], value: unknown, expected: string): readonly Fault[] {
  return value === undefined ? [{ key: fullKey(path), seen: "(nothing)", expected }] : [];
}

function conflict(path: readonly string[], expected: string): Fault {
  return { key: fullKey(path), seen: "both", expected: `expected ${expected}` };
}
