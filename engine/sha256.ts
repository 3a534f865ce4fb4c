// The one digest that lockstep uses, in one call: for many small texts half of the time went into making a hash object for each.
import { hash } from "node:crypto";

/** The sha256 of `data`, of a text's UTF-8; hex. */
export function sha256(data: string | Uint8Array): string {
  return hash("sha256", data, "hex");
}
