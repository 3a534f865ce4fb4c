// What a running step says, as data: the terminal and Pulumi's display each make their own lines of it.

/** How loud an event is. `progress` is live only: it replaces the last one and is not kept. */
export type EventLevel = "progress" | "info" | "warn" | "error";

/** One thing that happened, said when it happened. */
export interface StepEvent {
  /** Wall clock, ISO 8601 with milliseconds. */
  readonly at: string;
  /** The step that speaks: `expand`, `contract`, `backup`, `gate`, ... */
  readonly step: string;
  readonly level: EventLevel;
  /** One plain line. */
  readonly message: string;
  /** The same for machines. */
  readonly data?: Readonly<Record<string, unknown>>;
}

/** Where the engine's functions say what they do. */
export type Report = (
  level: EventLevel,
  message: string,
  data?: Readonly<Record<string, unknown>>,
) => void;

/** A `Report` for `step` that stamps each event and hands it to `sink`. */
export function reporter(step: string, sink: (event: StepEvent) => void): Report {
  return (level, message, data) => {
    const event = { at: new Date().toISOString(), step, level, message };
    sink(data === undefined ? event : { ...event, data });
  };
}

/** Says nothing; for callers that want only the result. */
export const silent: Report = () => undefined;
