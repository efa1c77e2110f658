import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { developmentDatabase } from "../scripts/embedded-database.ts";
import { execute } from "./database.ts";

const NOBODY = 65_534;

describe("the embedded database", () => {
  const root = mkdtempSync(join(tmpdir(), "embedded-"));
  let stranger: ChildProcess;
  let folder: string;

  before(() => {
    // Of the server's account, which may send it signals.
    stranger = spawn(
      "sleep",
      ["600"],
      process.geteuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {},
    );
  });
  after(() => {
    stranger.kill();
    rmSync(root, { recursive: true });
    rmSync(folder, { recursive: true, force: true });
  });

  it("takes no other process for its server, whatever the file of its number says", async () => {
    const first = await developmentDatabase(root);
    const { rows } = await execute(first.url, "show data_directory");
    const data = String(rows[0]?.data_directory);
    folder = join(data, "..", "..");
    const file = join(data, "postmaster.pid");
    const [, ...lines] = readFileSync(file, "utf8").split("\n");
    await first.stop();
    assert.ok(!existsSync(file));

    // As after a hard end of the machine, when the number went to somebody else.
    writeFileSync(file, [stranger.pid, ...lines].join("\n"));
    const second = await developmentDatabase(root);
    await execute(second.url, "select 1");
    await second.stop();
    assert.equal(stranger.exitCode ?? stranger.signalCode, null);
  });
});
