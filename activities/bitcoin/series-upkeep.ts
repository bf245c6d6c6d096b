import type { Logger } from "pino";
import type { BtcSeries } from "../../core/domain/btc-contract.ts";
import type { Mode } from "../../core/domain/decision.ts";
import { TradingError } from "../../core/domain/errors.ts";
import type { FeeSchedule, Market } from "../../core/domain/market.ts";
import type { RunClock } from "../../core/domain/time.ts";
import type { Instant } from "../../core/domain/units.ts";
import type { Venue } from "../../core/domain/venue.ts";
import type { Db } from "../../schema/database.ts";
import { unsettledContracts } from "../../schema/queries/btc-contracts.ts";
import { keepMarkets } from "./keep-markets.ts";
import type { BtcHealth } from "./health.ts";
import type { SeriesMarkets } from "./series-markets.ts";
import type { SeriesRecorder } from "./series-recorder.ts";
import type { ContractSettler } from "./settle-contracts.ts";

interface UpkeepDeps {
  readonly series: BtcSeries;
  readonly mode: Mode;
  readonly markets: SeriesMarkets;
  readonly recorder: Pick<SeriesRecorder, "forget">;
  readonly db: Db;
  readonly venue: Pick<Venue, "markets" | "feeSchedule">;
  readonly settler: ContractSettler;
  readonly health: Pick<BtcHealth, "beat" | "error">;
  readonly clock: RunClock;
  readonly refreshMs: number;
  /** Follows the books of markets. @returns the end of it. */
  readonly follow: (tickers: readonly string[]) => () => void;
  readonly log: Logger;
}

/** Least wall time between two questions to the venue, whatever the speed. */
const LEAST_WALL_MS = 250;
/** While a strike is awaited, and while closed contracts are not settled; run milliseconds. */
const STRIKE_MS = 2_000;
const SETTLE_MS = 5_000;
/** An end is kept for the workflow that is to be told, this long after the close; run milliseconds. */
const KEPT_AFTER_CLOSE_MS = 30 * 60_000;

/**
 * Keeps what a session knows of its contracts up to date: the venue's catalogue, strikes that come late,
 * closes, settlements. One question at a time; one that fails is asked again.
 */
export class SeriesUpkeep {
  readonly #deps: UpkeepDeps;
  readonly #leaves = new Map<string, () => void>();
  #fees: FeeSchedule | null = null;
  #refreshedAt: Instant | null = null;
  #settledAt: Instant | null = null;
  #askedWall = -Infinity;
  #isBusy = false;
  /** Whether the last look at what had closed found nothing new. */
  #hasFoundNothing = false;

  constructor(deps: UpkeepDeps) {
    this.#deps = deps;
  }

  /** Before the first chunk: the catalogue, what an earlier process left unsettled, and what is followed. */
  async begin(followed: readonly string[]): Promise<void> {
    const { series, markets, venue, db, clock } = this.#deps;
    if (this.#refreshedAt === null) {
      await this.#refresh(clock.now());
      const left = await unsettledContracts(db, { since: null, until: clock.now() });
      const own = left.filter((row) => row.series_ticker === series);
      await this.#learn(own.map((row) => row.market_ticker));
    }
    const unknown = followed.filter((ticker) => markets.get(ticker) === null);
    if (unknown.length > 0) this.#take(await venue.markets({ tickers: unknown }));
  }

  /** Starts what is due, in the background. */
  keepUp(at: Instant): void {
    if (this.#isBusy || performance.now() - this.#askedWall < LEAST_WALL_MS) return;
    const work = this.#due(at);
    if (work === null) return;
    const { series, health, log } = this.#deps;
    this.#isBusy = true;
    this.#askedWall = performance.now();
    void work()
      .then(
        () => {
          health.beat("upkeep", series);
        },
        (error: unknown) => {
          health.error("upkeep", series, classOf(error));
          log.warn({ series, error: String(error) }, "the venue's word on a series was not read");
        },
      )
      .finally(() => {
        this.#isBusy = false;
      });
  }

  /** Whether nothing is waited for: of what a source that is over leaves open nothing more is said. */
  isSettled(): boolean {
    const { markets, clock } = this.#deps;
    return this.#hasFoundNothing || markets.unsettled(clock.now()).length === 0;
  }

  stop(): void {
    for (const leave of this.#leaves.values()) leave();
    this.#leaves.clear();
  }

  #due(at: Instant): (() => Promise<void>) | null {
    const { markets, refreshMs } = this.#deps;
    const isOlder = (when: Instant | null, ms: number): boolean => when === null || at - when >= ms;
    // The catalogue first: a settlement that cannot be written must not keep us from what opens.
    const every = markets.lacksStrike(at) ? STRIKE_MS : refreshMs;
    if (isOlder(this.#refreshedAt, every)) return () => this.#refresh(at);
    const isSettling = markets.unsettled(at).length > 0 && isOlder(this.#settledAt, SETTLE_MS);
    return isSettling ? () => this.#settle(at) : null;
  }

  async #refresh(at: Instant): Promise<void> {
    const { series, venue } = this.#deps;
    this.#refreshedAt = at;
    const [open, unopened] = await Promise.all([
      venue.markets({ seriesTicker: series, status: "open" }),
      venue.markets({ seriesTicker: series, status: "unopened" }),
    ]);
    this.#fees ??= await venue.feeSchedule(series, open[0]?.eventTicker ?? series);
    const listed = [...open, ...unopened];
    this.#take(listed);
    await keepMarkets(this.#deps.db, { series, markets: listed, fees: this.#fees, at });
    this.#forgetEnded(at);
  }

  async #settle(at: Instant): Promise<void> {
    const { markets, mode, settler } = this.#deps;
    this.#settledAt = at;
    const due = markets.unsettled(at).map(({ contract }) => contract.marketTicker);
    const found = await settler.settle({ mode, tickers: due, at });
    this.#take(found.markets);
    for (const { marketTicker, end } of found.ended) {
      markets.change(marketTicker, { end });
      this.#leaves.get(marketTicker)?.();
      this.#leaves.delete(marketTicker);
    }
    this.#hasFoundNothing = found.ended.length === 0;
  }

  async #learn(tickers: readonly string[]): Promise<void> {
    if (tickers.length === 0) return;
    this.#take(await this.#deps.venue.markets({ tickers }));
  }

  #take(listed: readonly Market[]): void {
    const { markets, follow } = this.#deps;
    const fees = this.#fees ?? BTC_FEES;
    for (const ticker of markets.take(listed, fees)) {
      const known = markets.get(ticker);
      if (known !== null && known.end === null) this.#leaves.set(ticker, follow([ticker]));
    }
  }

  /** A contract that has ended is kept until its workflow has surely been told. */
  #forgetEnded(at: Instant): void {
    const { markets, recorder } = this.#deps;
    for (const { contract, end } of [...markets.all()]) {
      if (end === null || at - contract.closeAt < KEPT_AFTER_CLOSE_MS) continue;
      markets.drop(contract.marketTicker);
      recorder.forget(contract.marketTicker);
    }
  }
}

/** Of our own errors their code, of others their name. */
function classOf(error: unknown): string {
  if (error instanceof TradingError) return error.code;
  return error instanceof Error ? error.name : "unknown";
}

/** What the Bitcoin series charge until the venue has said so: takers pay, makers do not. */
const BTC_FEES: FeeSchedule = { kind: "quadratic", multiplierMilli: 1_000 };
