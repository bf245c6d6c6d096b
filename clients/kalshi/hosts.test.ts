import { expect, it } from "vitest";
import type { Mode } from "../../core/domain/decision.ts";
import { TradingError, type TradingErrorCode } from "../../core/domain/errors.ts";
import type { VenueSettings } from "../../runtime/tipoff-config.ts";
import { ALL_LOCAL } from "../../runtime/venue-addresses.ts";
import { assertMarketDataHost, assertOrderHost, assertVenueSettings } from "./hosts.ts";

const REAL = [
  "https://external-api.kalshi.com/trade-api/v2",
  "https://api.elections.kalshi.com/trade-api/v2",
  "https://demo-api.kalshi.co/trade-api/v2",
];
const LOCAL = [
  "http://127.0.0.1:4455/trade-api/v2",
  "http://127.9.9.9/trade-api/v2",
  "http://[::1]:4455/trade-api/v2",
  // A number is an address in disguise; the URL standard spells it out as 127.0.0.1.
  "http://2130706433/trade-api/v2",
];
const DISGUISED = [
  "http://127.0.0.1@api.elections.kalshi.com/trade-api/v2",
  "http://127.0.0.1.kalshi.com/trade-api/v2",
  "http://localhost:4455/trade-api/v2",
  "http://0.0.0.0:4455/trade-api/v2",
  "https://example.org#@127.0.0.1",
  "//127.0.0.1/trade-api/v2",
  "",
];

/** The code of the refusal; null when the host is allowed. */
function refusal(
  check: (mode: Mode, url: string) => void,
  mode: Mode,
  url: string,
): TradingErrorCode | null {
  try {
    check(mode, url);
    return null;
  } catch (error) {
    if (error instanceof TradingError) return error.code;
    throw error;
  }
}

it.each(["shadow", "paper"] as const)("sends orders in %s mode to this machine only", (mode) => {
  for (const url of LOCAL) {
    expect([url, refusal(assertOrderHost, mode, url)]).toEqual([url, null]);
  }
  for (const url of [...REAL, ...DISGUISED]) {
    expect([url, refusal(assertOrderHost, mode, url)]).toEqual([url, "SAFETY_REFUSED"]);
  }
});

it("reads the venue's market data in shadow mode only, and only over TLS", () => {
  for (const url of REAL) {
    expect(refusal(assertMarketDataHost, "shadow", url)).toBeNull();
    expect(refusal(assertMarketDataHost, "paper", url)).toBe("SAFETY_REFUSED");
  }
  expect(
    refusal(assertMarketDataHost, "shadow", "wss://external-api-ws.kalshi.com/trade-api/ws/v2"),
  ).toBeNull();
  expect(
    refusal(assertMarketDataHost, "shadow", "http://external-api.kalshi.com/trade-api/v2"),
  ).toBe("SAFETY_REFUSED");
});

it("reads market data from no third party in any mode", () => {
  for (const mode of ["shadow", "paper"] as const) {
    for (const url of [...DISGUISED, "https://kalshi.com.example.org/"]) {
      expect(refusal(assertMarketDataHost, mode, url)).toBe("SAFETY_REFUSED");
    }
    for (const url of LOCAL) {
      expect(refusal(assertMarketDataHost, mode, url)).toBeNull();
    }
  }
});

/** What is said of settings; empty when they are allowed. */
function saidOf(mode: Mode, settings: Partial<VenueSettings>): string {
  try {
    assertVenueSettings(mode, "mine.yaml", { ...ALL_LOCAL, ...settings });
    return "";
  } catch (error) {
    if (error instanceof TradingError && error.code === "SAFETY_REFUSED") return error.message;
    throw error;
  }
}

it.each(["shadow", "paper"] as const)("takes no order host but this machine: %s", (mode) => {
  for (const orders of ["local", ...LOCAL]) expect(saidOf(mode, { orders })).toBe("");
  for (const orders of [...REAL, ...DISGUISED]) {
    const said = saidOf(mode, { orders });
    for (const word of ["mine.yaml", "venue.orders", "order-host-is-local", "127.0.0.1:PORT"]) {
      expect(said).toContain(word);
    }
  }
});

it.each(["marketData", "stream"] as const)("takes the venue for %s in shadow only", (key) => {
  const [real = ""] = REAL;
  expect(saidOf("shadow", { [key]: real })).toBe("");
  expect(saidOf("paper", { [key]: real })).toMatch(
    new RegExp(`venue\\.${key}.*market-data-host-fits-mode.*shadow only`),
  );
  expect(saidOf("shadow", { [key]: "https://example.org/trade-api/v2" })).toMatch(
    new RegExp(`venue\\.${key}.*market-data-host-fits-mode.*external-api\\.kalshi\\.com`),
  );
});

it("names every fault of the settings at once", () => {
  const [real = ""] = REAL;
  const said = saidOf("paper", { orders: real, marketData: real, stream: real });
  for (const key of ["orders", "marketData", "stream"]) expect(said).toContain(`venue.${key}`);
});
