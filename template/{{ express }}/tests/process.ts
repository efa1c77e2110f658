/** Programs of the service as an operator runs them. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import { resolve } from "node:path";
import { after } from "node:test";
import { eventually } from "./checks.ts";
import { ENVIRONMENT, listening } from "./service.ts";

export interface Program {
  process: ChildProcess;
  stdout: () => string;
  stderr: () => string;
  /** Resolves with the exit code. */
  ended: Promise<number | null>;
}

export interface ProgramOptions {
  args?: string[];
  variables?: NodeJS.Dict<string>;
  folder?: string;
  /** Where its output goes instead: an open file. */
  stdout?: number;
}

// A test that fails may leave one behind, and the runner would wait for it for ever.
const running = new Set<ChildProcess>();
after(() => {
  for (const program of running) program.kill("SIGKILL");
});

/** Starts a module of `src/` with these variables besides the usual ones. */
export function startProgram(
  file: string,
  { args = [], variables = {}, folder = ".", stdout }: ProgramOptions = {},
): Program {
  const { PATH, NODE_V8_COVERAGE } = process.env;
  const program = spawn(process.execPath, [resolve("src", file), ...args], {
    cwd: folder,
    env: { PATH, NODE_V8_COVERAGE, ...ENVIRONMENT, ...variables },
    stdio: ["pipe", stdout ?? "pipe", "pipe"],
  });
  running.add(program);
  program.once("close", () => running.delete(program));
  const output = { stdout: "", stderr: "" };
  program.stdout?.on("data", (chunk) => {
    output.stdout += chunk;
  });
  program.stderr?.on("data", (chunk) => {
    output.stderr += chunk;
  });
  return {
    process: program,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    ended: new Promise((end) => program.once("close", end)),
  };
}

/** Runs a module of `src/` to its end; the input goes to its stdin. */
export async function runProgram(
  file: string,
  options: ProgramOptions & { input?: string } = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const program = startProgram(file, options);
  program.process.stdin?.end(options.input ?? "");
  const code = await program.ended;
  return { code, stdout: program.stdout(), stderr: program.stderr() };
}

/** Starts the server and waits until it answers. */
export async function startServer(
  variables: NodeJS.Dict<string>,
  options: ProgramOptions = {},
): Promise<Program & { url: string; port: number }> {
  const port = await freePort();
  const program = startProgram("server.ts", {
    variables: { PORT: String(port), ...variables },
    ...options,
  });
  const url = `http://127.0.0.1:${port}`;
  await eventually(async () => {
    assert.equal(program.process.exitCode, null, program.stderr());
    return fetch(`${url}/health/live`).then(
      (response) => response.ok,
      () => false,
    );
  });
  return { ...program, url, port };
}

/** Returns the log lines that the program has written. */
export function logLines(program: Program): Record<string, unknown>[] {
  return program
    .stdout()
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

export async function freePort(): Promise<number> {
  const server = await listening(createServer().listen(0, "127.0.0.1"));
  const address = server.address();
  await new Promise((closed) => server.close(closed));
  return typeof address === "object" && address ? address.port : 0;
}
