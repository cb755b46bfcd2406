import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { FetchError } from './fetch-error.js';

/** One address a host name stands for, as `dns.lookup` gives it. */
export interface ResolvedAddress {
  address: string;
  family: number;
}

/** Prefixes of IPv6 that carry an IPv4 address, and where in the sixteen bytes it is. */
const EMBEDDED_IPV4: readonly { prefix: string; bits: number; offset: number }[] = [
  { prefix: '::ffff:0:0', bits: 96, offset: 12 }, // IPv4-mapped
  { prefix: '::ffff:0:0:0', bits: 96, offset: 12 }, // IPv4-translated (RFC 2765)
  { prefix: '64:ff9b::', bits: 96, offset: 12 }, // NAT64 (RFC 6052)
  { prefix: '2002::', bits: 16, offset: 2 }, // 6to4
];

/** Only this block of IPv6 is handed out for the public internet (RFC 4291, IANA). */
const GLOBAL_UNICAST = ipaddr.IPv6.parse('2000::');

/**
 * Whether an IP address is on the public internet.
 *
 * Refused are loopback, private, link-local (with the metadata services at 169.254.169.254), carrier-grade NAT,
 * multicast, broadcast, reserved, documentation and unspecified addresses, and the same inside IPv6 (mapped, NAT64, 6to4).
 * Text that is no IP address is not public.
 */
export function isPublicAddress(address: string): boolean {
  const bare = address.replace(/^\[|\]$/g, '').split('%')[0] ?? '';
  if (!ipaddr.isValid(bare)) return false;
  const parsed = ipaddr.parse(bare);
  if (parsed instanceof ipaddr.IPv4) return isPublicIPv4(parsed);
  return isPublicIPv6(parsed);
}

function isPublicIPv4(address: ipaddr.IPv4): boolean {
  return address.range() === 'unicast';
}

function isPublicIPv6(address: ipaddr.IPv6): boolean {
  for (const { prefix, bits, offset } of EMBEDDED_IPV4) {
    if (!address.match(ipaddr.IPv6.parse(prefix), bits)) continue;
    const embedded = address.toByteArray().slice(offset, offset + 4);
    return isPublicIPv4(new ipaddr.IPv4(embedded));
  }
  return address.range() === 'unicast' && address.match(GLOBAL_UNICAST, 3);
}

/**
 * Resolves a host and gives its addresses, all of them public.
 *
 * One address that is not public refuses the host: a name that mixes both is an attempt at rebinding.
 *
 * @throws FetchError `private_address`, or `network` when the name does not resolve
 */
export async function resolvePublicHost(hostname: string): Promise<ResolvedAddress[]> {
  const host = hostname.replace(/^\[|\]$/g, '');
  const addresses = isIP(host) ? [{ address: host, family: isIP(host) }] : await resolveName(host);
  const refused = addresses.find(({ address }) => !isPublicAddress(address));
  if (refused) {
    const via = refused.address === host ? host : `${host} (${refused.address})`;
    throw new FetchError('private_address', `expected a public address, got ${via}`);
  }
  return addresses;
}

async function resolveName(host: string): Promise<ResolvedAddress[]> {
  try {
    return await lookup(host, { all: true, verbatim: true });
  } catch (cause) {
    throw new FetchError('network', `the host ${host} does not resolve`, { cause });
  }
}

/**
 * Checks, before anything is sent, that a URL is http(s) and its host public.
 *
 * This gives an early answer, for example while a callback address is being stored. It does not replace the guarded
 * dispatcher: by the time of the request the name may resolve to something else.
 *
 * @throws FetchError `malformed`, `unsupported_scheme`, `private_address` or `network`
 */
export async function assertPublicUrl(url: string | URL): Promise<URL> {
  const parsed = parseHttpUrl(url);
  await resolvePublicHost(parsed.hostname);
  return parsed;
}

/** Parses an `http:` or `https:` URL. */
export function parseHttpUrl(url: string | URL, base?: URL): URL {
  let parsed: URL;
  try {
    parsed = new URL(url, base);
  } catch (cause) {
    throw new FetchError('malformed', 'expected an absolute URL', { cause });
  }
  if (parsed.protocol !== 'http:' && parsed.protocol !== 'https:') {
    throw new FetchError('unsupported_scheme', `expected an http or https URL, got ${parsed.protocol}`);
  }
  return parsed;
}
