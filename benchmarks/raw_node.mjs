/**
 * The least that a Node service can do for the same requests: bare node:http on pg.
 *
 * It checks the same token with the same library, runs the same three queries, prepared once, and
 * answers the same JSON. It has no framework, no validation, no log, no metrics and no security
 * headers. Its libraries are those of the service in the working directory.
 */
import { createSecretKey, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { createRequire } from "node:module";

const require = createRequire(`${process.cwd()}/`);
const { jwtVerify } = require("jose");
const pg = require("pg");

const KEY = createSecretKey(Buffer.from(process.env.AUTH_SECRET_KEY));
const NAME = process.env.TOKEN_ISSUER;
const CHECKS = {
  algorithms: ["HS256"],
  typ: "at+jwt",
  issuer: NAME,
  audience: NAME,
  requiredClaims: ["exp", "sub", "iss", "aud"],
};
const COLUMNS = "id, title, description, created_at, updated_at";
const LIST = `select ${COLUMNS} from items where owner_id = $1 order by created_at desc, id desc limit 21`;
const GET = `select ${COLUMNS} from items where owner_id = $1 and id = $2`;
const INSERT = `insert into items (owner_id, ${COLUMNS}) values ($1, $2, $3, $4, $5, $6) returning ${COLUMNS}`;

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 });

async function query(name, text, values) {
  const { rows } = await pool.query({ name, text, values });
  return rows;
}

async function bodyOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString());
}

async function answer(request) {
  if (request.url === "/health/live") return [200, {}];
  const token = request.headers.authorization.slice("Bearer ".length);
  const { payload } = await jwtVerify(token, KEY, CHECKS);
  if (request.method === "POST") {
    const { title } = await bodyOf(request);
    const now = new Date();
    const [row] = await query("insert", INSERT, [payload.sub, randomUUID(), title, null, now, now]);
    return [201, row];
  }
  if (request.url === "/api/v1/items") {
    const rows = await query("list", LIST, [payload.sub]);
    return [200, { items: rows.slice(0, 20), next_cursor: rows[19].id }];
  }
  const [row] = await query("get", GET, [payload.sub, request.url.slice("/api/v1/items/".length)]);
  return [200, row];
}

const server = createServer(async (request, response) => {
  const [status, document] = await answer(request);
  const body = JSON.stringify(document);
  response.writeHead(status, {
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(body),
  });
  response.end(body);
});
server.listen(Number(process.argv[2]), "127.0.0.1");
