import { formatCount } from "../../core/domain/units.ts";
import { groupBy } from "../../core/scoring/group.ts";
import type {
  ChangeRow,
  GameRow,
  MarketRow,
  PriceRow,
  SettlementRow,
} from "../../schema/queries/report-rows.ts";
import { marketKey, type Night, type OrderFill } from "./night.ts";

/** A line of the picture: a value per instant, in percent or cents of the home team's YES. */
type Line = readonly (number | null)[];

/** One game drawn over time. Everything is told as the home team's YES, 0 to 100. */
export interface GamePicture {
  readonly eventTicker: string;
  readonly home: string;
  readonly away: string;
  /** Epoch seconds, ascending. */
  readonly times: readonly number[];
  readonly bid: Line;
  readonly ask: Line;
  readonly forecast: Line;
  readonly espn: Line;
  readonly homeScore: Line;
  readonly awayScore: Line;
  readonly phases: readonly { readonly at: number; readonly name: string }[];
  readonly scored: readonly { readonly at: number; readonly team: "home" | "away" }[];
  readonly marks: readonly PictureMark[];
}

/** Our fill on the picture. */
interface PictureMark {
  readonly at: number;
  readonly price: number;
  readonly kind: "entry" | "exit";
  readonly label: string;
}

/** Draws every game of the night, in the night's sequence. */
export function picturesOf(night: Night): readonly GamePicture[] {
  const prices = groupBy(night.rows.prices, (row) => row.gameId);
  const changes = groupBy(night.rows.changes, (row) => row.gameId);
  const fills = groupBy(night.fills, ({ order }) => order.gameId);
  const settlements = groupBy(night.rows.settlements, (row) => row.gameId);
  return night.rows.games.map((game) =>
    pictureOf(
      game,
      prices.get(game.gameId) ?? [],
      changes.get(game.gameId) ?? [],
      (fills.get(game.gameId) ?? []).map((own) => markOf(own, game, night.markets)),
      settlements.get(game.gameId) ?? [],
    ),
  );
}

function pictureOf(
  game: GameRow,
  prices: readonly PriceRow[],
  changes: readonly ChangeRow[],
  marks: readonly PictureMark[],
  settlements: readonly SettlementRow[],
): GamePicture {
  const scores = prices.map((price) => lastScore(changes, price.at));
  const settledAt = settlements.map((row) => row.settledAt).sort((a, b) => a - b)[0];
  const settled = settledAt === undefined ? [] : [{ at: seconds(settledAt), name: "settled" }];
  return {
    eventTicker: game.eventTicker,
    home: game.home,
    away: game.away,
    times: prices.map((row) => seconds(row.at)),
    bid: prices.map((row) => percent(row.homeBid ?? turned(row.awayAsk))),
    ask: prices.map((row) => percent(row.homeAsk ?? turned(row.awayBid))),
    forecast: prices.map((row) => percent(micros(row.model))),
    espn: prices.map((row) => percent(micros(row.espn))),
    homeScore: scores.map((score) => score?.homeScore ?? null),
    awayScore: scores.map((score) => score?.awayScore ?? null),
    phases: [...phasesOf(changes), ...settled],
    scored: scoredBy(changes),
    marks,
  };
}

/** Where the game's phase or period turned, read from the observed clock. */
function phasesOf(
  changes: readonly ChangeRow[],
): readonly { readonly at: number; readonly name: string }[] {
  const phases: { at: number; name: string }[] = [];
  for (const change of changes) {
    const name = phaseName(change);
    if (name === null || phases.at(-1)?.name === name) continue;
    phases.push({ at: seconds(change.at), name });
  }
  return phases;
}

function phaseName({ clockState, period }: ChangeRow): string | null {
  if (clockState === "pre") return "pregame";
  if (clockState === "post") return "final";
  if (clockState !== "in" || period === null || period === 0) return null;
  return period <= 4 ? `Q${period}` : `OT${period - 4}`;
}

function scoredBy(changes: readonly ChangeRow[]): GamePicture["scored"] {
  return changes.flatMap((change, i) => {
    const before = changes[i - 1];
    const at = seconds(change.at);
    return (["home", "away"] as const)
      .filter((team) => points(change, team) > points(before, team))
      .map((team) => ({ at, team }));
  });
}

function points(change: ChangeRow | undefined, team: "home" | "away"): number {
  return (team === "home" ? change?.homeScore : change?.awayScore) ?? 0;
}

/** The changes are in sequence; a game has some two hundred. */
function lastScore(changes: readonly ChangeRow[], at: number): ChangeRow | undefined {
  return changes.findLast((change) => change.at <= at && change.homeScore !== null);
}

function markOf(
  { fill, order }: OrderFill,
  game: GameRow,
  markets: ReadonlyMap<string, MarketRow>,
): PictureMark {
  const isAway = markets.get(marketKey(order))?.team === "away";
  const team = isAway ? game.away : game.home;
  const verb = fill.side === "bid" ? "buys" : "sells";
  const why = order.exitType === null ? "entry" : order.exitType;
  return {
    at: seconds(fill.filledAt),
    price: percent(isAway ? turned(fill.price) : fill.price) ?? 0,
    kind: order.purpose,
    label:
      `${order.strategy}, ${why}: ${verb} ${formatCount(fill.count)} ${team} ` +
      `at ${(fill.price / 10_000).toFixed(1)}¢`,
  };
}

function turned(price: number | null): number | null {
  return price === null ? null : 1_000_000 - price;
}

function micros(probability: number | null): number | null {
  return probability === null ? null : probability * 1_000_000;
}

/** Micros as percent, to a tenth: pictures need no more, and pages stay small. */
function percent(value: number | null): number | null {
  return value === null ? null : Math.round(value / 1_000) / 10;
}

function seconds(at: number): number {
  return Math.round(at / 1000);
}
