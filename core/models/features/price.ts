import { spread } from "../../domain/market.ts";
import { type Feature, type Seen, usd, difference } from "./feature.ts";

const QUOTE = ["quote"] as const;
const USD = "USD";
const ONE_SIDED = "a side of the book is empty";

/** Prices of the market now, and where they stand among those of the last minutes. */
export const PRICE_FEATURES: readonly Feature[] = [
  now("price_mid", "middle of bid and ask", ({ market }) => usd(market.mid)),
  {
    ...now("price_bid", "best bid", ({ market }) => usd(market.quote?.bid)),
    missingWhen: "nobody bids",
  },
  {
    ...now("price_ask", "best ask", ({ market }) => usd(market.quote?.ask)),
    missingWhen: "nobody offers",
  },
  now("price_spread", "ask less bid", ({ market: { quote } }) => usd(quote && spread(quote))),
  {
    ...now("price_logit", "log-odds of the mid", ({ market }) => {
      const p = usd(market.mid);
      return Math.log(p / (1 - p));
    }),
    unit: "log-odds",
  },
  fromMean(60),
  fromMean(300),
  fromMean(900),
  range(60),
  range(300),
  range(900),
  position(300),
  position(900),
  {
    name: "price_from_tip",
    meaning: "mid less the mid that stood at the scheduled tip",
    unit: USD,
    windowMs: null,
    needs: ["quote", "schedule"],
    missingWhen: `${ONE_SIDED}, before the tip, or no mid was seen by then`,
    value: ({ at, market, game }) =>
      at < game.tipAt ? NaN : usd(difference(market.mid, market.tipMid)),
  },
];

function now(name: string, meaning: string, value: (seen: Seen) => number): Feature {
  return { name, meaning, unit: USD, windowMs: null, needs: QUOTE, missingWhen: ONE_SIDED, value };
}

function over(name: string, meaning: string, seconds: number): Omit<Feature, "value"> {
  const windowMs = seconds * 1_000;
  return { name, meaning, unit: USD, windowMs, needs: QUOTE, missingWhen: ONE_SIDED };
}

function fromMean(seconds: 60 | 300 | 900): Feature {
  return {
    ...over(`price_from_mean_${seconds}s`, "mid less its time-weighted mean", seconds),
    value: ({ at, market }) => usd(difference(market.mid, market.midStats(seconds, at)?.mean)),
  };
}

function range(seconds: 60 | 300 | 900): Feature {
  return {
    ...over(`price_range_${seconds}s`, "highest less lowest mid", seconds),
    value: ({ at, market }) => {
      const stats = market.midStats(seconds, at);
      return stats === null ? NaN : usd(stats.high - stats.low);
    },
  };
}

function position(seconds: 300 | 900): Feature {
  return {
    ...over(`price_position_${seconds}s`, "where the mid is between lowest and highest", seconds),
    unit: "share, 0 to 1",
    missingWhen: `${ONE_SIDED}, or lowest and highest are one`,
    value: ({ at, market }) => {
      const stats = market.midStats(seconds, at);
      if (stats === null || market.mid === null || stats.high === stats.low) return NaN;
      return (market.mid - stats.low) / (stats.high - stats.low);
    },
  };
}
