import type { Mode } from "../../core/domain/decision.ts";
import { TradingError } from "../../core/domain/errors.ts";
import { hostOf, isLoopback, isOneOf } from "../http/hosts.ts";

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
  if (isLoopback(url) || (mode === "shadow" && isOneOf(url, VENUE_HOSTS))) return;
  throw new TradingError("SAFETY_REFUSED", {
    rule: "market-data-host-fits-mode",
    mode,
    host: hostOf(url),
  });
}
