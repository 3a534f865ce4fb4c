// A statement for people, in one line and without the values in it, which may be secrets.
import { lex } from "./lexer.ts";

/** What stands for a value. */
const MASK = "?";
const MORE = "…";

/**
 * `sql` in one line of at most `length` characters, each literal replaced by `?`, comments left out. It does not have to
 * parse, or to be whole. Where a session without standard_conforming_strings would end a string elsewhere than
 * others do, the text is cut, so that no part of the string shows.
 */
export function maskLiterals(sql: string, length: number): string {
  let masked = "";
  for (const { kind, text } of lex(sql)) {
    if (masked.length > length * 2) break;
    if (/^blank$|comment$/i.test(kind)) masked += " ";
    else if (kind === "other") masked += text;
    else masked += MASK;
    if (kind === "plainString" && text.includes("\\'")) return clip(`${masked}${MORE}`, length);
  }
  return clip(masked, length);
}

function clip(text: string, length: number): string {
  const characters = [...text.replace(/\s+/g, " ").trim()];
  if (characters.length <= length) return characters.join("");
  return `${characters.slice(0, length - 1).join("")}${MORE}`;
}
