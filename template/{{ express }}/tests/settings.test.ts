import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { inspect, parseEnv } from "node:util";
import { loadSettings, settingsSchema } from "../src/settings.ts";
import { IDENTITY } from "./identity.ts";
import { runProgram } from "./process.ts";
import { problemsOf } from "./service.ts";

const DATABASE_URL = process.env.DATABASE_URL;
const VALID = { APP_ENV: "test", DATABASE_URL, ...IDENTITY };

const BAD: [string, string, string][] = [
  ["APP_ENV", "staging", "must be 'development', 'test' or 'production'"],
  ["PORT", "0", "must be at least 1"],
  ["PORT", "70000", "must be at most 65535"],
  ["PORT", "http", "must be a whole number"],
  ["LOG_LEVEL", "loud", "must be 'debug', 'info', 'warning' or 'error'"],
  ["DATABASE_POOL_SIZE", "0", "must be at least 1"],
  ["DATABASE_TIMEOUT_SECONDS", "0", "must be greater than 0"],
  ["DATABASE_TIMEOUT_SECONDS", "soon", "must be a number"],
  [
    "CORS_ORIGINS",
    "https://a.example/",
    "must be a list of origins such as https://app.example.com",
  ],
  ["CORS_ORIGINS", "a.example", "must be a list of origins such as https://app.example.com"],
  ["CORS_ORIGINS", "https://", "must be a list of origins such as https://app.example.com"],
  [
    "TRUSTED_PROXIES",
    "10.0.0.0/8, proxy",
    "must be a comma separated list of addresses or CIDRs such as 10.0.0.0/8",
  ],
  ["RATE_LIMIT_DEFAULT", "many", "must be off or one rate such as 300/minute"],
  ["RATE_LIMIT_STORAGE_URL", "http://cache", "must start with redis:// or rediss://"],
  ...[
    "redis://cache:port",
    "redis://cache:65536",
    "redis://cache/orders",
    "redis://:%ZZ@cache",
    "redis://cache?nonsense=1",
  ].map((url): [string, string, string] => [
    "RATE_LIMIT_STORAGE_URL",
    url,
    "must look like redis://:password@host:6379/0",
  ]),
  ["MAX_BODY_BYTES", "0", "must be at least 1"],
  ["REQUEST_TIMEOUT_SECONDS", "0", "must be at least 1"],
  ["REQUEST_TIMEOUT_SECONDS", "3601", "must be at most 3600"],
  ["METRICS_ENABLED", "perhaps", "must be true or false"],
];

describe("settings", () => {
  const folder = mkdtempSync(join(tmpdir(), "settings-"));
  const project = process.cwd();
  // A folder without `.env`.
  before(() => process.chdir(folder));
  after(() => {
    process.chdir(project);
    rmSync(folder, { recursive: true });
  });

  for (const [name, value, complaint] of BAD) {
    it(`refuses ${name}=${value}`, () => {
      const [problem, ...others] = problemsOf({ [name]: value });
      assert.equal(problem, `${name}: ${complaint}`);
      assert.deepEqual(others, []);
    });
  }

  it("lists every problem at once, without any value", () => {
    const problems = problemsOf({
      DATABASE_URL: "ldap://ada:hunter2@db/orders",
      RATE_LIMIT_STORAGE_URL: "http://:hunter2@cache",
      PORT: "hunter2",
    });
    assert.deepEqual(
      problems.map((problem) => problem.split(":")[0]),
      ["PORT", "DATABASE_URL", "RATE_LIMIT_STORAGE_URL"],
    );
    assert.ok(!problems.join().includes("hunter2"));
  });

  it("requires a database", () => {
    assert.deepEqual(problemsOf({ DATABASE_URL: "" }), ["DATABASE_URL: is required"]);
  });

  it("masks its secrets", () => {
    const settings = loadSettings({ ...VALID, RATE_LIMIT_STORAGE_URL: "redis://:hunter2@cache" });
    for (const text of [inspect(settings), JSON.stringify(settings), `${settings.DATABASE_URL}`]) {
      assert.ok(!text.includes("hunter2"));
      assert.ok(!text.includes(String(DATABASE_URL)));
    }
    assert.equal(settings.RATE_LIMIT_STORAGE_URL?.reveal(), "redis://:hunter2@cache");
  });

  it("allows any origin outside production only", () => {
    assert.deepEqual(loadSettings({ ...VALID, CORS_ORIGINS: "*" }).CORS_ORIGINS, ["*"]);
    assert.deepEqual(problemsOf({ APP_ENV: "production", CORS_ORIGINS: "*" }), [
      "CORS_ORIGINS: must list exact origins in production, not *",
    ]);
  });

  it("has defaults that follow the environment", () => {
    for (const [APP_ENV, format, docs] of [
      ["", "json", false],
      ["test", "json", true],
      ["development", "console", true],
    ]) {
      const settings = loadSettings({ ...VALID, APP_ENV: String(APP_ENV) });
      assert.deepEqual([settings.LOG_FORMAT, settings.DOCS_ENABLED], [format, docs]);
    }
  });

  it("splits lists at commas, and takes words in any case", () => {
    const settings = loadSettings({
      ...VALID,
      CORS_ORIGINS: "https://a.example, http://localhost:5173,",
      TRUSTED_PROXIES: "10.1.2.3/8,::1",
      LOG_LEVEL: "WARNING",
      METRICS_ENABLED: "No",
    });
    assert.deepEqual(settings.CORS_ORIGINS, ["https://a.example", "http://localhost:5173"]);
    assert.deepEqual(settings.TRUSTED_PROXIES, ["10.1.2.3/8", "::1"]);
    assert.equal(settings.LOG_LEVEL, "warning");
    assert.equal(settings.METRICS_ENABLED, false);
  });

  it("reads .env in development only", () => {
    writeFileSync(".env", "PORT=9000\nHOST=::1\n");
    try {
      const development = loadSettings({ ...VALID, APP_ENV: "development", HOST: "0.0.0.0" });
      assert.deepEqual([development.PORT, development.HOST], [9000, "0.0.0.0"]);
      assert.equal(loadSettings(VALID).PORT, 8000);
    } finally {
      rmSync(".env");
    }
  });

  it("reads .env as editors on Windows save it", () => {
    const text = "PORT=9000\r\nLOG_LEVEL=error\r\n";
    try {
      writeFileSync(".env", `\ufeff${text}`);
      const { PORT, LOG_LEVEL } = loadSettings({ ...VALID, APP_ENV: "development" });
      assert.deepEqual([PORT, LOG_LEVEL], [9000, "error"]);
      for (const encoded of [`\ufeff${text}`, text]) {
        writeFileSync(".env", Buffer.from(encoded, "utf16le"));
        assert.deepEqual(problemsOf({ APP_ENV: "development" }), [".env: must be text in UTF-8"]);
      }
    } finally {
      rmSync(".env");
    }
  });

  it("are all in .env.example, with their defaults", () => {
    const example = parseEnv(readFileSync(join(project, ".env.example"), "utf8"));
    assert.deepEqual(Object.keys(example).sort(), Object.keys(settingsSchema({}).shape).sort());
    // What has no default, and the environment in which nothing else is required.
    const required = Object.entries(VALID).filter(([name]) => !example[name]);
    const fixed = { ...Object.fromEntries(required), APP_ENV: "test" };
    assert.deepEqual(inspect(loadSettings({ ...example, ...fixed })), inspect(loadSettings(fixed)));
  });
});

describe("a start with bad settings", () => {
  it("ends with code 78 and a line for each problem", async () => {
    const variables = { DATABASE_URL: "ldap://ada:hunter2@db/orders", PORT: "x" };
    const { code, stdout, stderr } = await runProgram("server.ts", { variables });
    assert.equal(code, 78);
    assert.equal(stdout, "");
    assert.deepEqual(
      stderr
        .trim()
        .split("\n")
        .map((line) => line.split(":")[0]),
      ["PORT", "DATABASE_URL"],
    );
    assert.ok(!stderr.includes("hunter2"));
  });
});
