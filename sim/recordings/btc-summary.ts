import { HORIZON_MINUTES } from "../../core/scoring/btc-horizons.ts";
import { type Instant, instant } from "../../core/domain/units.ts";
import type { Fact } from "../facts.ts";

const MINUTE_MS = 60_000;
/** A spot price older than this says nothing of now. */
const SPOT_FRESH_MS = MINUTE_MS;

/** How many contracts can be forecast and compared so long before their close. */
export interface HorizonCoverage {
  readonly minutesToClose: number;
  /** A price was shown, on one side at least. */
  readonly quoted: number;
  /** Of those, with a bid and an ask. */
  readonly twoSided: number;
  /** Of those, with a trade of the spot in the minute before, or a candle that ended in it. */
  readonly withSpot: number;
}

interface Watched {
  closeAt: Instant;
  readonly yes: Set<number>;
  readonly no: Set<number>;
  /** Horizons still to come, the earliest last. */
  readonly ahead: number[];
}
type Counts = { quoted: number; twoSided: number; withSpot: number };

/** What a recording holds of Bitcoin, from its facts in sequence. */
export class BtcSummary {
  readonly #open = new Map<string, Watched>();
  readonly #settled = new Set<string>();
  readonly #horizons = new Map<number, Counts>(
    HORIZON_MINUTES.map((minutes) => [minutes, { quoted: 0, twoSided: 0, withSpot: 0 }]),
  );
  #markets = 0;
  #spotAt = -Infinity;

  add(fact: Fact): void {
    this.#pass(fact.receivedAt);
    switch (fact.kind) {
      case "listing": {
        const { closeAt } = fact;
        const ahead = [...HORIZON_MINUTES].sort((a, b) => a - b);
        this.#open.set(fact.marketTicker, { closeAt, yes: new Set(), no: new Set(), ahead });
        this.#markets += 1;
        return;
      }
      case "level":
        this.#show(fact.marketTicker, fact.outcome, fact.price, fact.size > 0);
        return;
      case "quote":
        this.#show(fact.marketTicker, "yes", 0, fact.bid !== null);
        this.#show(fact.marketTicker, "no", 0, fact.ask !== null);
        return;
      case "market-status":
        if (fact.result !== null) this.#settled.add(fact.marketTicker);
        return;
      case "spot-trade":
      case "spot-candle":
      case "index-value":
        this.#spotAt = fact.receivedAt;
        return;
      case "close-moved": {
        const market = this.#open.get(fact.marketTicker);
        if (market) market.closeAt = fact.closeAt;
        return;
      }
      case "bounds":
      case "trade":
      case "volume":
      case "game-state":
      case "play":
      case "win-probability":
      case "injury":
      case "feed-away":
      case "page-away":
      case "outage":
      case "shard":
      case "partner":
        return;
    }
  }

  get markets(): number {
    return this.#markets;
  }

  get settled(): number {
    return this.#settled.size;
  }

  /** Complete once every fact was added. */
  get horizons(): readonly HorizonCoverage[] {
    return [...this.#horizons].map(([minutesToClose, counts]) => ({ minutesToClose, ...counts }));
  }

  /** Counts every horizon before `at`: what is received at its very instant still belongs to it. */
  #pass(at: Instant): void {
    for (const [ticker, market] of this.#open) {
      for (let next = market.ahead.at(-1); next !== undefined; next = market.ahead.at(-1)) {
        const due = instant(market.closeAt - next * MINUTE_MS);
        if (due >= at) break;
        market.ahead.pop();
        this.#count(next, market, due);
      }
      if (market.ahead.length === 0) this.#open.delete(ticker);
    }
  }

  #count(minutes: number, { yes, no }: Watched, due: Instant): void {
    const counts = this.#horizons.get(minutes);
    if (!counts || (yes.size === 0 && no.size === 0)) return;
    counts.quoted += 1;
    if (yes.size === 0 || no.size === 0) return;
    counts.twoSided += 1;
    if (due - this.#spotAt <= SPOT_FRESH_MS) counts.withSpot += 1;
  }

  #show(ticker: string, outcome: "yes" | "no", price: number, isShown: boolean): void {
    const prices = this.#open.get(ticker)?.[outcome];
    if (isShown) prices?.add(price);
    else prices?.delete(price);
  }
}
