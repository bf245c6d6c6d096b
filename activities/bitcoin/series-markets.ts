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

/** What a step of a contract's life changes. */
interface Told {
  readonly status?: MarketStatus;
  readonly closeAt?: Instant;
}

/** When the stream last told of them, wall milliseconds. */
interface Heard {
  statusWallMs: number;
  closeWallMs: number;
}
const UNHEARD: Readonly<Heard> = { statusWallMs: -Infinity, closeWallMs: -Infinity };

/**
 * The contracts of one series: what the venue lists, with what its stream has changed since. A catalogue
 * that lags takes nothing back: a strike that was known, a pause, a close or a result that was told.
 */
export class SeriesMarkets {
  readonly #series: BtcSeries;
  readonly #known = new Map<string, TrackedContract>();
  readonly #heard = new Map<string, Heard>();

  constructor(series: BtcSeries) {
    this.#series = series;
  }

  /**
   * Takes in what the venue lists.
   *
   * @param feesOf what the venue charges in a market.
   * @param askedWallMs when the venue was asked, wall milliseconds: what the stream told later is newer.
   * @returns tickers that were not known before.
   */
  take(
    markets: readonly Market[],
    feesOf: (market: Market) => FeeSchedule,
    askedWallMs: number,
  ): readonly string[] {
    const fresh: string[] = [];
    for (const market of markets) {
      const listed = contractOf(this.#series, market);
      if (listed === null) continue;
      const known = this.#known.get(market.ticker);
      const heard = this.#heard.get(market.ticker) ?? UNHEARD;
      const isOlder = {
        status: askedWallMs < heard.statusWallMs,
        close: askedWallMs < heard.closeWallMs,
      };
      if (known === undefined) fresh.push(market.ticker);
      this.#known.set(market.ticker, {
        ...newer(known, { contract: listed, status: market.status }, isOlder),
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

  /** What the stream told of a contract, and when that was heard, wall milliseconds. */
  told(marketTicker: string, { status, closeAt }: Told, heardWallMs: number): void {
    const known = this.#known.get(marketTicker);
    if (known === undefined) return;
    const heard = { ...(this.#heard.get(marketTicker) ?? UNHEARD) };
    if (status !== undefined) {
      heard.statusWallMs = heardWallMs;
      this.change(marketTicker, { status });
    }
    if (closeAt !== undefined) {
      heard.closeWallMs = heardWallMs;
      this.change(marketTicker, { contract: { ...known.contract, closeAt } });
    }
    this.#heard.set(marketTicker, heard);
  }

  get(marketTicker: string): TrackedContract | null {
    return this.#known.get(marketTicker) ?? null;
  }

  /** Forgets a contract that is over. */
  drop(marketTicker: string): void {
    this.#known.delete(marketTicker);
    this.#heard.delete(marketTicker);
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

type Listed = Pick<TrackedContract, "contract" | "status">;

/** What is known once a listing was read; some of it may be older than what the stream told. */
function newer(
  known: Listed | undefined,
  listed: Listed,
  isOlder: { readonly status: boolean; readonly close: boolean },
): Listed {
  if (known === undefined) return listed;
  const { bounds, closeAt } = known.contract;
  const isKept = isOlder.status || finality(listed.status) < finality(known.status);
  return {
    status: isKept ? known.status : listed.status,
    contract: {
      ...listed.contract,
      ...(hasStrike(listed.contract.bounds) ? {} : { bounds }),
      ...(isOlder.close ? { closeAt } : {}),
    },
  };
}

/** How far the venue has come with saying a result: no listing goes back behind it. */
function finality(status: MarketStatus): number {
  return FINAL.indexOf(status);
}

const FINAL: readonly MarketStatus[] = ["determined", "finalized"];
