/** Addresses of clients and of the proxies in front of the service. */
import { BlockList, isIP, isIPv4, isIPv6, SocketAddress } from "node:net";
import type { Request } from "express";

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;
const WITH_PORT = /^(?:\[([^\]]+)\](?::\d+)?|([\d.]+):\d+)$/;

interface Network {
  address: string;
  prefix: number;
  family: "ipv4" | "ipv6";
}

/** Returns an address or CIDR such as 10.0.0.0/8; throws what is wrong with it. */
export function parseNetwork(text: string): Network {
  const [address = "", prefix, more] = text.split("/");
  const bits = isIPv4(address) ? 32 : 128;
  const length = prefix === undefined ? bits : Number(prefix);
  const wellFormed = more === undefined && (prefix === undefined || /^\d{1,3}$/.test(prefix));
  if (!isIP(address) || !wellFormed || length > bits) {
    throw new Error("must be a comma separated list of addresses or CIDRs such as 10.0.0.0/8");
  }
  return { address, prefix: length, family: bits === 32 ? "ipv4" : "ipv6" };
}

/** Returns what tells whether an address is one of the proxies: Express' `trust proxy`. */
export function trusts(proxies: string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const { address, prefix, family } of proxies.map(parseNetwork)) {
    list.addSubnet(address, prefix, family);
  }
  return (address) => {
    const plain = plainAddress(address);
    return isIP(plain) !== 0 && list.check(plain, isIPv4(plain) ? "ipv4" : "ipv6");
  };
}

/** Returns the client's address; a trusted proxy's header is already applied. */
export function clientOf(request: Request): string {
  const forwarded = plainAddress(request.ip ?? "");
  if (isIP(forwarded)) return forwarded;
  return plainAddress(request.socket.remoteAddress ?? "unknown");
}

/**
 * Returns the address without a port, which some proxies add; an IPv4 address that is mapped into
 * IPv6 (RFC 4291 §2.5.5.2) is that IPv4 address, however it is spelt.
 */
export function plainAddress(text: string): string {
  const parts = WITH_PORT.exec(text);
  const address = parts?.[1] ?? parts?.[2] ?? text;
  return MAPPED.exec(address)?.[1] ?? MAPPED.exec(canonical(address))?.[1] ?? address;
}

/** Returns the usual spelling of an IPv6 address (RFC 5952), and anything else as it is. */
function canonical(address: string): string {
  // A scope such as %eth0 belongs to addresses of the own network.
  if (!isIPv6(address) || address.includes("%")) return address;
  return new SocketAddress({ address, family: "ipv6" }).address;
}
