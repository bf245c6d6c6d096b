import type { Mode } from "../../core/domain/decision.ts";
import { TradingError } from "../../core/domain/errors.ts";
import type { VenueSettings } from "../../runtime/tipoff-config.ts";
import { LOCAL } from "../../runtime/venue-addresses.ts";
import { hostOf, isLoopback, isOneOf } from "../http/hosts.ts";

/** Where the venue's REST lives, with money. */
const KALSHI_HOST = "external-api.kalshi.com";

/** The venue's own hosts, from which shadow mode may read public data. */
const VENUE_HOSTS: readonly string[] = [
  KALSHI_HOST,
  "api.elections.kalshi.com",
  "external-api-ws.kalshi.com",
  "external-api.demo.kalshi.co",
  "demo-api.kalshi.co",
  "external-api-ws.demo.kalshi.co",
];

const ORDER_RULE = "order-host-is-local";
const MARKET_DATA_RULE = "market-data-host-fits-mode";

/**
 * Refuses to send orders anywhere but to this machine: no mode of this release trades with money.
 * Only literal loopback addresses count; a name, `localhost` included, can be made to point away.
 *
 * @throws TradingError SAFETY_REFUSED
 */
export function assertOrderHost(mode: Mode, url: string): void {
  if (!isLoopback(url)) {
    throw new TradingError("SAFETY_REFUSED", {
      rule: ORDER_RULE,
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
  if (fitsMode(mode, url)) return;
  throw new TradingError("SAFETY_REFUSED", {
    rule: MARKET_DATA_RULE,
    mode,
    host: hostOf(url),
  });
}

/**
 * Refuses settings of the venue by the same two rules, before a client is made of them.
 *
 * @throws TradingError SAFETY_REFUSED naming file, key, value, rule and what is allowed, of every fault.
 */
export function assertVenueSettings(mode: Mode, file: string, settings: VenueSettings): void {
  const isElsewhere = (url: string): boolean => url !== LOCAL && !isLoopback(url);
  const said = (key: keyof VenueSettings, rule: string, allowed: string): string =>
    `venue.${key}: ${JSON.stringify(settings[key])} is refused in mode ${mode} by the rule ` +
    `${rule}; allowed are local, addresses of this machine such as 127.0.0.1:PORT${allowed}`;
  const alsoInShadow =
    mode === "shadow"
      ? `, and over TLS the venue's own hosts: ${VENUE_HOSTS.join(", ")}`
      : ", and in mode shadow only the venue's own hosts, over TLS";
  const faults = [
    ...(isElsewhere(settings.orders) ? [said("orders", ORDER_RULE, ", in every mode")] : []),
    ...(["marketData", "stream"] as const).flatMap((key) =>
      isElsewhere(settings[key]) && !fitsMode(mode, settings[key])
        ? [said(key, MARKET_DATA_RULE, alsoInShadow)]
        : [],
    ),
  ];
  if (faults.length > 0) throw new TradingError("SAFETY_REFUSED", { file, faults });
}

function fitsMode(mode: Mode, url: string): boolean {
  return isLoopback(url) || (mode === "shadow" && isOneOf(url, VENUE_HOSTS));
}
