// The database is reached over TLS.
import type { Rule } from "../rule.ts";

/** sslmode values that refuse a connection without TLS. */
const TLS_MODES = ["require", "verify-ca", "verify-full"];
/** The first resource that uses the URL; the rest come after it. */
const ADMISSION = "lockstep:index:Admission";

/** Judges the form of the URL, which is never shown. */
export const databaseTls: Rule = {
  name: "database-tls",
  description: "The database's URL demands TLS.",
  environments: ["prod"],
  start:
    () =>
    ({ type, props }) => {
      // Asked in this order: a preview warns of every unknown value that a policy reads.
      if (type !== ADMISSION || typeof props.url !== "string") return [];
      const { url } = props;
      const mode = URL.canParse(url) ? new URL(url).searchParams.get("sslmode") : null;
      if (mode !== null && TLS_MODES.includes(mode)) return [];
      const seen = mode === null ? "no sslmode" : "an sslmode that goes on without TLS";
      return [
        `The database's URL has ${seen}. Append ?sslmode=verify-full, or at least require: pulumi config set --secret --path lockstep:database.url URL.`,
      ];
    },
};
