import type { BookSide } from "../domain/order.ts";
import type { CountCenti, PriceMicros } from "../domain/units.ts";
import { clusterBootstrap, clusterSums, type Resampling } from "./inference/bootstrap.ts";
import type { Estimate } from "./inference/estimate.ts";

/** Seconds after a fill at which the price is looked at again. */
export const HORIZONS_S = [5, 30, 300] as const;

/**
 * Why a middle after a fill is not known: the book is made of minute candles, which cannot tell of
 * less; or nobody saw one between the fill and then, nor that it had stayed.
 */
export type AftermathLack = "minute_resolution" | "not_seen";

/** A fill with what the market's price did afterwards. Prices in micros per contract. */
export interface FillAftermath {
  /** What may be taken as independent of others: a game, a night, an hour. */
  readonly cluster: string;
  readonly side: BookSide;
  readonly price: PriceMicros;
  readonly count: CountCenti;
  /** Middle of the book at the fill; null when a side was empty. */
  readonly midAt: number | null;
  /** Middle at each of `HORIZONS_S` after the fill; null when a side was empty, trading ended or it is not known. */
  readonly midsAfter: readonly (number | null)[];
  /** Why it is not known, at each of them; absent where nothing lacks. */
  readonly lacksAfter?: readonly (AftermathLack | null)[];
  /** The last price before resolution; null while there is none. */
  readonly closingPrice: number | null;
}

/** How the price moved against our fills by one horizon. */
export interface AdverseSelection {
  readonly seconds: (typeof HORIZONS_S)[number];
  /**
   * Micros per contract by which the middle moved against us from the fill on, weighted by
   * contracts: positive when those who traded with us knew better.
   */
  readonly against: Estimate;
  /** Fills that are left out, by why their middle is not known. */
  readonly unknown: Readonly<Record<AftermathLack, number>>;
}

/** Adverse selection at 5, 30 and 300 s after a fill, with intervals over clusters. */
export function adverseSelection(
  fills: readonly FillAftermath[],
  resampling: Resampling,
): readonly AdverseSelection[] {
  return HORIZONS_S.map((seconds, horizon) => {
    const moved = fills.flatMap((fill) => {
      const after = fill.midsAfter[horizon] ?? null;
      if (fill.midAt === null || after === null) return [];
      return { ...fill, gain: signOf(fill) * (fill.midAt - after) };
    });
    const lacking = (lack: AftermathLack): number =>
      fills.filter(({ lacksAfter }) => lacksAfter?.[horizon] === lack).length;
    const unknown = {
      minute_resolution: lacking("minute_resolution"),
      not_seen: lacking("not_seen"),
    };
    return { seconds, against: weighted(moved, resampling), unknown };
  });
}

/**
 * Closing-line value: micros per contract by which our price was better than the last price before
 * resolution, weighted by contracts. Positive says that the market came to agree with us.
 */
export function closingLineValue(
  fills: readonly FillAftermath[],
  resampling: Resampling,
): Estimate {
  const closed = fills.flatMap((fill) => {
    if (fill.closingPrice === null) return [];
    return { ...fill, gain: signOf(fill) * (fill.closingPrice - fill.price) };
  });
  return weighted(closed, resampling);
}

/** A buyer gains when the price rises, a seller when it falls. */
function signOf({ side }: FillAftermath): 1 | -1 {
  return side === "bid" ? 1 : -1;
}

function weighted(
  fills: readonly (FillAftermath & { readonly gain: number })[],
  resampling: Resampling,
): Estimate {
  const columns = [
    ({ gain, count }: { gain: number; count: number }) => gain * count,
    ({ count }: { count: number }) => count,
  ];
  const sample = clusterSums(fills, ({ cluster }) => cluster, columns);
  return clusterBootstrap(sample, ([sum = 0, count = 0]) => sum / count, resampling);
}
