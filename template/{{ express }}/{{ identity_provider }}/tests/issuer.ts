/** An identity provider for the tests: it signs tokens, and publishes its keys over HTTP. */
import { generateKeyPairSync, type JsonWebKey, type KeyObject, sign } from "node:crypto";
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export const DISCOVERY = "/.well-known/openid-configuration";
export const KEYS = "/keys";

/** Members that are undefined are left out. */
export type Members = Record<string, unknown>;

/** A key pair, and what the provider publishes of it. */
export class Key {
  readonly kid: string;
  readonly algorithm: string;
  readonly publicKey: KeyObject;
  readonly jwk: JsonWebKey & { kid: string };
  readonly #privateKey: KeyObject;

  constructor(kid: string, algorithm: string, { bits = 2048 } = {}) {
    this.kid = kid;
    this.algorithm = algorithm;
    const { publicKey, privateKey } = keyPair(algorithm, bits);
    this.publicKey = publicKey;
    this.#privateKey = privateKey;
    this.jwk = { ...publicKey.export({ format: "jwk" }), kid, alg: algorithm, use: "sig" };
  }

  /** Returns a token. No library makes it: that would refuse what the service must refuse. */
  sign(claims: Members | string, header: Members = {}): string {
    const head = { typ: "JWT", alg: this.algorithm, kid: this.kid, ...header };
    const text = `${spelt(head)}.${spelt(claims)}`;
    const digest = this.algorithm === "EdDSA" ? null : `sha${this.algorithm.slice(2)}`;
    const key = { key: this.#privateKey, dsaEncoding: "ieee-p1363" } as const;
    return `${text}.${sign(digest, Buffer.from(text), key).toString("base64url")}`;
  }
}

function keyPair(algorithm: string, bits: number) {
  if (algorithm === "ES256") return generateKeyPairSync("ec", { namedCurve: "P-256" });
  if (algorithm === "EdDSA") return generateKeyPairSync("ed25519");
  return generateKeyPairSync("rsa", { modulusLength: bits });
}

/** Returns one part of a token. */
export function spelt(members: Members | string): string {
  const text = typeof members === "string" ? members : JSON.stringify(members);
  return Buffer.from(text).toString("base64url");
}

interface Answer {
  body: string | Buffer;
  status?: number;
  headers?: Record<string, string>;
}

/** The provider; what it answers can be changed, and is counted. */
export class Issuer {
  key: Key;
  jwks: Members;
  /** Every path, in order. */
  readonly asked: string[] = [];
  readonly url: string;
  readonly jwksUrl: string;
  readonly #server: Server;
  readonly #answers = new Map<string, Answer>();
  #awake = Promise.resolve();
  #wake = () => {};

  private constructor(algorithm: string, server: Server) {
    this.key = new Key("first", algorithm);
    this.jwks = { keys: [this.key.jwk] };
    this.#server = server.on("request", this.#respond);
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.jwksUrl = `${this.url}${KEYS}`;
  }

  static async start(algorithm: string): Promise<Issuer> {
    // The tests end without waiting for it.
    const server = createServer().listen(0, "127.0.0.1").unref();
    await once(server, "listening");
    return new Issuer(algorithm, server);
  }

  /** Replaces the key. */
  rotate(): void {
    this.key = new Key(`${this.key.kid}-next`, this.key.algorithm);
    this.jwks = { keys: [this.key.jwk] };
  }

  /** Has a path answered like this from now on. */
  answer(path: string, answer: Answer): void {
    this.#answers.set(path, answer);
  }

  breakDown(): void {
    this.answer(KEYS, { body: "", status: 500 });
  }

  recover(): void {
    this.#answers.clear();
  }

  /** Answers nobody until `wake`. */
  sleep(): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#awake = promise;
    this.#wake = resolve;
  }

  wake(): void {
    this.#wake();
  }

  close(): void {
    this.wake();
    this.#server.closeAllConnections();
    this.#server.close();
  }

  readonly #respond: RequestListener = async (request, response) => {
    const path = request.url ?? "";
    this.asked.push(path);
    await this.#awake;
    const document = JSON.stringify(path === KEYS ? this.jwks : {});
    const { body, status = 200, headers = {} } = this.#answers.get(path) ?? { body: document };
    response.writeHead(status, headers).end(body);
  };
}
