import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Unavailable } from "../src/problems.ts";
import { Slots } from "../src/slots.ts";

describe("slots", () => {
  it("run no more tasks at once than they are, in the order of arrival", async () => {
    const slots = new Slots(2);
    const started: number[] = [];
    let running = 0;
    let most = 0;
    const task = async (number: number) => {
      started.push(number);
      running += 1;
      most = Math.max(most, running);
      await sleep(1);
      running -= 1;
      if (number === 1) throw new Error("one that fails");
      return number;
    };
    const tasks = [0, 1, 2, 3, 4, 5].map((number) => slots.run(() => task(number)));
    const results = await Promise.allSettled(tasks);
    assert.equal(most, 2);
    assert.deepEqual(started, [0, 1, 2, 3, 4, 5]);
    assert.deepEqual(
      results.map((result) => result.status === "fulfilled"),
      [true, false, true, true, true, true],
    );
  });

  it("do not let a task wait for ever, and lose no place by it", async () => {
    const slots = new Slots(1);
    const { promise, resolve } = Promise.withResolvers<void>();
    const first = slots.run(() => promise);
    await assert.rejects(
      slots.run(async () => "too late", 10),
      Unavailable,
    );
    resolve();
    await first;
    assert.equal(await slots.run(async () => "in time", 10), "in time");
  });
});
