/**
 * URLs of PostgreSQL databases, read as libpq reads them:
 * https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
 */
import { readFileSync } from "node:fs";
import { isIPv6 } from "node:net";
import { type ConnectionOptions, getCACertificates, type SecureVersion } from "node:tls";
import type pg from "pg";

/** One way to connect, and which servers will do: those that take changes, or not, or all. */
export interface Attempt {
  config: pg.ClientConfig;
  wanted: "writable" | "read-only" | "any";
}

/** The servers of a URL, and how to connect to them. */
export interface DatabaseUrl {
  /** What is tried until a server takes the connection, in this order. */
  attempts: Attempt[];
  /** Where the database is, for people: without user and password. */
  address: string;
}

const SHAPE = "must look like postgresql://user:password@host:5432/database";
// A password may hold characters that other URLs encode: it ends at the last @ before the path.
const URL_PARTS =
  /^postgres(?:ql)?:\/\/(?:(?<user>[^/:@]*)(?::(?<password>[^/]*))?@)?(?<servers>[^/?@]*)(?:\/(?<name>[^?]*))?(?:\?(?<query>.*))?$/s;
const SERVER = /^(?<host>\[[^\]]+\]|[^:]*)(?::(?<port>\d*))?$/;
const DEFAULT_PORT = 5432;

const SSL_MODES = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];
const TLS_VERSIONS = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"];
const CHOICES = new Map([
  ["ssl", ["true", "false", ...SSL_MODES]],
  ["sslmode", SSL_MODES],
  ["sslnegotiation", ["postgres", "direct"]],
  ["ssl_min_protocol_version", TLS_VERSIONS],
  ["ssl_max_protocol_version", TLS_VERSIONS],
  [
    "target_session_attrs",
    [...["any", "read-write", "read-only", "primary", "standby", "prefer-standby"]],
  ],
  ["channel_binding", ["disable", "prefer", "require"]],
  ["gssencmode", ["disable", "prefer"]],
]);
// Only `keepalives` and `keepalives_idle` have an effect: the service has a time-out of its own.
const NUMBERS = [
  ...["connect_timeout", "tcp_user_timeout", "keepalives", "keepalives_idle"],
  ...["keepalives_interval", "keepalives_count"],
];
const UNDERSTOOD = [
  ...["host", "port", "dbname", "user", "password", "application_name", "options"],
  ...["sslrootcert", "sslcert", "sslkey", "sslpassword", "sslcrl"],
  ...CHOICES.keys(),
];
const WITHOUT_EFFECT = [
  // Of libpq: the encoding is always UTF-8, and the driver has no GSSAPI.
  ...["client_encoding", "fallback_application_name", "krbsrvname", "gsslib", "sslcompression"],
  ...["sslsni"],
  // Of other drivers and of poolers, for themselves.
  ...["pgbouncer", "pool_mode", "pool_size", "pool_timeout", "connection_limit", "max_overflow"],
  ...["max_connections", "socket_timeout", "schema", "supa", "workaround", "statement_cache_size"],
  ...["prepared_statement_cache_size", "prepared_statements", "prepareThreshold"],
  ...["preferQueryMode", "uselibpqcompat", "sslaccept"],
];
const KNOWN = new Set([...NUMBERS, ...UNDERSTOOD, ...WITHOUT_EFFECT]);

/** Returns what the URL says; throws what is wrong with it, without its values. */
export function parseUrl(url: string): DatabaseUrl {
  const {
    user,
    password,
    servers = "",
    name,
    query = "",
  } = URL_PARTS.exec(url)?.groups ?? refuse();
  const parameters = parametersOf(query);
  const given = (key: string) => parameters.get(key) || undefined;

  const database = given("dbname") ?? decoded(name);
  const hosts = hostsOf(servers, parameters);
  const common: pg.ClientConfig = {
    ...defined("user", given("user") ?? decoded(user)),
    ...defined("password", given("password") ?? decoded(password)),
    ...defined("database", database),
    ...defined("application_name", given("application_name")),
    ...defined("options", given("options")),
    ...defined("sslnegotiation", sslNegotiationOf(parameters)),
    enableChannelBinding: given("channel_binding") === "require",
    keepAlive: given("keepalives") !== "0",
    keepAliveInitialDelayMillis: Number(given("keepalives_idle") ?? 0) * 1000,
  };
  const ways = waysOf(parameters);
  const configs = hosts.flatMap(({ host, port }) =>
    // A socket in the file system needs no encryption.
    (host?.startsWith("/") ? [false] : ways).map((ssl) => ({
      ...common,
      ...defined("host", host),
      port,
      ssl,
    })),
  );
  return {
    attempts: wantedOf(given("target_session_attrs")).flatMap((wanted) =>
      configs.map((config) => ({ config, wanted })),
    ),
    address: `${hosts.map(addressOf).join()}/${database ?? ""}`,
  };
}

function parametersOf(query: string): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const pair of query.split("&").filter(Boolean)) {
    const [key = "", ...value] = pair.split("=");
    const name = decoded(key) ?? "";
    if (!KNOWN.has(name)) throw new Error(`the parameter ${printable(name)} is not supported`);
    const text = decoded(value.join("=")) ?? "";
    const choices = CHOICES.get(name);
    if (text && choices && !choices.includes(text)) {
      throw new Error(`the parameter ${name} must be one of ${choices.toSorted().join(", ")}`);
    }
    if (text && NUMBERS.includes(name) && !/^[+-]?\d+$/.test(text)) {
      throw new Error(`the parameter ${name} must be a whole number`);
    }
    parameters.set(name, text);
  }
  return parameters;
}

/** Returns the servers: one or more, separated by commas. */
function hostsOf(
  servers: string,
  parameters: Map<string, string>,
): { host: string | undefined; port: number }[] {
  const fromPath = servers.split(",").map((server) => SERVER.exec(server)?.groups ?? refuse());
  const hosts = parameters.get("host")?.split(",") ?? fromPath.map(({ host }) => decoded(host));
  const ports = parameters.get("port")?.split(",") ?? fromPath.map(({ port }) => port);
  if (ports.length !== 1 && ports.length !== hosts.length) refuse();
  return hosts.map((host, index) => ({
    host: host?.replace(/^\[(.*)\]$/, "$1") || undefined,
    port: portOf(ports.length === 1 ? ports[0] : ports[index]),
  }));
}

function addressOf({ host = "localhost", port }: { host: string | undefined; port: number }) {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

function portOf(text: string | undefined): number {
  const port = Number(text || DEFAULT_PORT);
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : refuse();
}

/**
 * Returns the ways to encrypt that `sslmode` allows, in the order of its preference:
 * https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION
 */
function waysOf(parameters: Map<string, string>): (false | ConnectionOptions)[] {
  const rootCertificate = parameters.get("sslrootcert");
  const mode = sslModeOf(parameters);
  const keys: ConnectionOptions = {
    ...defined("ca", rootCertificate && certificates(rootCertificate)),
    ...defined("cert", fileOf(parameters, "sslcert")),
    ...defined("key", fileOf(parameters, "sslkey")),
    ...defined("passphrase", parameters.get("sslpassword")),
    ...defined("crl", fileOf(parameters, "sslcrl")),
    ...defined("minVersion", parameters.get("ssl_min_protocol_version") as SecureVersion),
    ...defined("maxVersion", parameters.get("ssl_max_protocol_version") as SecureVersion),
  };
  const unverified = { ...keys, rejectUnauthorized: false };
  const verified = { ...keys, checkServerIdentity: () => undefined };
  switch (mode) {
    case "disable":
      return [false];
    case "allow":
      return [false, unverified];
    case "prefer":
      return [unverified, false];
    case "require":
      return [rootCertificate ? verified : unverified];
    case "verify-ca":
      if (!rootCertificate) throw new Error("sslmode=verify-ca needs the parameter sslrootcert");
      return [verified];
    default:
      return [keys];
  }
}

function sslModeOf(parameters: Map<string, string>): string {
  const { ssl, sslmode, sslrootcert } = Object.fromEntries(parameters);
  const fromSsl = ssl && ({ true: "require", false: "disable" }[ssl] ?? ssl);
  // The authorities of the system sign for everybody: only the name tells whose server it is.
  const mode = sslmode || fromSsl || (sslrootcert === "system" ? "verify-full" : "prefer");
  if (sslrootcert === "system" && mode !== "verify-full") {
    throw new Error("sslrootcert=system needs sslmode=verify-full");
  }
  return mode;
}

function sslNegotiationOf(parameters: Map<string, string>): "direct" | undefined {
  if (parameters.get("sslnegotiation") !== "direct") return undefined;
  if (["disable", "allow", "prefer"].includes(sslModeOf(parameters))) {
    throw new Error("sslnegotiation=direct needs sslmode=require or more");
  }
  return "direct";
}

function wantedOf(attributes = "any"): Attempt["wanted"][] {
  switch (attributes) {
    case "read-write":
    case "primary":
      return ["writable"];
    case "read-only":
    case "standby":
      return ["read-only"];
    case "prefer-standby":
      return ["read-only", "any"];
    default:
      return ["any"];
  }
}

function certificates(file: string): string[] {
  if (file !== "system") return [read("sslrootcert", file)];
  return [...getCACertificates("default"), ...getCACertificates("system")];
}

function fileOf(parameters: Map<string, string>, name: string): string | undefined {
  const file = parameters.get(name);
  return file && read(name, file);
}

function read(name: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    throw new Error(`the parameter ${name} names a file that cannot be read`);
  }
}

function decoded(text: string | undefined): string | undefined {
  if (!text) return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    return refuse();
  }
}

function defined<Key extends string, Value>(
  key: Key,
  value: Value | undefined,
): { [Name in Key]?: Value } {
  return (value === undefined ? {} : { [key]: value }) as { [Name in Key]?: Value };
}

/** Returns the name of a parameter as a message may show it. */
function printable(name: string): string {
  return name.replaceAll(/[^\w.-]/g, "?").slice(0, 50);
}

function refuse(): never {
  throw new Error(SHAPE);
}
