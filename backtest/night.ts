import type { DecisionInput, DecisionOutput } from "../core/domain/decision.ts";
import type { FeeSchedule } from "../core/domain/market.ts";
import type { GameStrategy } from "../core/domain/order.ts";
import { strategyCapital } from "../core/domain/risk.ts";
import { PRICE_GRIDS } from "../core/domain/price-grid.ts";
import { lacksOfGame } from "../core/domain/source-lacks.ts";
import { seasonOf } from "../core/domain/time.ts";
import { type Instant, instant } from "../core/domain/units.ts";
import { ratingsForSeason } from "../core/models/elo.ts";
import { activeStrategies } from "../core/strategies/config.ts";
import { BUILT_IN } from "../core/strategies/registry.ts";
import type { GameStrategyDefinition } from "../core/strategies/strategy.ts";
import { type Fact, type FactSource, priceGridOf } from "../sim/facts.ts";
import { GameDesk } from "./game-desk.ts";
import { type NightConfig, type NightResult, type Pnl, sumPnl } from "./result.ts";

/** How a night is played. Run milliseconds. */
export interface NightOptions {
  /** From our decision to the market. */
  readonly latencyMs: number;
  /** Least time between two decisions on one game; 0 decides at every change. */
  readonly decideEveryMs: number;
  /** Between two looks at the score feeds. */
  readonly pollMs: number;
  readonly fees: FeeSchedule;
  /** Hears of every decision, as the live system stores it. */
  readonly onDecision: (input: DecisionInput, output: DecisionOutput) => void;
  /** The strategies that can play; which of them do, the settings say. */
  readonly strategies: readonly GameStrategyDefinition[];
}

/** As the live night does it: half a second to the market, feeds every ten seconds. */
const NIGHT_DEFAULTS: NightOptions = {
  latencyMs: 500,
  decideEveryMs: 1_000,
  pollMs: 10_000,
  fees: { kind: "quadratic_with_maker_fees", multiplierMilli: 1_000 },
  onDecision: () => undefined,
  strategies: BUILT_IN,
};

/**
 * Plays a source of facts through the view, the decisions, the paper matching and the settlement,
 * with no Temporal, no network and no clock. The same source, config and options give the same
 * result. Limits are those that `decide` keeps and each strategy's capital.
 */
export async function playNight(
  source: FactSource,
  config: NightConfig,
  options: Partial<NightOptions> = {},
): Promise<NightResult> {
  const settings = { ...NIGHT_DEFAULTS, ...options };
  const night = new Night(source, config, settings);
  for await (const fact of source.facts()) night.play(fact);
  return night.end();
}

/** The games of a night on one line of time. */
class Night {
  readonly #source: FactSource;
  readonly #config: NightConfig;
  readonly #decideEveryMs: number;
  readonly #games: readonly GameDesk[];
  readonly #byTicker = new Map<string, GameDesk>();
  readonly #byTeam = new Map<string, GameDesk>();
  readonly #touched = new Set<GameDesk>();
  readonly #decidedAt = new Map<GameDesk, number>();
  #now: Instant;

  constructor(source: FactSource, config: NightConfig, options: NightOptions) {
    const { manifest } = source;
    this.#source = source;
    this.#config = config;
    this.#decideEveryMs = options.decideEveryMs;
    this.#now = manifest.startAt;
    const { elo } = config.decision.forecast;
    const ratings = ratingsForSeason(source.pastGames, seasonOf(manifest.date), elo);
    this.#games = manifest.games.map((game) => {
      const desk = new GameDesk(game, {
        ...options,
        config,
        ratings,
        lacks: lacksOfGame(manifest, game.eventTicker),
        gridOf: (ticker) => PRICE_GRIDS[priceGridOf(manifest, ticker)],
        startAt: manifest.startAt,
        capitalLeft: (strategy) => this.#capitalLeft(strategy),
      });
      for (const ticker of [game.eventTicker, ...game.marketTickers]) {
        this.#byTicker.set(ticker, desk);
      }
      this.#byTeam.set(game.home, desk).set(game.away, desk);
      return desk;
    });
  }

  play(fact: Fact): void {
    if (fact.receivedAt > this.#now) this.#endInstant();
    this.#now = instant(Math.max(this.#now, fact.receivedAt));
    const game = this.#gameOf(fact);
    if (!game) return;
    game.play(fact);
    this.#touched.add(game);
  }

  end(): NightResult {
    this.#endInstant();
    const games = this.#games.map((game) => game.result());
    const of = (strategy: GameStrategy): Pnl =>
      sumPnl(
        games.flatMap((game) =>
          game.strategies.filter((one) => one.strategy === strategy).map(({ pnl }) => pnl),
        ),
      );
    const names = activeStrategies(this.#config.decision.strategies);
    const byStrategy = Object.fromEntries(names.map((name) => [name, of(name)]));
    const pnl = sumPnl(Object.values(byStrategy));
    return {
      source: this.#source.manifest.name,
      games,
      decisions: games.reduce((sum, game) => sum + game.decisions, 0),
      orders: games.reduce((sum, game) => sum + game.orders, 0),
      pnl,
      byStrategy,
      cash: this.#config.paper.startingCash + pnl.net,
    };
  }

  /** Every fact of the instant is in: views are brought up to date, and what is due is decided. */
  #endInstant(): void {
    for (const game of this.#touched) {
      game.settleInstant(this.#now);
      if (this.#now - (this.#decidedAt.get(game) ?? -Infinity) < this.#decideEveryMs) continue;
      this.#decidedAt.set(game, this.#now);
      game.evaluate(this.#now);
    }
    this.#touched.clear();
  }

  #gameOf(fact: Fact): GameDesk | undefined {
    if ("marketTicker" in fact) return this.#byTicker.get(fact.marketTicker);
    if ("eventTicker" in fact) return this.#byTicker.get(fact.eventTicker);
    return "teamCode" in fact ? this.#byTeam.get(fact.teamCode) : undefined;
  }

  #capitalLeft(strategy: GameStrategy): number {
    const committed = this.#games.reduce((sum, game) => sum + game.committed(strategy), 0);
    return strategyCapital(this.#config.limits, strategy) - committed;
  }
}
