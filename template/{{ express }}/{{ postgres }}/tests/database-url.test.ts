import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { ConnectionOptions } from "node:tls";
import { sql } from "kysely";
import { checkUrl, Database } from "../src/database.ts";
import { parseUrl } from "../src/database-url.ts";
import { DatabaseUnavailable } from "../src/outages.ts";
import { freshDatabase } from "./database.ts";
import { listening } from "./service.ts";

const NO_URL = "must look like postgresql://user:password@host:5432/database";

/** Returns what the driver gets for the first attempt. */
const first = (url: string) => parseUrl(url).attempts[0]?.config ?? {};
const waysOf = (query: string) =>
  parseUrl(`postgresql://db/orders?${query}`).attempts.map(({ config: { ssl } }) =>
    ssl ? ((ssl as ConnectionOptions).rejectUnauthorized ?? "verified") : "plain",
  );

describe("a database URL", () => {
  for (const [url, expected, address] of [
    ["postgres://db", { host: "db", port: 5432 }, "db:5432/"],
    [
      "postgresql://ada:a%40b@db:6432/orders",
      { user: "ada", password: "a@b", host: "db", port: 6432, database: "orders" },
      "db:6432/orders",
    ],
    // Some companies show passwords as they are.
    [
      "postgresql://ada:p@s?s#w:d@db/orders",
      { password: "p@s?s#w:d", host: "db" },
      "db:5432/orders",
    ],
    [
      "postgresql://app:one@/orders?host=/cloudsql/shop:eu:db&port=57911",
      { user: "app", password: "one", host: "/cloudsql/shop:eu:db", port: 57_911, ssl: false },
      "/cloudsql/shop:eu:db:57911/orders",
    ],
    ["postgresql://%2Frun%2Fpg/orders", { host: "/run/pg", ssl: false }, "/run/pg:5432/orders"],
    ["postgresql://[::1]:5433/orders", { host: "::1", port: 5433 }, "[::1]:5433/orders"],
    [
      "postgresql:///orders?user=ada&password=a+b&dbname=shop&application_name=x&options=-c%20a%3Db",
      { user: "ada", password: "a+b", database: "shop", application_name: "x", options: "-c a=b" },
      "localhost:5432/shop",
    ],
    [
      "postgresql://db/orders?keepalives=0&keepalives_idle=30&connect_timeout=10",
      { keepAlive: false, keepAliveInitialDelayMillis: 30_000 },
      "db:5432/orders",
    ],
    // Neon, Supabase, Prisma.
    [
      "postgresql://a:b@db/orders?sslmode=require&channel_binding=require",
      { enableChannelBinding: true },
      "db:5432/orders",
    ],
    [
      "postgres://a:b@db:6543/postgres?pgbouncer=true&connection_limit=1&schema=public&supa=x",
      { port: 6543 },
      "db:6543/postgres",
    ],
  ] as const) {
    it(`is read as libpq reads it: ${url}`, () => {
      assert.partialDeepStrictEqual(first(url), expected);
      assert.equal(parseUrl(url).address, address);
    });
  }

  it("may name several servers", () => {
    const { attempts, address } = parseUrl("postgresql://a:1,b:2/orders?sslmode=disable");
    assert.deepEqual(
      attempts.map(({ config: { host, port } }) => [host, port]),
      [
        ["a", 1],
        ["b", 2],
      ],
    );
    assert.equal(address, "a:1,b:2/orders");
  });

  for (const [query, ways] of [
    ["", [false, "plain"]],
    ["sslmode=disable", ["plain"]],
    ["ssl=false", ["plain"]],
    ["sslmode=allow", ["plain", false]],
    ["sslmode=prefer", [false, "plain"]],
    ["sslmode=require", [false]],
    ["ssl=true", [false]],
    ["sslmode=verify-full", ["verified"]],
    ["sslrootcert=system", ["verified"]],
  ] as const) {
    it(`is encrypted as it says: ${query || "as libpq's default"}`, () => {
      assert.deepEqual(waysOf(query), ways);
    });
  }

  it("may name files with certificates", () => {
    const folder = mkdtempSync(join(tmpdir(), "certificates-"));
    const file = join(folder, "root.crt");
    writeFileSync(file, "a certificate");
    for (const mode of ["require", "verify-ca", "verify-full"]) {
      const url = `postgresql://db/orders?sslmode=${mode}&sslrootcert=${file}`;
      const { ca, checkServerIdentity } = first(url).ssl as ConnectionOptions;
      assert.deepEqual(ca, ["a certificate"]);
      assert.equal(checkServerIdentity === undefined, mode === "verify-full");
    }
    rmSync(folder, { recursive: true });
  });

  for (const [attributes, wanted] of [
    ["any", ["any"]],
    ["read-write", ["writable"]],
    ["primary", ["writable"]],
    ["standby", ["read-only"]],
    ["prefer-standby", ["read-only", "any"]],
  ] as const) {
    it(`may say which servers will do: ${attributes}`, () => {
      const url = `postgresql://db/orders?sslmode=disable&target_session_attrs=${attributes}`;
      const { attempts } = parseUrl(url);
      assert.deepEqual(
        attempts.map((attempt) => attempt.wanted),
        wanted,
      );
    });
  }

  for (const [url, complaint] of [
    ...[
      "",
      "x",
      "http://db/orders",
      "postgresql",
      "sqlite:///x.db",
      "postgresql://a:b:c/orders",
    ].map((url) => [url, NO_URL]),
    ["postgresql://db:70000/orders", NO_URL],
    ["postgresql://db:port/orders", NO_URL],
    ["postgresql://a,b,c/orders?port=1,2", NO_URL],
    ["postgresql://a:hunter%2@db/orders", NO_URL],
    [
      "postgresql://db/orders?connect_timeout=soon",
      "the parameter connect_timeout must be a whole number",
    ],
    ["postgresql://db/orders?passfile=x", "the parameter passfile is not supported"],
    ["postgresql://db/orders?a%20b=x", "the parameter a?b is not supported"],
    [
      "postgresql://db/orders?sslmode=hunter2",
      "the parameter sslmode must be one of allow, disable, prefer, require, verify-ca, verify-full",
    ],
    [
      "postgresql://db/orders?gssencmode=require",
      "the parameter gssencmode must be one of disable, prefer",
    ],
    [
      "postgresql://db/orders?sslmode=verify-ca",
      "sslmode=verify-ca needs the parameter sslrootcert",
    ],
    [
      "postgresql://db/orders?sslmode=require&sslrootcert=system",
      "sslrootcert=system needs sslmode=verify-full",
    ],
    [
      "postgresql://db/orders?sslmode=require&sslrootcert=/none",
      "the parameter sslrootcert names a file that cannot be read",
    ],
    [
      "postgresql://db/orders?sslnegotiation=direct",
      "sslnegotiation=direct needs sslmode=require or more",
    ],
  ] as [string, string][]) {
    it(`is refused by the name of what is wrong: ${url}`, () => {
      assert.throws(() => checkUrl(url), new Error(complaint));
    });
  }
});

describe("a connection", () => {
  const numberFrom = async (url: string) => {
    const database = new Database(url, { poolSize: 2, timeoutSeconds: 2 });
    try {
      const { rows } = await database.read((session) =>
        sql<{ n: number }>`select 1 as n`.execute(session),
      );
      return rows[0]?.n;
    } finally {
      await database.close();
    }
  };

  it("goes through a socket in the file system", async () => {
    const { hostname, port, username, password, pathname } = new URL(await freshDatabase());
    const folder = mkdtempSync(join(tmpdir(), "socket-"));
    const proxy = await listening(
      createServer((client) => {
        const server = connect(Number(port), hostname);
        client.on("error", () => undefined).pipe(server);
        server.on("error", () => undefined).pipe(client);
      }).listen(join(folder, ".s.PGSQL.5999")),
    );
    const url = `postgresql://${username}:${password}@${pathname}?host=${folder}&port=5999`;
    assert.equal(await numberFrom(url), 1);
    proxy.close();
    rmSync(folder, { recursive: true });
  });

  for (const mode of ["disable", "allow", "prefer"]) {
    it(`does without encryption when the server has none: ${mode}`, async () => {
      assert.equal(await numberFrom(`${await freshDatabase()}?sslmode=${mode}`), 1);
    });
  }

  it("is refused without the encryption that it needs", async () => {
    await assert.rejects(numberFrom(`${await freshDatabase()}?sslmode=require`), (error) => {
      assert.ok(error instanceof DatabaseUnavailable);
      assert.equal(error.reason, "The server does not support SSL connections");
      return true;
    });
  });

  it("goes to the first server that works", async () => {
    const url = await freshDatabase();
    assert.equal(await numberFrom(url.replace("@", "@127.0.0.1:1,")), 1);
  });

  it("goes to servers that take changes only, when it has to", async () => {
    const url = await freshDatabase();
    assert.equal(await numberFrom(`${url}?target_session_attrs=read-write`), 1);
    await assert.rejects(numberFrom(`${url}?target_session_attrs=standby`), (error) => {
      assert.match((error as DatabaseUnavailable).reason, /the server is writable$/);
      return true;
    });
  });
});
