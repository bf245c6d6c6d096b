import { createRateBudget } from "../clients/http/token-bucket.ts";
import { systemJitter } from "../clients/http/backoff.ts";
import { createEspnClient, type EspnClient } from "../clients/espn/client.ts";
import { DriftSentinel } from "../clients/kalshi/drift.ts";
import { assertMarketDataHost } from "../clients/kalshi/hosts.ts";
import { createMarketData, type MarketData } from "../clients/kalshi/market-data.ts";
import { KalshiRest } from "../clients/kalshi/rest.ts";
import { createSigner } from "../clients/kalshi/sign.ts";
import { createKalshiStream } from "../clients/kalshi/stream.ts";
import type { KalshiStream } from "../clients/kalshi/stream-port.ts";
import { createNbaClient, type NbaClient } from "../clients/nba/client.ts";
import type { RunClock } from "../core/domain/time.ts";
import type { LiveSourceConfig } from "../runtime/live-source-config.ts";
import type { Logger } from "../runtime/log.ts";
import type { Secret } from "../runtime/secret.ts";

/** Where the live venue and its feeds answer, and the key that reads the venue. */
export interface MirrorAccess extends LiveSourceConfig {
  readonly keyId: string;
  readonly privateKeyPem: Secret;
  /** The time out there: the wall's, but where a stand-in of the world outside runs faster. */
  readonly clock: RunClock;
}

const READ_TIMEOUT_MS = 5_000;
/** What is mirrored is read, whatever is done with it: nothing here can send an order. */
const MODE = "shadow";

/** The lines to the world outside. */
export interface Lines extends LiveSourceConfig, Pick<MirrorAccess, "clock"> {
  readonly marketData: MarketData;
  readonly stream: KalshiStream;
  readonly espn: EspnClient;
  readonly nba: NbaClient;
  close(): void;
}

/**
 * Opens the lines. Of the venue there is its public side alone: no call of orders or account is made of this key.
 *
 * @throws TradingError SAFETY_REFUSED for a host that is neither the venue's nor this machine, CONFIG_INVALID for a
 *   bad key.
 */
export function openLines(access: MirrorAccess, log: Logger): Lines {
  const { addresses, listedAheadMs, keyId, privateKeyPem, clock } = access;
  const { kalshi, espn, nba } = addresses;
  assertMarketDataHost(MODE, kalshi.rest);
  const drift = new DriftSentinel((field) => {
    log.warn({ field }, "the venue sends a field that is not known");
  });
  const rest = new KalshiRest({
    baseUrl: kalshi.rest,
    signer: createSigner(keyId, privateKeyPem),
    clock,
    budget: createRateBudget(clock),
    goesFirst: false,
    drift,
    readTimeoutMs: READ_TIMEOUT_MS,
    jitter: systemJitter,
  });
  const stream = createKalshiStream({
    mode: MODE,
    wsUrl: kalshi.stream,
    keyId,
    privateKeyPem,
    clock,
    log,
  });
  return {
    addresses,
    listedAheadMs,
    clock,
    marketData: createMarketData(rest, (fault) => {
      log.error({ ...fault }, "the venue sends a market that cannot be read");
    }),
    stream,
    espn: createEspnClient({ siteUrl: espn.site, coreUrl: espn.core, clock }),
    nba: createNbaClient({ baseUrl: nba.cdn, clock }),
    close: () => {
      stream.close();
    },
  };
}
