/** What a verified token says, whose claims may be of any JSON type. */

export type Claims = Readonly<Record<string, unknown>>;

/** Returns a claim that is a text or a list of texts, such as `aud` (RFC 7519 §4.1.3). */
export function texts(value: unknown): string[] {
  const values = Array.isArray(value) ? value : [value];
  return values.filter((each) => typeof each === "string");
}

/**
 * Returns the claim of this name, or the member that the dots lead to; undefined without one, and
 * for no name.
 *
 * The whole name comes first: that of a custom claim is often a URL, which has dots, too.
 */
export function claimAt(claims: Claims, path: string): unknown {
  if (path === "") return undefined;
  if (Object.hasOwn(claims, path)) return claims[path];
  let value: unknown = claims;
  for (const name of path.split(".")) value = memberOf(value, name);
  return value;
}

function memberOf(value: unknown, name: string): unknown {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject && Object.hasOwn(value, name) ? (value as Claims)[name] : undefined;
}
