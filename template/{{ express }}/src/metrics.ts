/** Prometheus metrics, labelled by route template: an id in a label would make a series a row. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
const LABELS = ["method", "route", "status"] as const;

export interface Observation {
  method: string;
  route: string;
  status: number;
  seconds: number;
}

/** The metrics of one application. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #requests = new Counter({
    name: "http_requests_total",
    help: "Requests answered.",
    labelNames: LABELS,
    registers: [this.#registry],
  });
  readonly #seconds = new Histogram({
    name: "http_request_duration_seconds",
    help: "Time to answer a request.",
    labelNames: LABELS,
    registers: [this.#registry],
  });
  readonly inFlight = new Gauge({
    name: "http_requests_in_flight",
    help: "Requests being answered.",
    registers: [this.#registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.#registry });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Counts one answered request. */
  observe({ method, route, status, seconds }: Observation): void {
    // A client may send any word as the method: each would be a series of its own.
    const labels = { method: METHODS.has(method) ? method : "OTHER", route, status };
    this.#requests.inc(labels);
    this.#seconds.observe(labels, seconds);
  }

  /** Returns all metrics in Prometheus' text format. */
  render(): Promise<string> {
    return this.#registry.metrics();
  }
}
