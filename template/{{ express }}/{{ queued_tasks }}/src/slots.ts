/** A bounded number of tasks at a time. */
import { Unavailable } from "./problems.ts";

/** Runs tasks in the order of their arrival, no more than `count` of them at once. */
export class Slots {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(count: number) {
    this.#free = count;
  }

  /** Returns what the task returns; throws `Unavailable` when its turn does not come in time. */
  async run<T>(task: () => Promise<T>, timeoutMs = Number.POSITIVE_INFINITY): Promise<T> {
    await this.#enter(timeoutMs);
    try {
      return await task();
    } finally {
      this.#leave();
    }
  }

  async #enter(timeoutMs: number): Promise<void> {
    if (this.#free > 0) {
      this.#free -= 1;
      return;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    const late = () => {
      this.#waiting.splice(this.#waiting.indexOf(resolve), 1);
      reject(new Unavailable());
    };
    const timer = Number.isFinite(timeoutMs) ? setTimeout(late, timeoutMs) : undefined;
    await promise.finally(() => clearTimeout(timer));
  }

  #leave(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free += 1;
  }
}
