import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decodeCursor, encodeCursor } from "../src/pagination.ts";

const PLACE = {
  created_at: new Date("2026-11-21T12:00:00.123Z"),
  id: "019fc0de-0000-7000-8000-0123456789ab",
};

describe("a cursor", () => {
  it("is what it was", () => {
    const text = encodeCursor(PLACE);
    assert.match(text, /^[A-Za-z0-9_-]+$/);
    assert.deepEqual(decodeCursor(text), PLACE);
  });

  it("has a version", () => {
    const bytes = Buffer.from(encodeCursor(PLACE), "base64url");
    bytes.writeUInt8(2, 0);
    assert.equal(decodeCursor(bytes.toString("base64url")), undefined);
  });

  it("has one spelling", () => {
    const text = encodeCursor(PLACE);
    for (const spelling of [`${text}=`, ` ${text}`, `${text.slice(0, 5)}!${text.slice(5)}`]) {
      assert.equal(decodeCursor(spelling), undefined);
    }
  });

  it("holds no time that a database could not", () => {
    for (const microseconds of [-(2n ** 63n), 2n ** 63n - 1n]) {
      const bytes = Buffer.from(encodeCursor(PLACE), "base64url");
      bytes.writeBigInt64BE(microseconds, 1);
      assert.equal(decodeCursor(bytes.toString("base64url")), undefined);
    }
  });

  it("decodes or is refused, whatever letter changes", () => {
    const text = encodeCursor(PLACE);
    for (let at = 0; at < text.length; at += 1) {
      for (const letter of ["A", "z", "0", "-", "_", "é"]) {
        decodeCursor(text.slice(0, at) + letter + text.slice(at + 1));
      }
    }
  });
});
