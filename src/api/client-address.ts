import { isIP, isIPv6 } from 'node:net';

/**
 * Where a request comes from, as limits count it: an IPv4 address, or the /64 of an IPv6 address, since whoever has one
 * of those has all of them.
 *
 * Each proxy appends the address it was called from, so only as many entries as there are proxies, from the right, were
 * written by ours: any further to the left is whatever the client sent.
 *
 * @param peer the address at the other end of the connection
 * @param forwardedFor X-Forwarded-For as it arrived; empty when there was none
 * @param proxies how many proxies stand in front
 * @returns the peer's own where that entry is missing (the request came round a proxy) or is no address
 */
export function clientAddress(peer: string, forwardedFor: string, proxies: number): string {
  const entry = proxies === 0 ? '' : (forwardedFor.split(',').at(-proxies)?.trim() ?? '');
  const address = isIP(entry) === 0 ? withoutPort(entry) : entry;
  return networkOf(isIP(address) === 0 ? peer : address);
}

/** Some proxies tell the port as well: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function withoutPort(entry: string): string {
  return /^\[(.+)\](?::\d+)?$/.exec(entry)?.[1] ?? /^([\d.]+):\d+$/.exec(entry)?.[1] ?? entry;
}

/** One text for every spelling of an address, and for every address of an IPv6 network. */
function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  const mapped = /^::ffff:([\d.]+)$/i.exec(address)?.[1]; // how a socket that takes both kinds tells IPv4
  if (mapped !== undefined) return mapped;
  if (!isIPv6(address)) return address;
  const withoutZone = address.replace(/%.*$/, '');
  const [head = '', tail = ''] = new URL(`http://[${withoutZone}]`).hostname.slice(1, -1).split('::');
  const groups = [head.split(':'), tail.split(':')];
  const zeros = Array<string>(Math.max(0, 8 - groups.flat().length)).fill('0');
  const network = [...(groups[0] ?? []), ...zeros, ...(groups[1] ?? [])].slice(0, 4);
  return `${network.map((group) => group || '0').join(':')}::/64`;
}
