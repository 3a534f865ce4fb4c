// Points at COPY from the server's own files and programs.
import type { LintRule } from "./rule.ts";

/** COPY FROM a file or PROGRAM. */
export const copyFromServerRule: LintRule = {
  id: "copy-from-server",
  category: "security",
  level: "warning",
  title: "COPY from or to a file or program of the server",
  why: "The file lies on one server and not on the next; a program runs there with the server's rights.",
  instead: "INSERT statements, or a load outside of the release.",
  on: {
    CopyStmt: ({ filename, is_program: isProgram }) =>
      filename === undefined
        ? undefined
        : {
            message: isProgram
              ? "COPY runs a program on the server"
              : `COPY uses ${filename} on the server, which other servers do not have`,
            remedy: "write the rows as INSERT statements, or load them outside of the release",
          },
  },
};
