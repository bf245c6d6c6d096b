import { type Cause, quotes } from "./compare-causes.ts";
import { type ComparedOrder, MODEL_GAP } from "./compared.ts";

/** At what terms two runs made the same bet. */
export interface Terms {
  /** Whether the bet is one all the same, by the rule of {@link termsOf}. */
  readonly isAlike: boolean;
  /** In what the terms differ, and why; null where they do not. */
  readonly cause: Cause | null;
}

/** A contract, hundredths: sizes are rounded to whole ones. */
const ONE = 100;

/**
 * Compares the price and the count of the same bet: what was paid and filled, or, where neither filled, asked.
 *
 * They are alike when the prices are no further apart than the wider of the two books that were decided on, and
 * the run with fewer contracts had asked for all that the other got (`count_available`: the rest was not there), or
 * for fewer by no more than its price was another, or a contract (`count_by_price`: sizes are of money), and got
 * half of it: with less (`count_short`) it is nearer to one that did not fill.
 */
export function termsOf(here: ComparedOrder, there: ComparedOrder): Terms {
  const gap = Math.abs(priceOf(there) - priceOf(here));
  const price = gap === 0 ? null : gap <= bookWidth(here, there) ? IN_BOOK : BEYOND_BOOK;
  const count = countCode(here, there, gap);
  const codes = [price, count].filter((code) => code !== null);
  if (codes.length === 0) return { isAlike: true, cause: null };
  return {
    isAlike: price !== BEYOND_BOOK && count !== UNEXPLAINED && count !== SHORT,
    cause: {
      class: classOf(here, there, price !== null),
      code: codes.join("+"),
      numbers: numbersOf(here, there),
    },
  };
}

const IN_BOOK = "price_in_book";
const BEYOND_BOOK = "price_beyond_book";
const UNEXPLAINED = "count_unexplained";
const SHORT = "count_short";

function priceOf({ averagePrice, price }: ComparedOrder): number {
  return averagePrice ?? price;
}

function got({ filled, count }: ComparedOrder, isFilled: boolean): number {
  return isFilled ? filled : count;
}

/** Of the wider book; nothing where neither decision saw both sides. */
function bookWidth(...orders: readonly ComparedOrder[]): number {
  return Math.max(
    0,
    ...orders.flatMap(({ bid, ask }) => (bid === null || ask === null ? [] : [ask - bid])),
  );
}

function countCode(here: ComparedOrder, there: ComparedOrder, priceGap: number): string | null {
  const isFilled = here.filled > 0 || there.filled > 0;
  const [less, more] = got(here, isFilled) <= got(there, isFilled) ? [here, there] : [there, here];
  const most = got(more, isFilled);
  if (got(less, isFilled) === most) return null;
  const byPrice = (most * priceGap) / Math.max(priceOf(here), priceOf(there));
  if (most - less.count > Math.max(ONE, byPrice)) return UNEXPLAINED;
  if (2 * got(less, isFilled) < most) return SHORT;
  return less.count >= most ? "count_available" : "count_by_price";
}

/** Why the terms differ: what was seen, what was forecast, what came before the order, or what it had done before. */
function classOf(here: ComparedOrder, there: ComparedOrder, isPriced: boolean): Cause["class"] {
  const isSameBook = here.bid === there.bid && here.ask === there.ask;
  if (isPriced) return isSameBook ? "queue" : "latency";
  if (here.count === there.count) return "queue";
  const modelGap = Math.abs((here.model ?? 0) - (there.model ?? 0));
  if (modelGap > MODEL_GAP) return "feeds";
  return isSameBook ? "path" : "latency";
}

function numbersOf(here: ComparedOrder, there: ComparedOrder): Cause["numbers"] {
  return {
    laterMs: there.at - here.at,
    ...{ priceHere: priceOf(here), priceThere: priceOf(there) },
    ...{ countHere: here.count, countThere: there.count },
    ...{ filledHere: here.filled, filledThere: there.filled },
    ...quotes("Here", here),
    ...quotes("There", there),
    ...{ edgeHere: here.edge, edgeThere: there.edge },
    ...(here.model !== null && there.model !== null && { modelGap: there.model - here.model }),
    ...{ waitedMsHere: here.proposedAt - here.at, waitedMsThere: there.proposedAt - there.at },
  };
}
