import { expect, it } from "vitest";
import type { Market } from "../../core/domain/market.ts";
import { instant, usdMicros } from "../../core/domain/units.ts";
import { btcMarket, EVENT, FEES, SESSION_CLOSE } from "../../test/support/btc-session.ts";
import { SeriesMarkets } from "./series-markets.ts";

const ONE = `${EVENT}-T79900`;
const EARLY = instant(SESSION_CLOSE - 60_000);

/** A series with one active market, listed at 1 s of the wall. */
class Shelf {
  readonly markets = new SeriesMarkets("KXBTCD");

  constructor() {
    this.list(1_000);
  }

  list(askedWallMs: number, changes: Partial<Market> = {}): void {
    this.markets.take([btcMarket(ONE, changes)], () => FEES, askedWallMs);
  }

  get status() {
    return this.markets.get(ONE)?.status;
  }

  get closeAt() {
    return this.markets.get(ONE)?.contract.closeAt;
  }
}

it("takes the status of a listing that was asked for after the stream told one, and of no earlier", () => {
  const on = new Shelf();
  on.markets.told(ONE, { status: "inactive" }, 2_000);
  on.list(1_999);
  expect(on.status).toBe("inactive");
  on.list(2_001);
  expect(on.status).toBe("active");
  on.list(2_002, { status: "closed" });
  expect(on.status).toBe("closed");
});

it("takes the close in the same way, whatever was told of the status", () => {
  const on = new Shelf();
  on.markets.told(ONE, { closeAt: EARLY }, 2_000);
  on.markets.told(ONE, { status: "inactive" }, 4_000);
  on.list(1_999);
  expect([on.closeAt, on.status]).toEqual([EARLY, "inactive"]);
  on.list(3_000);
  expect([on.closeAt, on.status]).toEqual([SESSION_CLOSE, "inactive"]);
});

it("takes a result back by no listing, however late, and by the stream alone", () => {
  const on = new Shelf();
  on.list(2_000, { status: "determined" });
  on.list(3_000, { status: "closed" });
  expect(on.status).toBe("determined");
  on.list(4_000, { status: "finalized" });
  on.list(5_000, { status: "determined" });
  expect(on.status).toBe("finalized");
  on.markets.told(ONE, { status: "active" }, 6_000);
  expect(on.status).toBe("active");
});

it("keeps a strike that was known, and all else of a listing that came late", () => {
  const on = new Shelf();
  on.markets.told(ONE, { status: "inactive" }, 2_000);
  const fees = { ...FEES, multiplierMilli: 500 };
  const strikes = { strikeType: "greater", floorStrike: null, capStrike: null } as const;
  on.markets.take([btcMarket(ONE, { strikes })], () => fees, 1_500);
  const bounds = { kind: "above", strike: usdMicros(79_900_000_000) };
  expect(on.markets.get(ONE)).toMatchObject({ status: "inactive", fees, contract: { bounds } });
});

it("remembers nothing of what it does not know or has dropped", () => {
  const on = new Shelf();
  on.markets.told("KXBTCD-26NOV2020-T1", { status: "inactive", closeAt: EARLY }, 2_000);
  expect(on.markets.get("KXBTCD-26NOV2020-T1")).toBeNull();
  on.markets.told(ONE, { status: "inactive" }, 2_000);
  on.markets.drop(ONE);
  on.list(1_500);
  expect(on.status).toBe("active");
});
