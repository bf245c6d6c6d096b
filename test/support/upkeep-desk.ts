import { createFeeBook } from "../../activities/fee-book.ts";
import { keepMarkets } from "../../activities/bitcoin/keep-markets.ts";
import { type ContractEnd, SeriesMarkets } from "../../activities/bitcoin/series-markets.ts";
import { SeriesUpkeep } from "../../activities/bitcoin/series-upkeep.ts";
import type { ContractSettler } from "../../activities/bitcoin/settle-contracts.ts";
import type { FeeSchedule, Market } from "../../core/domain/market.ts";
import { type Instant, instant } from "../../core/domain/units.ts";
import type { MarketsQuery } from "../../core/domain/venue.ts";
import type { Db } from "../../schema/database.ts";
import { btcMarket, EVENT, FEES, SESSION_AT } from "./btc-session.ts";
import { SILENT } from "./kalshi.ts";

export const ONE = `${EVENT}-T79900`;
export const OTHER = `${EVENT}-T79950`;
export const END: ContractEnd = {
  kind: "settled",
  result: "yes",
  scalarValue: null,
  average: null,
};

/** An upkeep whose venue lists what the test says, on a clock that the test moves. */
export class UpkeepDesk {
  readonly #db: Db;
  now: Instant = SESSION_AT;
  listed: Market[] = [btcMarket(ONE), btcMarket(OTHER)];
  fees: FeeSchedule = FEES;
  /** What single events charge instead. */
  readonly feesOfEvent = new Map<string, FeeSchedule>();
  /** What the venue has settled. */
  settled: readonly string[] = [];
  isVenueAway = false;
  isFeesAway = false;
  /** Happens after the venue has answered with its list, and before that is heard. */
  afterList = (): void => undefined;
  /** It answers, but tells nothing of what has closed. */
  isPastAway = false;
  isSettlerBroken = false;
  readonly asked: string[] = [];
  readonly askedFees: string[] = [];
  readonly followed: (readonly string[])[] = [];
  readonly left: (readonly string[])[] = [];
  readonly forgotten: string[] = [];
  readonly errors: string[] = [];
  /** Loops that gave a sign of life since it was cleared, and those of each error. */
  readonly beats = new Set<string>();
  readonly failing: string[] = [];
  /** What the venue listed while nobody looked. */
  unseen: Market[] = [];
  readonly markets = new SeriesMarkets("KXBTCD");
  readonly upkeep: SeriesUpkeep;

  constructor(db: Db, endsAt: Instant | null, listedAt: Instant | null) {
    this.#db = db;
    this.upkeep = new SeriesUpkeep({
      series: "KXBTCD",
      mode: "shadow",
      markets: this.markets,
      recorder: { forget: () => undefined },
      db: this.#db,
      venue: { markets: (query) => this.#answer(query) },
      fees: createFeeBook({ feeSchedule: (_, eventTicker) => this.#feesOf(eventTicker) }),
      settler: {
        settle: (request) => this.#settle(request.tickers),
        learnClosed: ({ since, at }) => this.#learnClosed(since, at),
      },
      health: {
        beat: (loop) => void this.beats.add(loop),
        error: (loop, _, what) => {
          this.errors.push(what);
          this.failing.push(loop);
        },
      },
      clock: { now: () => this.now, speed: 60 },
      refreshMs: 60_000,
      listedAt,
      endsAt,
      follow: (tickers) => {
        this.followed.push([...tickers].sort());
        return () => void this.left.push([...tickers].sort());
      },
      forget: (tickers) => void this.forgotten.push(...tickers),
      log: SILENT,
    });
  }

  /** Lets the upkeep work for a while of the wall, the clock standing still. */
  async work(ms = 600): Promise<void> {
    for (let waited = 0; waited < ms; waited += 20) {
      this.upkeep.keepUp(this.now);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  at(ms: number): void {
    this.now = instant(SESSION_AT + ms);
  }

  count(what: string): number {
    return this.asked.filter((one) => one === what).length;
  }

  #answer({ status, tickers }: MarketsQuery): Promise<readonly Market[]> {
    this.asked.push(tickers === undefined ? `list ${status ?? ""}` : `look ${tickers.join(" ")}`);
    if (this.isVenueAway) return Promise.reject(new Error("the venue is away"));
    if (tickers !== undefined) {
      return Promise.resolve(this.listed.filter(({ ticker }) => tickers.includes(ticker)));
    }
    const open = this.listed.filter(({ closeAt }) => closeAt > this.now);
    if (status === "open") this.afterList();
    return Promise.resolve(status === "open" ? open : []);
  }

  /** As the venue says them: of an event that it has. */
  #feesOf(eventTicker: string): Promise<FeeSchedule> {
    this.askedFees.push(eventTicker);
    const isKnown = this.listed.some((market) => market.eventTicker === eventTicker);
    if (this.isFeesAway || !isKnown) return Promise.reject(new Error("no such event"));
    return Promise.resolve(this.feesOfEvent.get(eventTicker) ?? this.fees);
  }

  async #learnClosed(since: Instant, at: Instant): Promise<readonly string[]> {
    this.asked.push(`missed ${(at - since) / 60_000} min`);
    if (this.isVenueAway || this.isPastAway) throw new Error("the venue is away");
    const markets = this.unseen.splice(0);
    await keepMarkets(this.#db, { series: "KXBTCD", markets, feesOf: () => FEES, at });
    this.listed.push(...markets);
    return markets.map(({ ticker }) => ticker);
  }

  #settle(tickers: readonly string[]): ReturnType<ContractSettler["settle"]> {
    this.asked.push(`settle ${tickers.length}`);
    if (this.isSettlerBroken) return Promise.reject(new Error("no settlement can be written"));
    const found = tickers.filter((ticker) => this.settled.includes(ticker));
    const ended = found.map((marketTicker) => ({ marketTicker, end: END }));
    return Promise.resolve({ markets: [], ended, corrected: [], scored: 0 });
  }
}
