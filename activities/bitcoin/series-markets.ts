import {
  type BtcContract,
  type BtcSeries,
  contractBounds,
  hasStrike,
} from "../../core/domain/btc-contract.ts";
import type { ContractFact } from "../../core/domain/contract.ts";
import type { FeeSchedule, Market, MarketStatus, PriceBand } from "../../core/domain/market.ts";
import type { Instant } from "../../core/domain/units.ts";

/** How the tables know that a contract ended. */
export type ContractEnd = Extract<ContractFact, { kind: "settled" | "voided" }>;

/** One contract of a series as this process knows it. */
export interface TrackedContract {
  readonly contract: BtcContract;
  readonly status: MarketStatus;
  readonly exchangeIndex: number;
  readonly fees: FeeSchedule;
  readonly grid: readonly PriceBand[];
  /** Settled and scored in the tables: it is only told to its workflow any more. Null before. */
  readonly end: ContractEnd | null;
}

/**
 * The contracts of one series: what the venue lists, with what its stream has changed since. A catalogue
 * that lags takes nothing back: a strike that was known, a market that has closed.
 */
export class SeriesMarkets {
  readonly #series: BtcSeries;
  readonly #known = new Map<string, TrackedContract>();

  constructor(series: BtcSeries) {
    this.#series = series;
  }

  /**
   * Takes in what the venue lists.
   *
   * @param feesOf what the venue charges in a market.
   * @returns tickers that were not known before.
   */
  take(markets: readonly Market[], feesOf: (market: Market) => FeeSchedule): readonly string[] {
    const fresh: string[] = [];
    for (const market of markets) {
      const listed = contractOf(this.#series, market);
      if (listed === null) continue;
      const known = this.#known.get(market.ticker);
      if (known === undefined) fresh.push(market.ticker);
      this.#known.set(market.ticker, {
        contract: known === undefined ? listed : newer(known.contract, listed),
        status: market.status,
        exchangeIndex: market.exchangeIndex,
        fees: feesOf(market),
        grid: market.grid,
        end: known?.end ?? null,
      });
    }
    return fresh;
  }

  /** Changes one contract, by what the stream told or a settlement said. */
  change(marketTicker: string, change: Partial<TrackedContract>): void {
    const known = this.#known.get(marketTicker);
    if (known !== undefined) this.#known.set(marketTicker, { ...known, ...change });
  }

  /** The venue closes a contract at another instant than it said. */
  moveClose(marketTicker: string, closeAt: Instant): void {
    const known = this.#known.get(marketTicker);
    if (known !== undefined) {
      this.change(marketTicker, { contract: { ...known.contract, closeAt } });
    }
  }

  get(marketTicker: string): TrackedContract | null {
    return this.#known.get(marketTicker) ?? null;
  }

  /** Forgets a contract that is over. */
  drop(marketTicker: string): void {
    this.#known.delete(marketTicker);
  }

  all(): IterableIterator<TrackedContract> {
    return this.#known.values();
  }

  /** Those whose book is open, by the venue's clock. */
  open(at: Instant): readonly TrackedContract[] {
    return [...this.all()].filter(({ contract }) => contract.openAt <= at && at < contract.closeAt);
  }

  /** Those that have closed and that the tables do not know the end of. */
  unsettled(at: Instant): readonly TrackedContract[] {
    return [...this.all()].filter(({ contract, end }) => end === null && contract.closeAt <= at);
  }

  /** Whether a quarter-hour is open of which the venue has not stated the strike. */
  lacksStrike(at: Instant): boolean {
    return this.open(at).some(({ contract }) => !hasStrike(contract.bounds));
  }
}

function contractOf(series: BtcSeries, market: Market): BtcContract | null {
  const { strikes, ticker: marketTicker, eventTicker, openAt, closeAt } = market;
  const bounds = strikes === null ? null : contractBounds(strikes);
  if (bounds === null) return null;
  return { series, eventTicker, marketTicker, bounds, openAt, closeAt };
}

function newer(known: BtcContract, listed: BtcContract): BtcContract {
  return hasStrike(listed.bounds) ? listed : { ...listed, bounds: known.bounds };
}
