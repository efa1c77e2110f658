/** Addresses of the identity provider. */

// Of a parsed URL, where every spelling of an address has become this one.
const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

/**
 * Throws unless this is an https URL.
 *
 * Plain http will do for this machine itself, and anywhere outside production.
 */
export function checkAddress(url: string, production: boolean): void {
  const { protocol, hostname = "", username, password } = URL.parse(url) ?? {};
  const secure = protocol === "https:";
  const near = protocol === "http:" && (!production || isLoopback(hostname));
  if (!(secure || near) || username || password) throw new Error("must be an https URL");
}

/** Tells whether the host of a URL is this machine itself. */
export function isLoopback(hostname: string): boolean {
  return LOOPBACK.test(hostname);
}
