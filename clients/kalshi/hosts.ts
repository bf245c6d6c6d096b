import type { Mode } from "../../core/domain/decision.ts";
import { TradingError } from "../../core/domain/errors.ts";

/** The venue's own hosts, from which shadow mode may read public data. */
const VENUE_HOSTS: readonly string[] = [
  "external-api.kalshi.com",
  "api.elections.kalshi.com",
  "external-api-ws.kalshi.com",
  "external-api.demo.kalshi.co",
  "demo-api.kalshi.co",
  "external-api-ws.demo.kalshi.co",
];

/**
 * Refuses to send orders anywhere but to this machine: no mode of this release trades with money.
 * Only literal loopback addresses count; a name, `localhost` included, can be made to point away.
 *
 * @throws TradingError SAFETY_REFUSED
 */
export function assertOrderHost(mode: Mode, url: string): void {
  if (!isLoopback(url)) {
    throw new TradingError("SAFETY_REFUSED", {
      rule: "order-host-is-local",
      mode,
      host: hostOf(url),
    });
  }
}

/**
 * Refuses market data, by REST or stream, that does not fit the mode: paper reads the local
 * exchange it trades on; shadow may also read the venue itself, over TLS.
 *
 * @throws TradingError SAFETY_REFUSED
 */
export function assertMarketDataHost(mode: Mode, url: string): void {
  if (isLoopback(url) || (mode === "shadow" && isVenue(url))) return;
  throw new TradingError("SAFETY_REFUSED", {
    rule: "market-data-host-fits-mode",
    mode,
    host: hostOf(url),
  });
}

function isLoopback(url: string): boolean {
  const host = hostOf(url);
  return host === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function isVenue(url: string): boolean {
  const isEncrypted = /^(?:https|wss):/i.test(url);
  return isEncrypted && VENUE_HOSTS.includes(hostOf(url));
}

/** The host as the network will use it: user names, ports and odd spellings of addresses resolved. */
function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : "";
}
