// Whether a text holds any SQL, told without the parser.
import { lex } from "./lexer.ts";

/** Whether `text` holds anything but white space, semicolons and whole comments (`--`, nested block comments). */
export function hasSql(text: string): boolean {
  for (const { kind, text: piece } of lex(text)) {
    // An open comment counts as SQL, so that the parser reports it.
    if (kind !== "blank" && kind !== "comment" && piece !== ";") return true;
  }
  return false;
}
