/** Fetches the signing keys that the identity provider publishes (RFC 7517). */
import { once } from "node:events";
import http, { type IncomingMessage } from "node:http";
import https from "node:https";
import { type CryptoKey, createLocalJWKSet, type JWK } from "jose";
import { checkAddress, isLoopback } from "./addresses.ts";

const TIMEOUT_MS = 3000;
const MAX_BYTES = 65_536;
const SHORTEST_RSA_KEY = 2048; // bits: RFC 7518 §3.3

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** The provider tells no key that could be used; the message says why. */
export class KeySourceError extends Error {}

/** Keys by what `keyName` makes of their id and algorithm. */
export type Keys = ReadonlyMap<string, CryptoKey>;

/** Returns the name of a key in `Keys`. */
export function keyName(kid: string, algorithm: string): string {
  return `${algorithm} ${kid}`;
}

export interface KeySourceOptions {
  issuer: string;
  /** Unset: where the provider's discovery says. */
  jwksUrl: string | undefined;
  algorithms: string[];
  production: boolean;
  timeoutMs?: number;
}

/**
 * The address of the keys: a fixed one, or the one that the provider's discovery names.
 *
 * Nothing else is ever asked and no redirect is followed: what a token says about its key (`jku`,
 * `x5u`, `jwk`) is not read.
 */
export class KeySource {
  readonly #options: KeySourceOptions;
  readonly #timeoutMs: number;

  constructor(options: KeySourceOptions) {
    this.#options = options;
    this.#timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  }

  /** Returns the keys; throws `KeySourceError`. */
  async fetch(): Promise<Keys> {
    const { algorithms, jwksUrl } = this.#options;
    const url = jwksUrl ?? (await this.#discover());
    const document = await this.#get(url);
    const keys = await signingKeys(document.keys, algorithms);
    if (keys.size === 0) throw new KeySourceError(`${url}: no key for ${algorithms.join(" or ")}`);
    return keys;
  }

  /** Returns the address of the keys (OpenID Connect Discovery 1.0 §4). */
  async #discover(): Promise<string> {
    const { issuer, production } = this.#options;
    const url = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
    const document = await this.#get(url);
    if (document.issuer !== issuer) {
      throw new KeySourceError(`${url}: it is of the issuer ${JSON.stringify(document.issuer)}`);
    }
    const jwksUrl = String(document.jwks_uri);
    try {
      checkAddress(jwksUrl, production);
    } catch (error) {
      throw new KeySourceError(`${url}: jwks_uri ${(error as Error).message}`);
    }
    return jwksUrl;
  }

  /** Returns a JSON object that is not large and does not take long. */
  async #get(url: string): Promise<Record<string, unknown>> {
    try {
      const signal = AbortSignal.timeout(this.#timeoutMs);
      const document = JSON.parse(await contentOf(await answerOf(new URL(url), signal)));
      if (isObject(document)) return document;
    } catch (error) {
      throw new KeySourceError(`${url}: ${reasonOf(error)}`);
    }
    throw new KeySourceError(`${url}: no JSON object`);
  }
}

/** Asks through the proxy that the environment names, as `fetch` does not; never for loopback. */
async function answerOf(url: URL, signal: AbortSignal): Promise<IncomingMessage> {
  const { Agent, request } = url.protocol === "https:" ? https : http;
  const agent = new Agent(isLoopback(url.hostname) ? {} : { proxyEnv: process.env });
  // Nothing compressed: few bytes could become many.
  const headers = { Accept: "application/json", "Accept-Encoding": "identity" };
  const asked = request(url, { agent, headers, signal }).end();
  const [response] = await once(asked, "response");
  return response;
}

async function contentOf(response: IncomingMessage): Promise<string> {
  if (response.statusCode !== 200) {
    response.destroy();
    throw new Error(`status ${response.statusCode}`);
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    size += chunk.length;
    if (size > MAX_BYTES) throw new Error(`more than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return utf8.decode(Buffer.concat(chunks));
}

/** A time-out hides behind another error. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? cause.message : message;
}

/** Returns the usable keys of a set: one that cannot be read does not spoil the others. */
async function signingKeys(jwks: unknown, algorithms: string[]): Promise<Keys> {
  const keys = new Map<string, CryptoKey>();
  for (const jwk of Array.isArray(jwks) ? jwks : []) {
    if (!isObject(jwk) || typeof jwk.kid !== "string") continue;
    for (const algorithm of algorithms) {
      const name = keyName(jwk.kid, algorithm);
      const key = await signingKey(jwk, algorithm);
      if (key && !keys.has(name)) keys.set(name, key);
    }
  }
  return keys;
}

/** Returns the key if it is a public one for signatures of this algorithm. */
async function signingKey(jwk: JWK, alg: string): Promise<CryptoKey | undefined> {
  try {
    const key = await createLocalJWKSet({ keys: [jwk] })({ alg });
    const { modulusLength = SHORTEST_RSA_KEY } = key.algorithm as { modulusLength?: number };
    return modulusLength < SHORTEST_RSA_KEY ? undefined : key;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
