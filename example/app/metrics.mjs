// What Prometheus reads at /metrics, in its text format 0.0.4.

/** Upper bounds in seconds: what a small query takes, up to the longest that a client would wait. */
const bucketsSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** @typedef {Record<string, string>} Labels */

/**
 * Counts requests and renders them together with what the process and the pool say of themselves.
 */
export class Metrics {
  #info;
  /** @type {Map<string, number>} */
  #requests = new Map();
  /** @type {Map<string, { labels: Labels, counts: number[], sum: number, count: number }>} */
  #durations = new Map();
  #away = 0;

  /** @param {Labels} info labels of `app_info` */
  constructor(info) {
    this.#info = info;
  }

  /**
   * @param {{ method: string, route: string, status: number, seconds: number }} request `route` is the
   *   pattern, not the path, or each customer would become a time series
   */
  countRequest({ method, route, status, seconds }) {
    const series = formatLabels({ method, route, status: String(status) });
    this.#requests.set(series, (this.#requests.get(series) ?? 0) + 1);

    const labels = { method, route };
    const key = formatLabels(labels);
    const duration = this.#durations.get(key) ?? {
      labels,
      counts: bucketsSeconds.map(() => 0),
      sum: 0,
      count: 0,
    };
    this.#durations.set(key, duration);
    // Buckets are cumulative: a request counts in each whose bound it does not exceed.
    bucketsSeconds.forEach((bound, i) => {
      if (seconds <= bound) duration.counts[i] = (duration.counts[i] ?? 0) + 1;
    });
    duration.sum += seconds;
    duration.count += 1;
  }

  /** Counts an answer that maintenance mode gave; it is none of the release's requests. */
  countAway() {
    this.#away += 1;
  }

  /**
   * @param {{ totalCount: number, idleCount: number, waitingCount: number }} pool
   * @returns {string}
   */
  render(pool) {
    const cpu = process.cpuUsage();
    return [
      ...family("app_info", "gauge", "The release that runs.", [[formatLabels(this.#info), 1]]),
      ...family("http_requests_total", "counter", "Requests answered.", [...this.#requests]),
      "# HELP http_request_duration_seconds Time from request to the end of the answer.",
      "# TYPE http_request_duration_seconds histogram",
      ...[...this.#durations.values()].flatMap(renderHistogram),
      ...family("maintenance_answers_total", "counter", "Requests kept away by maintenance mode.", [
        ["", this.#away],
      ]),
      ...family("db_pool_connections", "gauge", "Connections to the database.", [
        [formatLabels({ state: "total" }), pool.totalCount],
        [formatLabels({ state: "idle" }), pool.idleCount],
      ]),
      ...family("db_pool_waiting", "gauge", "Requests that wait for a connection.", [
        ["", pool.waitingCount],
      ]),
      ...family("process_resident_memory_bytes", "gauge", "Resident memory.", [
        ["", process.memoryUsage.rss()],
      ]),
      ...family("process_cpu_seconds_total", "counter", "User and system time.", [
        ["", (cpu.user + cpu.system) / 1e6],
      ]),
      "",
    ].join("\n");
  }
}

/** @param {{ labels: Labels, counts: number[], sum: number, count: number }} duration */
function renderHistogram({ labels, counts, sum, count }) {
  const name = "http_request_duration_seconds";
  return [
    ...bucketsSeconds.map(
      (bound, i) => `${name}_bucket${formatLabels({ ...labels, le: String(bound) })} ${counts[i]}`,
    ),
    `${name}_bucket${formatLabels({ ...labels, le: "+Inf" })} ${count}`,
    `${name}_sum${formatLabels(labels)} ${sum}`,
    `${name}_count${formatLabels(labels)} ${count}`,
  ];
}

/**
 * @param {string} name
 * @param {"counter" | "gauge"} type
 * @param {string} help
 * @param {[labels: string, value: number][]} samples
 */
function family(name, type, help, samples) {
  return [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...samples.map(([labels, value]) => `${name}${labels} ${value}`),
  ];
}

/** @param {Labels} labels */
function formatLabels(labels) {
  const pairs = Object.entries(labels).map(([name, value]) => {
    const escaped = value.replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/\n/g, "\\n");
    return `${name}="${escaped}"`;
  });
  return `{${pairs.join(",")}}`;
}
