import { TradingError } from "../../core/domain/errors.ts";
import { hostOf, isLoopback, isOneOf } from "../http/hosts.ts";

/** Coinbase Exchange's public market data. */
const COINBASE_HOSTS: readonly string[] = [
  "ws-feed.exchange.coinbase.com",
  "api.exchange.coinbase.com",
];

/**
 * Refuses market data from anywhere but Coinbase itself, over TLS, or this machine.
 *
 * @throws TradingError SAFETY_REFUSED
 */
export function assertCoinbaseHost(url: string): void {
  if (isLoopback(url) || isOneOf(url, COINBASE_HOSTS)) return;
  throw new TradingError("SAFETY_REFUSED", { rule: "spot-host-is-coinbase", host: hostOf(url) });
}
