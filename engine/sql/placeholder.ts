// A name in the place of what only run time knows, so that a plan is written by the code that sends.

/** What only run time knows: `<lease token>` in a plan. */
export interface Placeholder {
  readonly placeholder: string;
}

/** The placeholder called `name`, without brackets. */
export function placeholder(name: string): Placeholder {
  return { placeholder: name };
}

/** Whether it is a name in the place of a value. */
export function isPlaceholder(value: unknown): value is Placeholder {
  return typeof value === "object" && value !== null && "placeholder" in value;
}

/** A number or a text as it stands in SQL, or `<name>` in its place. A text is not quoted. */
export function shown(value: bigint | number | string | Placeholder): string {
  return isPlaceholder(value) ? `<${value.placeholder}>` : String(value);
}
