import type { GameClock } from "../../../domain/decision.ts";
import { gameTime } from "../../../domain/game-clock.ts";
import { mid, type Quote } from "../../../domain/market.ts";
import type { Instant } from "../../../domain/units.ts";
import { inGameProbability } from "../../win-probability.ts";
import { AWAY, CONFIG, HOME, LISTED, type Observation, TIP } from "./history.ts";

type Values = Readonly<Record<string, number>>;
interface Point {
  readonly at: number;
  readonly value: number;
}

/**
 * Every feature of a market at an instant, each by a walk over the whole history up to it. Missing
 * ones are NaN.
 */
export function naiveFeatures(history: readonly Observation[], own: string, at: Instant): Values {
  const past = history.filter((one) => one.at <= at);
  const other = own === HOME ? AWAY : HOME;
  const side = own === HOME ? 1 : -1;
  const game = naiveGame(past, side, at);
  const market = naiveMarket(past, own, at);
  const pair = quoteNow(past, other);
  const quote = quoteNow(past, own);
  return {
    ...market,
    ...game,
    game_seconds_to_tip: at < LISTED ? NaN : (TIP - at) / 1_000,
    game_in_game_less_mid: num(game["game_in_game"]) - num(market["price_mid"]),
    micro_pair_mid_gap: (midOf(quote) + midOf(pair)) / 1e6 - 1,
    micro_pair_cost: (num(quote?.ask) + num(pair?.ask)) / 1e6 - 1,
  };
}

function naiveMarket(past: readonly Observation[], ticker: string, at: number): Values {
  const quote = quoteNow(past, ticker);
  const now = midOf(quote);
  const all = past.flatMap((one) =>
    one.kind === "quote" && one.quote.marketTicker === ticker ? [one.quote] : [],
  );
  const mids = pointsOf(all, (one) => mid(one));
  const spreads = pointsOf(all, ({ bid, ask }) =>
    bid === null || ask === null ? null : ask - bid,
  );
  const has = quote === null ? NaN : 1;
  const changed = quoteChanges(all);
  const values: Record<string, number> = {
    price_mid: now / 1e6,
    price_bid: num(quote?.bid) / 1e6,
    price_ask: num(quote?.ask) / 1e6,
    price_spread: (num(quote?.ask) - num(quote?.bid)) / 1e6,
    price_logit: Math.log(now / (1e6 - now)),
    price_from_tip: at < TIP ? NaN : (now - standing(mids, TIP)) / 1e6,
    momentum_trend_300s: finite((now - standing(mids, at - 300_000)) / pathOf(mids, 300_000, at)),
    momentum_turn_30s:
      (now - standing(mids, at - 15_000)) / 1e6 -
      (standing(mids, at - 15_000) - standing(mids, at - 30_000)) / 1e6,
    momentum_still_seconds: (has * (at - lastMove(mids))) / 1_000,
    micro_spread_mean_60s: (has * meanOver(spreads, 60_000, at)) / 1e6,
    micro_quote_age_seconds: (has * (at - num(changed.at(-1)?.receivedAt))) / 1_000,
    ...naiveSizes(quote, now),
    ...naiveTape(past, ticker, at),
  };
  const first = all[0]?.receivedAt;
  values["micro_quote_changes_60s"] =
    first === undefined || at - first < 60_000
      ? NaN
      : has * changed.filter(({ receivedAt }) => receivedAt > at - 60_000).length;
  for (const seconds of [5, 15, 60, 300, 900]) {
    const opening = standing(mids, at - seconds * 1_000);
    values[`momentum_change_${seconds}s`] = (now - opening) / 1e6;
    if (seconds < 60) continue;
    const inside = [opening, ...within(mids, seconds * 1_000, at).map(({ value }) => value)];
    const [low, high] = [Math.min(...inside), Math.max(...inside)];
    const known = now === now && opening === opening ? 1 : NaN;
    values[`price_from_mean_${seconds}s`] = (now - meanOver(mids, seconds * 1_000, at)) / 1e6;
    values[`price_range_${seconds}s`] = (known * (high - low)) / 1e6;
    if (seconds > 60) {
      values[`price_position_${seconds}s`] = finite((known * (now - low)) / (high - low));
    }
    const moves = changesOf(mids).filter((one) => one.at > at - seconds * 1_000);
    const squares = moves.reduce((sum, { value }) => sum + value ** 2, 0);
    const covered = has * (opening === opening ? 1 : NaN);
    values[`momentum_volatility_${seconds}s`] = (covered * Math.sqrt(squares)) / 1e6;
    if (seconds !== 60) continue;
    values["momentum_moves_60s"] = covered * moves.length;
    values["momentum_up_share_60s"] =
      covered * finite(moves.filter(({ value }) => value > 0).length / moves.length);
  }
  return values;
}

function naiveSizes(quote: Quote | null, now: number): Values {
  const [bid, ask] = [num(quote?.bidSize) / 100, num(quote?.askSize) / 100];
  const price = (num(quote?.bid) * ask + num(quote?.ask) * bid) / (bid + ask);
  return {
    micro_bid_size: bid,
    micro_ask_size: ask,
    micro_imbalance: finite((bid - ask) / (bid + ask)),
    micro_price_less_mid: finite((price - now) / 1e6),
  };
}

function naiveTape(past: readonly Observation[], ticker: string, at: number): Values {
  const prints = past.flatMap((one) =>
    one.kind === "print" && one.print.marketTicker === ticker ? [one.print] : [],
  );
  const first = prints[0]?.at ?? NaN;
  const inside = (ms: number) => prints.filter((one) => one.at > at - ms);
  const known = (ms: number): number => (at - first >= ms ? 1 : NaN);
  const sum = (ms: number): number =>
    known(ms) * inside(ms).reduce((total, { count }) => total + count / 100, 0);
  return {
    micro_volume_60s: sum(60_000),
    micro_volume_300s: sum(300_000),
    micro_volume_ratio_300s: finite(sum(60_000) / (sum(300_000) / 5)),
    micro_prints_300s: known(300_000) * inside(300_000).length,
    micro_signed_volume_60s:
      known(60_000) *
      inside(60_000).reduce(
        (total, one) => total + (one.takerSide === "bid" ? one.count : 0 - one.count) / 100,
        0,
      ),
  };
}

function naiveGame(past: readonly Observation[], side: 1 | -1, at: number): Values {
  const clocks = past.flatMap((one) => (one.kind === "clock" ? [one.clock] : []));
  const feed = clocks.at(-1);
  const believed = clocks.filter(({ staleBecause }) => staleBecause.length === 0);
  const live = believed.filter(({ state }) => state !== "pre");
  const last = feed !== undefined && feed === live.at(-1) ? feed : null;
  const readings = past.flatMap((one) => (one.kind === "readings" ? one.readings : []));
  const elo = readings.findLast(({ source }) => source === "elo")?.value ?? null;
  const values: Record<string, number> = {
    game_feed_age_seconds: (at - num(feed?.receivedAt)) / 1_000,
    game_feed_is_believed: feed === undefined ? NaN : feed.staleBecause.length === 0 ? 1 : 0,
    game_pregame: ownOf(side, elo),
    ...naiveEspn(past, side, at),
  };
  if (last === null) return values;
  const isLevel = live[0]?.homeScore === 0 && live[0].awayScore === 0;
  const hasStart = isLevel || believed[0]?.state === "pre";
  return {
    ...values,
    ...naiveScore(live, hasStart, side, at),
    ...naiveClock(last, side, naiveBall(live, hasStart), elo),
  };
}

function naiveClock(last: GameClock, side: 1 | -1, ball: number, elo: number | null): Values {
  const time = gameTime(last);
  const lead = last.homeScore - last.awayScore;
  const left = time.secsToGameEnd / 2_880;
  const possession = ball === 1 ? "home" : ball === -1 ? "away" : null;
  const inGame =
    elo === null
      ? null
      : inGameProbability({ lead, ...time, possession, pregame: elo }, CONFIG.inGame);
  return {
    score_lead_deviations: (side * lead) / Math.sqrt(left * 14 ** 2 + 1.2 ** 2),
    score_pace: finite((60 * (last.homeScore + last.awayScore)) / time.elapsedSeconds),
    game_period: last.period,
    game_clock_seconds: last.clockSeconds,
    game_seconds_left: time.secsToGameEnd,
    game_progress: time.progress,
    game_is_overtime: last.period > 4 ? 1 : 0,
    game_is_clutch: last.period >= 4 && last.clockSeconds <= 300 && Math.abs(lead) <= 5 ? 1 : 0,
    game_in_game: ownOf(side, inGame),
    game_possession: side * ball,
  };
}

/** The scoring steps between believed states: who, how much, when. */
function scoringOf(live: readonly GameClock[], hasStart: boolean) {
  return live.flatMap((clock, index) => {
    const before = live[index - 1] ?? (hasStart ? { homeScore: 0, awayScore: 0 } : clock);
    const home = clock.homeScore - before.homeScore;
    const away = clock.awayScore - before.awayScore;
    return home === 0 && away === 0 ? [] : [{ clock, home, away }];
  });
}

function naiveScore(
  live: readonly GameClock[],
  hasStart: boolean,
  side: 1 | -1,
  at: number,
): Values {
  const points = (which: "own" | "other"): readonly Point[] =>
    live.map((clock) => ({
      at: clock.receivedAt,
      value: (which === "own") === side > 0 ? clock.homeScore : clock.awayScore,
    }));
  const leads = live.map((clock) => ({
    at: clock.receivedAt,
    value: side * (clock.homeScore - clock.awayScore),
  }));
  const [own, other, lead] = [points("own"), points("other"), leads].map((one) =>
    num(one.at(-1)?.value),
  );
  const scoring = scoringOf(live, hasStart);
  let run = NaN;
  for (const { home, away } of scoring) {
    const isOne = (home > 0 && away === 0) || (away > 0 && home === 0);
    const gain = side * (home - away);
    run = !isOne ? NaN : run * gain > 0 ? run + gain : gain;
  }
  const known = hasStart ? 1 : NaN;
  const all = [0, ...leads.map(({ value }) => value)];
  const leaders = leads.map(({ value }) => Math.sign(value)).filter((sign) => sign !== 0);
  return {
    score_own: num(own),
    score_other: num(other),
    score_lead: num(lead),
    score_total: num(own) + num(other),
    score_lead_max: known * Math.max(...all),
    score_lead_min: known * Math.min(...all),
    score_lead_changes:
      known * leaders.filter((one, index) => index > 0 && one !== leaders[index - 1]).length,
    score_age_seconds: (at - num(scoring.at(-1)?.clock.receivedAt)) / 1_000,
    score_run: run,
    score_own_300s: num(own) - standing(points("own"), at - 300_000),
    score_other_300s: num(other) - standing(points("other"), at - 300_000),
    score_lead_change_600s: num(lead) - standing(leads, at - 600_000),
  };
}

/** Who has the ball: 1 home, -1 away. */
function naiveBall(live: readonly GameClock[], hasStart: boolean): number {
  const last = live.at(-1);
  const scored = scoringOf(live, hasStart).at(-1);
  if (last === undefined || scored === undefined || last.clockSeconds === 0) return NaN;
  const { clock, home, away } = scored;
  const isOne = (home > 0 && away === 0) || (away > 0 && home === 0);
  const played = gameTime(last).elapsedSeconds - gameTime(clock).elapsedSeconds;
  return isOne && last.period === clock.period && played <= 24 ? (home > 0 ? -1 : 1) : NaN;
}

function naiveEspn(past: readonly Observation[], side: 1 | -1, at: number): Values {
  const espn = past.flatMap((one) =>
    one.kind === "readings" ? one.readings.filter(({ source }) => source === "espn") : [],
  );
  const last = espn.at(-1);
  const now = last !== undefined && at - num(last.knownAt) <= 60_000 ? last.value : null;
  const values = espn.flatMap(({ value, knownAt }) =>
    value === null || knownAt === null ? [] : [{ at: knownAt, value }],
  );
  const moved = side * (num(now) - standing(values, at - 300_000));
  return { game_espn: ownOf(side, now), momentum_espn_300s: moved };
}

function quoteNow(past: readonly Observation[], ticker: string): Quote | null {
  const last = past.findLast(
    (one) =>
      (one.kind === "quote" && one.quote.marketTicker === ticker) ||
      (one.kind === "stale" && one.ticker === ticker),
  );
  return last?.kind === "quote" ? last.quote : null;
}

function midOf(quote: Quote | null): number {
  return quote === null ? NaN : num(mid(quote));
}

function pointsOf(
  quotes: readonly Quote[],
  value: (quote: Quote) => number | null,
): readonly Point[] {
  return quotes.flatMap((quote) => {
    const one = value(quote);
    return one === null ? [] : [{ at: quote.receivedAt, value: one }];
  });
}

function standing(points: readonly Point[], at: number): number {
  return num(points.findLast((one) => one.at <= at)?.value);
}

function within(points: readonly Point[], ms: number, at: number): readonly Point[] {
  return points.filter((one) => one.at > at - ms);
}

function meanOver(points: readonly Point[], ms: number, at: number): number {
  const opening = standing(points, at - ms);
  const walk = [{ at: at - ms, value: opening }, ...within(points, ms, at)];
  const area = walk.reduce(
    (sum, one, index) => sum + one.value * ((walk[index + 1]?.at ?? at) - one.at),
    0,
  );
  return area / ms;
}

function changesOf(points: readonly Point[]): readonly Point[] {
  return points.flatMap((one, index) => {
    const before = points[index - 1];
    return before === undefined || before.value === one.value
      ? []
      : [{ at: one.at, value: one.value - before.value }];
  });
}

function pathOf(points: readonly Point[], ms: number, at: number): number {
  return within(changesOf(points), ms, at).reduce((sum, { value }) => sum + Math.abs(value), 0);
}

function lastMove(points: readonly Point[]): number {
  return num(changesOf(points).at(-1)?.at ?? points[0]?.at);
}

function quoteChanges(quotes: readonly Quote[]): readonly Quote[] {
  const key = ({ bid, ask, bidSize, askSize }: Quote): string =>
    [bid, ask, bidSize, askSize].join();
  return quotes.filter((one, index) => {
    const before = quotes[index - 1];
    return before === undefined || key(before) !== key(one);
  });
}

function ownOf(side: 1 | -1, home: number | null): number {
  return side > 0 ? num(home) : 1 - num(home);
}

function num(value: number | null | undefined): number {
  return value ?? NaN;
}

function finite(value: number): number {
  return Number.isFinite(value) ? value : NaN;
}
