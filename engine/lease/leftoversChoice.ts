// What may become of what a killed runner left running in the server, for whoever asks before a driver is loaded.

/** Every choice; `LeaseOptions.leftovers` says what they mean. */
export const LEFTOVERS = ["end", "adopt"] as const;

/** One of `LEFTOVERS`. */
export type Leftovers = (typeof LEFTOVERS)[number];
