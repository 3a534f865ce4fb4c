// Whether a text holds any SQL, told without the parser.

/** Whether `text` holds anything but white space, semicolons and comments (`--`, nested block comments). */
export function hasSql(text: string): boolean {
  let at = 0;
  while (at < text.length) {
    const next = skipBlank(text, at);
    if (next === at) return true;
    at = next;
  }
  return false;
}

/** The end of the white space or the comment at `at`; `at` itself where neither stands there. */
function skipBlank(text: string, at: number): number {
  if (text.startsWith("--", at)) {
    const end = text.indexOf("\n", at);
    return end < 0 ? text.length : end + 1;
  }
  if (text.startsWith("/*", at)) return skipBlockComment(text, at);
  return /[\s;]/.test(text.charAt(at)) ? at + 1 : at;
}

/** Block comments nest in PostgreSQL; an open one counts as SQL, so that the parser reports it. */
function skipBlockComment(text: string, start: number): number {
  const edges = /\/\*|\*\//g;
  edges.lastIndex = start;
  let depth = 0;
  for (let edge = edges.exec(text); edge; edge = edges.exec(text)) {
    depth += edge[0] === "/*" ? 1 : -1;
    if (depth === 0) return edges.lastIndex;
  }
  return start;
}
