// What the plugin offers to programs in other languages: the package's schema, and the release as a component.
import * as pulumi from "@pulumi/pulumi";
import { readArguments } from "./readArguments.ts";
import { Release } from "./release.ts";
import type { ReleaseArgs } from "./releaseArgs.ts";
import { packageSchema, RELEASE_TOKEN } from "./schema.ts";

/** The package's schema, as JSON. */
export const schema = JSON.stringify(packageSchema);

/**
 * Makes the component that the program registered.
 * @throws pulumi.InputPropertiesError for arguments that can't be used.
 */
export async function construct(resource: {
  readonly name: string;
  readonly type: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly options: pulumi.ComponentResourceOptions;
}) {
  const { name, type, inputs, options } = resource;
  if (type !== RELEASE_TOKEN) throw new Error(`lockstep has no component of type ${type}`);
  const args = await settle(inputs);
  // The constructor throws the same in the form for programs; this is the one for the engine.
  readArguments(name, args);
  const release = new Release(name, args, options);
  const { releaseId, url, databaseUrl, waiting, promotion, taken } = release;
  const state = { releaseId, url, databaseUrl, waiting, promotion, taken };
  return { urn: release.urn, state };
}

/**
 * The arguments with their blocks as plain values: a block that holds a secret comes as one output.
 * Of such a block only what may be known later stays an output, and secret.
 */
async function settle(inputs: Readonly<Record<string, unknown>>): Promise<ReleaseArgs> {
  const settled = await Promise.all(
    Object.entries(inputs).map(async ([key, value]) => {
      if (!pulumi.Output.isInstance(value)) return [key, value] as const;
      const known = await valueOf(value);
      if (known) return [key, sealed(key, known.value)] as const;
      if (key === "database") return [key, { url: urlOf(value) }] as const;
      throw new pulumi.InputPropertyError({
        propertyPath: key,
        reason: "is known only after another resource: expected a value that is known now",
      });
    }),
  );
  return Object.fromEntries(settled);
}

/** The value where it is known; the SDK has this, and leaves it out of its types. */
async function valueOf(
  output: pulumi.Output<unknown>,
): Promise<{ readonly value: unknown } | undefined> {
  const internal = output as unknown as {
    readonly isKnown: Promise<boolean>;
    readonly promise: () => Promise<unknown>;
  };
  return (await internal.isKnown) ? { value: await internal.promise() } : undefined;
}

function sealed(key: string, value: unknown): unknown {
  const secret = (one: unknown) => pulumi.secret(one);
  if (key === "database")
    return withSecrets(withSecrets(value, "url", secret), "directUrl", secret);
  if (key === "rehearsal") return withSecrets(value, "url", secret);
  if (key !== "app") return value;
  return withSecrets(value, "secretEnv", (variables) =>
    Object.fromEntries(
      Object.entries(variables as Record<string, unknown>).map(([name, one]) => [
        name,
        secret(one),
      ]),
    ),
  );
}

function withSecrets(block: unknown, key: string, seal: (value: unknown) => unknown): unknown {
  if (typeof block !== "object" || block === null) return block;
  const values = block as Readonly<Record<string, unknown>>;
  return values[key] === undefined ? values : { ...values, [key]: seal(values[key]) };
}

function urlOf(database: pulumi.Output<unknown>): pulumi.Output<string> {
  return pulumi.secret(database.apply((block) => String((block as { url?: unknown }).url)));
}
