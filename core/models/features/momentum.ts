import { type Feature, secondsSince, type Seen, usd } from "./feature.ts";

const QUOTE = ["quote"] as const;
const ONE_SIDED = "a side of the book is empty";

/** How price and forecast moved. */
export const MOMENTUM_FEATURES: readonly Feature[] = [
  change(5),
  change(15),
  change(60),
  change(300),
  change(900),
  volatility(60),
  volatility(300),
  volatility(900),
  {
    ...over("momentum_trend_300s", "change of the mid over the path it took", 300),
    unit: "share, -1 to 1",
    missingWhen: `${ONE_SIDED}, or the mid did not move`,
    value: ({ at, market }) => {
      const path = market.moves(300, at)?.path ?? 0;
      return path > 0 ? market.change(300, at) / path : NaN;
    },
  },
  {
    ...over("momentum_turn_30s", "change of the last 15 s less that of the 15 s before", 30),
    value: ({ at, market }) => usd(2 * market.change(15, at) - market.change(30, at)),
  },
  {
    ...over("momentum_up_share_60s", "moves of the mid that went up", 60),
    unit: "share, 0 to 1",
    missingWhen: "the mid did not move",
    value: ({ at, market }) => {
      const moves = market.moves(60, at);
      return moves === null || moves.count === 0 ? NaN : moves.ups / moves.count;
    },
  },
  {
    ...over("momentum_moves_60s", "moves of the mid", 60),
    unit: "count",
    missingWhen: "",
    value: ({ at, market }) => market.moves(60, at)?.count ?? NaN,
  },
  {
    name: "momentum_espn_300s",
    meaning: "how ESPN's probability of the market's team moved",
    unit: "probability",
    windowMs: 300_000,
    needs: ["espn"],
    missingWhen: "",
    value: ({ at, game, side }) => {
      const moved = game.espnChange(at);
      return moved === 0 ? 0 : side * moved;
    },
  },
  {
    name: "momentum_still_seconds",
    meaning: "since the mid last moved",
    unit: "s",
    windowMs: null,
    needs: QUOTE,
    missingWhen: "",
    value: ({ at, market }: Seen) => secondsSince(at, market.lastMoveAt),
  },
];

function over(name: string, meaning: string, seconds: number): Omit<Feature, "value"> {
  const windowMs = seconds * 1_000;
  return { name, meaning, unit: "USD", windowMs, needs: QUOTE, missingWhen: ONE_SIDED };
}

function change(seconds: 5 | 15 | 60 | 300 | 900): Feature {
  return {
    ...over(`momentum_change_${seconds}s`, "mid less the mid at the window's start", seconds),
    value: ({ at, market }) => usd(market.change(seconds, at)),
  };
}

function volatility(seconds: 60 | 300 | 900): Feature {
  return {
    ...over(`momentum_volatility_${seconds}s`, "root of the summed squared moves", seconds),
    missingWhen: "",
    value: ({ at, market }) => usd(Math.sqrt(market.moves(seconds, at)?.squares ?? NaN)),
  };
}
