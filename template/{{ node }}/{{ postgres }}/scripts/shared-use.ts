/** Something that processes share: the first one starts it, the last one stops it. */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

const GATE_TIMEOUT_MS = 120_000;

/**
 * Locks that end with their process, whatever ends it.
 *
 * Node has no locks for files, but the SQLite inside it does: readers of one file share its lock,
 * and nobody else can have it exclusively meanwhile.
 */
export class SharedUse {
  readonly #gate: DatabaseSync;
  readonly #users: DatabaseSync;

  constructor(folder: string) {
    this.#gate = new DatabaseSync(join(folder, "gate.lock"), { timeout: GATE_TIMEOUT_MS });
    this.#users = new DatabaseSync(join(folder, "users.lock"), { timeout: 0 });
  }

  /** Takes part; `start` must leave alone what already runs. */
  begin(start: () => Promise<void>): Promise<void> {
    return this.#alone(async () => {
      await start();
      this.#users.exec("begin; select count(*) from sqlite_schema");
    });
  }

  /** Takes part no longer; calls `stop` when nobody else does. */
  async end(stop: () => Promise<void>): Promise<void> {
    await this.#alone(async () => {
      this.#users.exec("rollback");
      if (this.#isLast()) await stop();
    });
    this.#users.close();
    this.#gate.close();
  }

  #isLast(): boolean {
    try {
      this.#users.exec("begin exclusive; rollback");
      return true;
    } catch {
      return false;
    }
  }

  async #alone(work: () => Promise<void>): Promise<void> {
    this.#gate.exec("begin exclusive");
    try {
      await work();
    } finally {
      this.#gate.exec("rollback");
    }
  }
}
