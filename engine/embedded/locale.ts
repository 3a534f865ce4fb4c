// The locale of clusters that lockstep makes: as like on every machine as the server's version allows.

/** The built-in C.UTF-8 locale, the same on every machine, is there from this major version on. */
const FIRST_MAJOR_WITH_BUILTIN_LOCALE = 17;

/** initdb's options for the locale; before 17 it is the machine's own C.UTF-8, which macOS lacks. */
export function localeOptions(
  major: number,
  platform: NodeJS.Platform = process.platform,
): readonly string[] {
  if (major >= FIRST_MAJOR_WITH_BUILTIN_LOCALE) {
    return ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"];
  }
  return [platform === "darwin" ? "--locale=C" : "--locale=C.UTF-8"];
}
