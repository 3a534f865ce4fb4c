// The commands about the app's health.
import { Option, type Command } from "commander";
import type { CheckOptions } from "../commands/healthCheck.ts";
import type { StartOptions } from "../commands/healthStart.ts";
import type { HealthStatusOptions } from "../commands/healthStatus.ts";
import {
  parseBytesOption,
  parseCoresOption,
  parseCountOption,
  parseDurationOption,
  parseFieldOption,
  parsePathOption,
  parseRateOption,
  parseShareOption,
} from "../optionValues.ts";
import { declare, type CallHandler, type Declaration } from "./declare.ts";
import { limitOption } from "./sharedOptions.ts";

/** Asked for where no path is named. */
const DEFAULT_PROBE_PATHS: readonly string[] = ["/"];

const lookOptions = () => [
  new Option(
    "--url <url>",
    "where the app answers, such as http://127.0.0.1:3000",
  ).makeOptionMandatory(),
  new Option("--health-path <path>", "its health endpoint")
    .argParser(parsePathOption)
    .default("/health"),
  new Option("--metrics-path <path>", "its Prometheus metrics")
    .argParser(parsePathOption)
    .default("/metrics"),
  new Option("--release <id>", "the release that must answer (default: whichever runs)"),
  new Option("--error-rate <share>", "errors from this share on fail a check")
    .argParser(parseShareOption)
    .default(0.05, "5%"),
  new Option("--min-requests <count>", "fewer requests than this prove nothing")
    .argParser(parseCountOption)
    .default(10),
  new Option("--probes <per-second>", "requests that lockstep sends itself; 0 for none")
    .argParser(parseRateOption)
    .default(10),
  new Option("--probe-path <path>", "what those ask for; may be given several times")
    .argParser((text, paths: readonly string[]) =>
      paths === DEFAULT_PROBE_PATHS ? [parsePathOption(text)] : [...paths, parsePathOption(text)],
    )
    .default(DEFAULT_PROBE_PATHS, "/"),
  new Option("--p50 <duration>", "half of the requests slower than this fail a check").argParser(
    parseDurationOption,
  ),
  new Option("--p95 <duration>", "the same for the slowest 5 %").argParser(parseDurationOption),
  new Option("--p99 <duration>", "the same for the slowest 1 %").argParser(parseDurationOption),
  new Option(
    "--cpu <cores>",
    "fail where the app keeps so many processors busy, by its own metrics: 0.5 or 500m",
  ).argParser(parseCoresOption),
  new Option("--memory <amount>", "fail where it takes so much memory: 512Mi").argParser(
    parseBytesOption,
  ),
  new Option("--request-metric <name>", "the counter of requests"),
  new Option("--latency-metric <name>", "the histogram of response times"),
  new Option(
    "--promql <url>",
    "a PromQL server to read the counters from; LOCKSTEP_PROMQL_AUTHORIZATION is its login",
  ),
  new Option("--selector <matchers>", "the app's series there, such as 'job=\"shop\"'"),
  new Option("--counters <path>", "a JSON document of the app to read the counters from").argParser(
    parsePathOption,
  ),
  new Option(
    "--field <name=path>",
    "where in it what is: total, failed, startedAt, p50, p95, p99; may be given several times",
  ).argParser(parseFieldOption),
  new Option("--only-probes", "count nothing but lockstep's own requests"),
  new Option("--with-database", "look at the connections of DATABASE_URL's server, too"),
  new Option("--connections <share>", "fail where so many of its connections are taken").argParser(
    parseShareOption,
  ),
];

const check: Declaration<CheckOptions> = {
  name: "check",
  summary: "Looks at the app once: does it answer, and how many of its answers are errors",
  example: "lockstep health check --url http://127.0.0.1:3000",
  exits: { 0: "healthy", 1: "not healthy, or not enough seen to tell" },
  options: [
    ...lookOptions(),
    new Option("--window <duration>", "how long to count requests")
      .argParser(parseDurationOption)
      .default(2_000, "2s"),
  ],
  cleanly: true,
  load: async () => (await import("../commands/healthCheck.ts")).runHealthCheck,
};

const start: Declaration<StartOptions> = {
  name: "start",
  summary: "Watches the app check by check, until Ctrl-C or for a time",
  example: "lockstep health start --url http://127.0.0.1:3000 --interval 10s --watch 5m",
  exits: {
    0: "the watch ended healthy",
    1: "the watch ended not healthy, or not enough was seen to tell",
  },
  options: [
    ...lookOptions(),
    new Option("--interval <duration>", "time from one check to the next")
      .argParser(parseDurationOption)
      .default(30_000, "30s"),
    new Option(
      "--watch <duration>",
      "how long to watch; ends with a verdict (default: until Ctrl-C)",
    ).argParser(parseDurationOption),
    new Option("--failures <count>", "failed checks in a row that end a --watch")
      .argParser(parseCountOption)
      .default(3),
  ],
  cleanly: true,
  load: async () => (await import("../commands/healthStart.ts")).runHealthStart,
};

const status: Declaration<HealthStatusOptions> = {
  name: "status",
  summary: "Shows what the gates of past releases found, from the ledger",
  example: "lockstep health status --limit 5",
  exits: { 1: "the database cannot be read" },
  options: [limitOption()],
  load: async () => (await import("../commands/healthStatus.ts")).runHealthStatus,
};

/** Adds them to `program` as `health check`, `health start` and `health status`. */
export function declareHealth(program: Command, handle: CallHandler): void {
  const summary = "Looks at the app's health (check, start, status)";
  const group = program.command("health").summary(summary).description(`${summary}.`);
  declare(group, check, handle);
  declare(group, start, handle);
  declare(group, status, handle);
}
