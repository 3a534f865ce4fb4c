// HTML by template: whatever is put in is escaped, unless it is HTML that came from here.

/** A piece of HTML that is safe to put in. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What may be put into a template. */
export type HtmlPart = Html | string | number | readonly HtmlPart[] | null | undefined;

/** Builds a piece; texts and numbers are escaped, lists joined, null and undefined are left out. */
export function html(strings: TemplateStringsArray, ...parts: readonly HtmlPart[]): Html {
  return new Html(
    strings.map((text, at) => text + (at < parts.length ? render(parts[at]) : "")).join(""),
  );
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function render(part: HtmlPart): string {
  if (part === null || part === undefined) return "";
  if (part instanceof Html) return part.text;
  if (typeof part === "string") return part.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? "");
  return typeof part === "number" ? String(part) : part.map(render).join("");
}
