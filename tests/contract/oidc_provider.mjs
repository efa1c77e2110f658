// A real OpenID Provider: npm's oidc-provider. `node oidc_provider.mjs FOLDER PORT`, where FOLDER
// holds its node_modules. Each line on stdin is a command, each line on stdout its answer as JSON:
//   tokens NAME   signs a user in (authorization code with PKCE)
//   machine       the client credentials grant
//   rotate ALG    signs with a new key from now on; the old one is withdrawn
import { createHash, generateKeyPairSync, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [folder, port] = process.argv.slice(2);
console.info = console.warn = console.error; // its notices; stdout is for answers
const library = join(folder, "node_modules", "oidc-provider", "lib", "index.js");
const { default: Provider } = await import(pathToFileURL(library).href);

const issuer = `http://127.0.0.1:${port}`;
const api = "https://api.example.test";
const other = "https://other.example.test";
const callback = `${issuer}/callback`;
const cookieKeys = [randomBytes(16).toString("hex")];
let keys = [newKey("RS256")];
let provider = newProvider();

function newKey(alg) {
  const pair =
    alg === "RS256"
      ? generateKeyPairSync("rsa", { modulusLength: 2048 })
      : generateKeyPairSync("ec", { namedCurve: "P-256" });
  const kid = randomBytes(4).toString("hex");
  return { ...pair.privateKey.export({ format: "jwk" }), kid, alg, use: "sig" };
}

function newProvider() {
  const alg = keys[0].alg;
  const made = new Provider(issuer, {
    jwks: { keys },
    cookies: { keys: cookieKeys },
    clients: [
      {
        client_id: "web",
        client_secret: "web-secret",
        token_endpoint_auth_method: "client_secret_post",
        grant_types: ["authorization_code"],
        redirect_uris: [callback],
        id_token_signed_response_alg: alg,
      },
      {
        client_id: "machine",
        client_secret: "machine-secret",
        token_endpoint_auth_method: "client_secret_post",
        grant_types: ["client_credentials"],
        response_types: [],
        redirect_uris: [],
        id_token_signed_response_alg: alg,
      },
    ],
    claims: { openid: ["sub"], email: ["email"] },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, email: `${id}@example.test` }) }),
    extraTokenClaims: (_, token) => (token.accountId === "ada" ? { roles: ["admin"] } : undefined),
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_, resource) => ({
          audience: resource,
          scope: "items",
          accessTokenFormat: "jwt",
          jwt: { sign: { alg } },
        }),
      },
    },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  });
  return { made, handle: made.callback() };
}

/** Does what a page with a form would: signs the hinted user in, and consents. */
async function interact(request, response) {
  const { made } = provider;
  const { prompt, params, session, grantId } = await made.interactionDetails(request, response);
  if (prompt.name === "login") {
    return made.interactionFinished(request, response, { login: { accountId: params.login_hint } });
  }
  const grant = grantId
    ? await made.Grant.find(grantId)
    : new made.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope("openid email");
  for (const resource of [api, other]) grant.addResourceScope(resource, "items");
  return made.interactionFinished(request, response, { consent: { grantId: await grant.save() } });
}

const server = createServer((request, response) => {
  if (!request.url.startsWith("/interaction/")) return provider.handle(request, response);
  interact(request, response).catch((error) => {
    response.statusCode = 500;
    response.end(String(error));
  });
});

async function token(form) {
  const response = await fetch(`${issuer}/token`, { method: "POST", body: new URLSearchParams(form) });
  const body = await response.json();
  if (!response.ok) throw new Error(JSON.stringify(body));
  return body;
}

/** Follows a browser's way from the authorization endpoint to the callback; returns the code. */
async function authorize(query) {
  const cookies = new Map();
  let url = `${issuer}/auth?${new URLSearchParams(query)}`;
  while (!url.startsWith(callback)) {
    const cookie = [...cookies].map((pair) => pair.join("=")).join("; ");
    const response = await fetch(url, { redirect: "manual", headers: { cookie } });
    for (const set of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(set);
      cookies.set(name, value);
    }
    const location = response.headers.get("location");
    if (!location) throw new Error(`${response.status} ${await response.text()}`);
    url = new URL(location, url).href;
  }
  return new URL(url).searchParams.get("code");
}

async function signIn(name, resource) {
  const verifier = randomBytes(32).toString("base64url");
  const code = await authorize({
    client_id: "web",
    response_type: "code",
    redirect_uri: callback,
    scope: "openid email items",
    resource,
    login_hint: name,
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
  });
  return token({
    grant_type: "authorization_code",
    code,
    redirect_uri: callback,
    client_id: "web",
    client_secret: "web-secret",
    code_verifier: verifier,
    resource,
  });
}

const commands = {
  async tokens(name) {
    const signedIn = await signIn(name, api);
    const foreign = await signIn(name, other);
    return { access: signedIn.access_token, id: signedIn.id_token, other: foreign.access_token };
  },
  async machine() {
    const form = { grant_type: "client_credentials", client_id: "machine", client_secret: "machine-secret" };
    return { access: (await token({ ...form, resource: api, scope: "items" })).access_token };
  },
  async rotate(alg) {
    keys = [newKey(alg)];
    provider = newProvider();
    return {};
  },
};

server.listen(Number(port), "127.0.0.1", async () => {
  console.log(JSON.stringify({ issuer, audience: api }));
  for await (const line of createInterface({ input: process.stdin })) {
    const [command, argument] = line.split(" ");
    const answer = await commands[command](argument).catch((error) => ({ error: String(error) }));
    console.log(JSON.stringify(answer));
  }
  process.exit(0);
});
