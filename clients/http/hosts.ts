/**
 * Whether an address is this machine's: literal loopback only, since any name can be made to point
 * away.
 */
export function isLoopback(url: string): boolean {
  const host = hostOf(url);
  return host === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** Whether an address is one of these hosts, over TLS. */
export function isOneOf(url: string, hosts: readonly string[]): boolean {
  return /^(?:https|wss):/i.test(url) && hosts.includes(hostOf(url));
}

/**
 * The host as the network will use it: user names, ports and odd spellings of addresses resolved.
 */
export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : "";
}
