import type { Logger } from "pino";
import type { BtcSeries } from "../../core/domain/btc-contract.ts";
import type { Mode } from "../../core/domain/decision.ts";
import type { FeeSchedule, Market } from "../../core/domain/market.ts";
import type { RunClock } from "../../core/domain/time.ts";
import { type Instant, instant } from "../../core/domain/units.ts";
import type { Venue } from "../../core/domain/venue.ts";
import type { Db } from "../../schema/database.ts";
import { unsettledContracts } from "../../schema/queries/btc-contracts.ts";
import { recordCatalogue, recordLookBack } from "../../schema/queries/btc-progress.ts";
import type { FeeBook } from "../fee-book.ts";
import { keepMarkets } from "./keep-markets.ts";
import type { BtcHealth } from "./health.ts";
import { errorClassOf } from "./health-notes.ts";
import type { SeriesMarkets } from "./series-markets.ts";
import type { SeriesRecorder } from "./series-recorder.ts";
import type { ContractSettler } from "./settle-contracts.ts";

interface UpkeepDeps {
  readonly series: BtcSeries;
  readonly mode: Mode;
  readonly markets: SeriesMarkets;
  readonly recorder: Pick<SeriesRecorder, "forget">;
  readonly db: Db;
  readonly venue: Pick<Venue, "markets">;
  readonly fees: FeeBook;
  readonly settler: ContractSettler;
  readonly health: Pick<BtcHealth, "beat" | "error">;
  readonly clock: RunClock;
  readonly refreshMs: number;
  /** Up to when earlier processes know of all that was open; null where none watched the series. */
  readonly listedAt: Instant | null;
  /** When the source that is played ends; null for one that never does. */
  readonly endsAt: Instant | null;
  /** Follows the books of markets. @returns the end of it. */
  readonly follow: (tickers: readonly string[]) => () => void;
  /** Hears of contracts that are over and of which nothing must be kept. */
  readonly forget: (tickers: readonly string[]) => void;
  readonly log: Logger;
}

/** Least wall time between two questions to the venue, whatever the speed. */
const LEAST_WALL_MS = 250;
/** The same between two looks back: they are long, and at the end of a source run time stands still. */
const LOOK_BACK_WALL_MS = 5_000;
/** While a strike is awaited, and while closed contracts are not settled; run milliseconds. */
const STRIKE_MS = 2_000;
const SETTLE_MS = 5_000;
/** The fees of what opens within so many refreshes are read: they must be known when it is open. */
const REFRESHES_AHEAD = 2;
/** An end is kept for the workflow that is to be told, this long after the close; run milliseconds. */
const KEPT_AFTER_CLOSE_MS = 30 * 60_000;
/**
 * Unless the catalogue was read for so long, no contract can have opened and closed unseen: the shortest live
 * for a quarter of an hour, and one may close early. Run milliseconds.
 */
const UNSEEN_MS = 5 * 60_000;
/** Looks for what was missed go back so far: twenty thousand contracts. A longer absence is for a person. */
const MISSED_BACK_MS = 72 * 3_600_000;

/**
 * Keeps what a session knows of its contracts up to date: the venue's catalogue, strikes that come late,
 * closes, settlements. One question at a time; one that fails is asked again.
 */
export class SeriesUpkeep {
  readonly #deps: UpkeepDeps;
  /** Books that are followed by one subscription, until none of them is needed. */
  readonly #followed = new Set<FollowedBooks>();
  #refreshedAt: Instant | null = null;
  /** When the catalogue was last read to its end; before the first time, by an earlier process. */
  #listedAt: Instant | null;
  /** Since when contracts may have opened and closed that nobody heard of; null when there are none. */
  #missedSince: Instant | null = null;
  /** Whether all that closed and is not settled is watched: not before the first look back. */
  #isPastKnown = false;
  #lookedBackWall = -Infinity;
  #settledAt: Instant | null = null;
  #askedWall = -Infinity;
  #isBusy = false;
  #isStopped = false;
  /** Loops whose last work failed. */
  readonly #failed = new Set<UpkeepWork["loop"]>();
  #hasBegun = false;
  /** Whether a look at what had closed, made after the end of the source, found nothing new. */
  #hasHeardAll = false;

  constructor(deps: UpkeepDeps) {
    this.#deps = deps;
    this.#listedAt = deps.listedAt;
  }

  /** Before each chunk: the catalogue, once, and what is followed and it does not name. */
  async begin(followed: readonly string[]): Promise<void> {
    const { series, markets, clock, health, log } = this.#deps;
    if (!this.#hasBegun) await this.#refresh(clock.now());
    this.#hasBegun = true;
    // One that the venue does not show any more must not keep us from all the others.
    await this.#learn(followed.filter((ticker) => markets.get(ticker) === null)).catch(
      (error: unknown) => {
        health.error("upkeep", series, errorClassOf(error));
        log.warn({ series, error: String(error) }, "followed contracts were not found");
      },
    );
  }

  /** Starts what is due, in the background. */
  keepUp(at: Instant): void {
    if (this.#isBusy || performance.now() - this.#askedWall < LEAST_WALL_MS) return;
    const { series, markets, health, log } = this.#deps;
    const work = this.#due(at);
    // Having nothing to do is a sign of life, unless the last try failed.
    if (work === null && !this.#failed.has("upkeep")) health.beat("upkeep", series);
    if (markets.unsettled(at).length === 0) health.beat("settlement", series);
    if (work === null) return;
    this.#isBusy = true;
    this.#askedWall = performance.now();
    void work
      .run()
      .then(
        () => {
          this.#failed.delete(work.loop);
          health.beat(work.loop, series);
        },
        (error: unknown) => {
          this.#failed.add(work.loop);
          health.error(work.loop, series, errorClassOf(error));
          log.warn({ series, error: String(error) }, "the venue's word on a series was not read");
        },
      )
      .finally(() => {
        this.#isBusy = false;
      });
  }

  /** Reads the catalogue again as soon as the venue may be asked: it is known to have changed. */
  refreshSoon(): void {
    this.#refreshedAt = null;
  }

  /** Whether nothing is waited for: of what a source that is over leaves open nothing more is said. */
  isSettled(): boolean {
    const { markets, clock } = this.#deps;
    if (!this.#isPastKnown) return false;
    return this.#hasHeardAll || markets.unsettled(clock.now()).length === 0;
  }

  /** Leaves all books, and follows none that a question under way still finds. */
  stop(): void {
    this.#isStopped = true;
    for (const { leave } of this.#followed) leave();
    this.#followed.clear();
  }

  #due(at: Instant): UpkeepWork | null {
    const { markets, refreshMs } = this.#deps;
    const isOlder = (when: Instant | null, ms: number): boolean => when === null || at - when >= ms;
    // The catalogue first: a settlement that cannot be written must not keep us from what opens.
    const every = markets.lacksStrike(at) ? STRIKE_MS : refreshMs;
    if (isOlder(this.#refreshedAt, every)) {
      return { loop: "upkeep", run: () => this.#refresh(at) };
    }
    // Not at every turn: while the venue tells nothing of the past, what has closed since is settled.
    const isLookDue = performance.now() - this.#lookedBackWall >= LOOK_BACK_WALL_MS;
    if (!this.#isPastKnown && isLookDue) return { loop: "upkeep", run: () => this.#lookBack(at) };
    // After the end time stands still: what is left is asked for until a look finds nothing new.
    const isLast = this.#isSourceOver(at) && !this.#hasHeardAll;
    const isSettling =
      markets.unsettled(at).length > 0 && (isLast || isOlder(this.#settledAt, SETTLE_MS));
    return isSettling ? { loop: "settlement", run: () => this.#settle(at) } : null;
  }

  #isSourceOver(at: Instant): boolean {
    const { endsAt } = this.#deps;
    return endsAt !== null && at >= endsAt - 1;
  }

  async #refresh(at: Instant): Promise<void> {
    const { series, venue, db } = this.#deps;
    this.#refreshedAt = at;
    const askedWallMs = performance.now();
    const [open, unopened] = await Promise.all([
      venue.markets({ seriesTicker: series, status: "open" }),
      venue.markets({ seriesTicker: series, status: "unopened" }),
    ]);
    const listed = [...open, ...unopened];
    const feesOf = await this.#readFees(listed, at);
    this.#take(listed, feesOf, askedWallMs);
    await keepMarkets(db, { series, markets: listed, feesOf, at });
    this.#forgetEnded(at);
    if (this.#listedAt !== null && at - this.#listedAt >= UNSEEN_MS) {
      this.#missedSince ??= this.#listedAt;
      this.#isPastKnown = false;
    }
    this.#listedAt = at;
    // Until a look back has come to its end, the tables say where it is to begin, whoever dies meanwhile.
    await recordCatalogue(db, this.#deps, this.#missedSince ?? at);
  }

  /**
   * What earlier processes left unsettled, and what opened and closed while nobody read the catalogue: this
   * process was not there, or not the venue. In the background: what is open now does not wait for it.
   */
  async #lookBack(at: Instant): Promise<void> {
    const { series, markets, db } = this.#deps;
    this.#lookedBackWall = performance.now();
    const left = await unsettledContracts(db, { since: null, until: at });
    const unread = left.filter((row) => row.series_ticker === series);
    const tickers = unread.map((row) => row.market_ticker);
    await this.#learn(tickers.filter((ticker) => markets.get(ticker) === null));
    if (this.#missedSince !== null) await this.#learnMissed(this.#missedSince, at);
    this.#missedSince = null;
    this.#isPastKnown = true;
  }

  async #learnMissed(missedSince: Instant, at: Instant): Promise<void> {
    const { series, settler, db, log } = this.#deps;
    const since = instant(Math.max(missedSince, at - MISSED_BACK_MS));
    if (since > missedSince) {
      log.warn({ series, missedSince, since }, "what closed before is for `btc sweep --since`");
    }
    const missed = await settler.learnClosed({ series: [series], since, at });
    log.info({ series, since, missed: missed.length }, "looked for contracts that were missed");
    await this.#learn(missed);
    await recordLookBack(db, this.#deps, { since, until: this.#listedAt ?? at });
  }

  async #settle(at: Instant): Promise<void> {
    const { markets, mode, settler } = this.#deps;
    this.#settledAt = at;
    const due = markets.unsettled(at).map(({ contract }) => contract.marketTicker);
    const askedWallMs = performance.now();
    const found = await settler.settle({ mode, tickers: due, at });
    this.#take(found.markets, this.#knownFees, askedWallMs);
    for (const { marketTicker, end } of found.ended) markets.change(marketTicker, { end });
    this.#leaveEnded();
    this.#hasHeardAll = found.ended.length === 0 && this.#isSourceOver(at);
  }

  async #learn(tickers: readonly string[]): Promise<void> {
    if (tickers.length === 0) return;
    const { venue, clock } = this.#deps;
    const askedWallMs = performance.now();
    const listed = await venue.markets({ tickers });
    this.#take(listed, await this.#readFees(listed, clock.now()), askedWallMs);
  }

  /**
   * What the venue charges in these markets. It says so of an event, and only of one that it has: asked are those
   * that are open or about to open, of the others what is known must do.
   */
  async #readFees(listed: readonly Market[], at: Instant): Promise<FeesOf> {
    const { series, fees, refreshMs, health, log } = this.#deps;
    const soon = at + REFRESHES_AHEAD * refreshMs;
    const due = listed.filter(({ openAt, closeAt }) => openAt <= soon && at < closeAt);
    const read = new Map<string, FeeSchedule>();
    const events = [...new Set(due.map(({ eventTicker }) => eventTicker))];
    const ask = async (eventTicker: string): Promise<void> => {
      try {
        read.set(eventTicker, await fees.schedule(eventTicker));
      } catch (error) {
        // One event must not keep us from all the others.
        health.error("upkeep", series, errorClassOf(error));
        log.warn(
          { series, eventTicker, error: String(error) },
          "the fees of an event were not read",
        );
      }
    };
    await Promise.all(events.map(ask));
    return (market) => read.get(market.eventTicker) ?? this.#knownFees(market);
  }

  readonly #knownFees: FeesOf = ({ ticker }) => this.#deps.markets.get(ticker)?.fees ?? BTC_FEES;

  #take(listed: readonly Market[], feesOf: FeesOf, askedWallMs: number): void {
    const { markets, follow, clock } = this.#deps;
    const fresh = markets.take(listed, feesOf, askedWallMs);
    if (this.#isStopped) return;
    const byClose = new Map<Instant, string[]>();
    for (const ticker of fresh) {
      const known = markets.get(ticker);
      if (known === null || known.end !== null) continue;
      const { closeAt } = known.contract;
      // One that has closed has no book.
      if (closeAt <= clock.now()) continue;
      const tickers = byClose.get(closeAt) ?? [];
      tickers.push(ticker);
      byClose.set(closeAt, tickers);
    }
    // What closes together is subscribed in one command, and left in one.
    for (const tickers of byClose.values()) {
      this.#followed.add({ tickers, leave: follow(tickers) });
    }
  }

  #leaveEnded(): void {
    const { markets, forget } = this.#deps;
    for (const followed of this.#followed) {
      // One that was dropped had ended.
      if (followed.tickers.some((ticker) => markets.get(ticker)?.end === null)) continue;
      followed.leave();
      this.#followed.delete(followed);
      forget(followed.tickers.filter((ticker) => markets.get(ticker) === null));
    }
  }

  /** A contract that has ended is kept until its workflow has surely been told. */
  #forgetEnded(at: Instant): void {
    const { markets, recorder, forget } = this.#deps;
    const gone: string[] = [];
    for (const { contract, end } of [...markets.all()]) {
      if (end === null || at - contract.closeAt < KEPT_AFTER_CLOSE_MS) continue;
      markets.drop(contract.marketTicker);
      recorder.forget(contract.marketTicker);
      gone.push(contract.marketTicker);
    }
    this.#leaveEnded();
    forget(gone);
  }
}

/** One question to the venue, and the loop that it belongs to. */
interface UpkeepWork {
  readonly loop: "upkeep" | "settlement";
  readonly run: () => Promise<void>;
}

type FeesOf = (market: Market) => FeeSchedule;

interface FollowedBooks {
  readonly tickers: readonly string[];
  readonly leave: () => void;
}

/** What the Bitcoin series charge until the venue has said so: takers pay, makers do not. */
const BTC_FEES: FeeSchedule = { kind: "quadratic", multiplierMilli: 1_000 };
