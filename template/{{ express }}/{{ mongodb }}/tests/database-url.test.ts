import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { mongo } from "mongoose";
import { temporaryDatabase } from "../scripts/embedded-database.ts";
import { SLUG } from "../src/about.ts";
import { checkUrl, Database } from "../src/database.ts";
import { freshDatabase } from "./database.ts";

describe("a database URL", () => {
  for (const url of [
    "",
    "orders",
    "localhost:27017/orders",
    "http://localhost/orders",
    "mongodb://",
    "mongodb://localhost:port/orders",
    "mongodb://localhost/orders?maxPoolSize=many",
    "mongodb://localhost/orders?readPreference=secondary&maxStalenessSeconds=120",
    "mongodb://localhost/orders.v2",
    "mongodb+srv://one.example.com,two.example.com/orders",
  ]) {
    it(`is refused when it is another one: ${url}`, () => {
      assert.throws(() => checkUrl(url), /must look like mongodb:/);
    });
  }

  it("is taken as hosting companies show it", () => {
    checkUrl("mongodb+srv://a:b@cluster0.abcde.mongodb.net/?appName=Cluster0");
    checkUrl("mongodb://a:p%40ss@one:27017,two:27018/orders?replicaSet=rs0&authSource=admin");
  });

  it("may name the database, and no more than that overrides the settings", async () => {
    const url = await freshDatabase();
    const name = new URL(url).pathname.slice(1);
    const server = url.replace(`/${name}`, "/");
    for (const [given, expected] of [
      [url, name],
      [server, SLUG],
      [`${url}${url.includes("?") ? "&" : "?"}minPoolSize=9&maxPoolSize=900&w=0`, name],
    ] as const) {
      const database = new Database(given, { poolSize: 3, timeoutSeconds: 5 });
      await database.read(async (session) => {
        assert.equal(session.name, expected);
        const { maxPoolSize, writeConcern } = session.getClient().options;
        assert.deepEqual([maxPoolSize, writeConcern?.w], [3, "majority"]);
      });
      await database.close();
    }
  });
});

describe("the URL of a server for tests", () => {
  const given = process.env.TEST_DATABASE_URL;

  afterEach(() => {
    if (given === undefined) delete process.env.TEST_DATABASE_URL;
    else process.env.TEST_DATABASE_URL = given;
  });

  for (const [url, source] of [
    ["mongodb://ada:secret@localhost:27017", "admin"],
    ["mongodb://ada:secret@one,two/?replicaSet=rs0", "admin"],
    ["mongodb://ada:secret@localhost/orders", "orders"],
    ["mongodb://ada:secret@localhost/orders?authSource=people", "people"],
  ] as const) {
    it(`gives a new database, and keeps the place of the account: ${url}`, async () => {
      process.env.TEST_DATABASE_URL = url;
      const database = await temporaryDatabase();
      const { dbName, credentials } = new mongo.MongoClient(database.url).options;
      assert.match(dbName, /^test-/);
      assert.equal(credentials?.source, source);
    });
  }
});
