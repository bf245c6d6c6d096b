import { ONE_USD_MICROS } from "../../domain/units.ts";
import {
  contracts,
  type Feature,
  type FeatureNeed,
  secondsSince,
  type Seen,
  usd,
} from "./feature.ts";

const NO_SIZES = "a side of the book is empty, or the source has no sizes";
const NO_PAIR = "a side of either book is empty";

/** The book's shape, the tape, and what the other team's market says. */
export const MICROSTRUCTURE_FEATURES: readonly Feature[] = [
  {
    ...book("micro_bid_size", "contracts at the best bid", "contracts", ({ market }) =>
      contracts(market.quote?.bidSize),
    ),
    missingWhen: "nobody bids, or the source has no sizes",
  },
  {
    ...book("micro_ask_size", "contracts at the best ask", "contracts", ({ market }) =>
      contracts(market.quote?.askSize),
    ),
    missingWhen: "nobody offers, or the source has no sizes",
  },
  book("micro_imbalance", "bid size less ask size over both", "share, -1 to 1", ({ market }) => {
    const bid = contracts(market.quote?.bidSize);
    const ask = contracts(market.quote?.askSize);
    return bid + ask > 0 ? (bid - ask) / (bid + ask) : NaN;
  }),
  book(
    "micro_price_less_mid",
    "price weighted by the other side's size, less the mid",
    "USD",
    weighted,
  ),
  {
    ...book("micro_spread_mean_60s", "time-weighted mean spread", "USD", ({ at, market }) =>
      usd(market.meanSpread(at)),
    ),
    windowMs: 60_000,
    missingWhen: "",
  },
  {
    ...book(
      "micro_quote_age_seconds",
      "since best prices or sizes last changed",
      "s",
      ({ at, market }) => secondsSince(at, market.lastChangeAt),
    ),
    missingWhen: "",
  },
  {
    ...book(
      "micro_quote_changes_60s",
      "changes of best prices or sizes",
      "count",
      ({ at, market }) => market.quoteChanges(at),
    ),
    windowMs: 60_000,
    missingWhen: "",
  },
  tape("micro_volume_60s", "contracts printed", "contracts", 60, ({ at, market }) =>
    contracts(market.volume(60, at)),
  ),
  tape("micro_volume_300s", "contracts printed", "contracts", 300, ({ at, market }) =>
    contracts(market.volume(300, at)),
  ),
  {
    ...tape(
      "micro_volume_ratio_300s",
      "volume of the last 60 s over a fifth of it",
      "ratio",
      300,
      (seen) => {
        const whole = seen.market.volume(300, seen.at);
        return whole > 0 ? (5 * seen.market.volume(60, seen.at)) / whole : NaN;
      },
    ),
    missingWhen: "nothing printed",
  },
  {
    ...tape(
      "micro_signed_volume_60s",
      "bought by takers less sold by them",
      "contracts",
      60,
      (seen) => contracts(seen.market.signedVolume(60, seen.at)),
    ),
    missingWhen: "the source does not tell the taker's side",
  },
  {
    ...tape("micro_prints_300s", "trades printed", "count", 300, ({ at, market }) =>
      market.prints(300, at),
    ),
    missingWhen: "the source tells volumes and not trades",
  },
  pair("micro_pair_mid_gap", "both teams' mids less 1", ({ market, pair: other }) =>
    overOne(market.mid, other?.mid),
  ),
  pair(
    "micro_pair_cost",
    "both teams' asks less 1: below 0 the pair is cheap",
    ({ market, pair: other }) => overOne(market.quote?.ask, other?.quote?.ask),
  ),
];

function make(
  name: string,
  meaning: string,
  unit: string,
  needs: readonly FeatureNeed[],
  value: (seen: Seen) => number,
): Feature {
  return { name, meaning, unit, windowMs: null, needs, missingWhen: "", value };
}

function book(name: string, meaning: string, unit: string, value: (seen: Seen) => number): Feature {
  return { ...make(name, meaning, unit, ["quote"], value), missingWhen: NO_SIZES };
}

function tape(
  name: string,
  meaning: string,
  unit: string,
  seconds: number,
  value: (seen: Seen) => number,
): Feature {
  return { ...make(name, meaning, unit, ["prints"], value), windowMs: seconds * 1_000 };
}

function pair(name: string, meaning: string, value: (seen: Seen) => number): Feature {
  return { ...make(name, meaning, "USD", ["quote", "pair"], value), missingWhen: NO_PAIR };
}

/** The side with more behind it pushes the price towards the other: Stoikov, "The micro-price", 2018. */
function weighted({ market: { quote, mid } }: Seen): number {
  const [bid, ask] = [usd(quote?.bid), usd(quote?.ask)];
  const [bidSize, askSize] = [contracts(quote?.bidSize), contracts(quote?.askSize)];
  const both = bidSize + askSize;
  return both > 0 ? (bid * askSize + ask * bidSize) / both - usd(mid) : NaN;
}

/** What two prices sum to over 1 USD; NaN without both. */
function overOne(one: number | null | undefined, other: number | null | undefined): number {
  return usd((one ?? NaN) + (other ?? NaN) - ONE_USD_MICROS);
}
