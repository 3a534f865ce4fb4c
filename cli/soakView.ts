// A file that soaks, in a line.
import { namesOf, type SoakingFile } from "../engine/soak/readSoaking.ts";
import { formatTime } from "./terminal.ts";

/** `05_remove_phone: column public.customers.phone, until 2026-11-28 17:10`. */
export function soakLine(file: SoakingFile): string {
  const time = file.isDue ? "its time is over" : `until ${formatTime(file.until)}`;
  return `${file.file}: ${namesOf(file).join(", ")}; ${time}`;
}
