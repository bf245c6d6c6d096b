import { createHash } from "node:crypto";
import type {
  DecisionInput,
  DecisionOutput,
  Forecast,
  MarketInput,
} from "../core/domain/decision.ts";
import { believedHomeMid, booksQuality } from "../core/domain/believed-price.ts";
import type { RawResponse } from "../core/domain/feeds.ts";
import type { GameRef } from "../core/domain/game-ref.ts";
import type { Severity } from "../core/domain/alert.ts";
import type { RunClock } from "../core/domain/time.ts";
import {
  type CountCenti,
  formatUsd,
  type Instant,
  type PriceMicros,
} from "../core/domain/units.ts";
import type { AlarmBook } from "./alarm-book.ts";
import { countsJson, type CycleCounts } from "../core/scoring/cycle-counts.ts";
import type { ObservationStore } from "./observation-store.ts";

/** What of a game `tipoff games` and the live view show; JSON in `games.live_state`. */
export interface LiveState {
  readonly phase: string;
  readonly at: Instant;
  readonly period: number | null;
  readonly clockSeconds: number | null;
  readonly homeScore: number | null;
  readonly awayScore: number | null;
  readonly homeBidMicros: number | null;
  readonly homeAskMicros: number | null;
  readonly modelHome: number | null;
  readonly espnHome: number | null;
  readonly verdicts: Readonly<Record<string, string>>;
}

/** What an evaluation was made for: a change of the book, of the game, of ESPN's number, or time alone. */
export type SnapshotTrigger = "book" | "clock" | "probability" | "tick";

/** Where the rows of a session go. */
type RecorderStore = Pick<ObservationStore, "snapshot" | "decision" | "raw" | "verdict" | "cycle">;

export interface RecorderDeps {
  readonly game: GameRef;
  readonly store: RecorderStore;
  readonly alarms: AlarmBook;
  readonly clock: RunClock;
  /** The last numbers used in this game: it goes on from here. */
  readonly lastCursor: number;
  readonly lastCycle: number;
}

const REGIME_CHANGED = "regime_changed";

/** Writes what a session sees and decides; numbers the observations of a game without gaps. */
export class SessionRecorder {
  readonly #deps: RecorderDeps;
  readonly #latestRaw = new Map<string, RawResponse>();
  readonly #raised = new Set<string>();
  #cursor: number;
  #cycle: number;
  #live: LiveState | null = null;

  constructor(deps: RecorderDeps) {
    this.#deps = deps;
    this.#cursor = deps.lastCursor;
    this.#cycle = deps.lastCycle;
  }

  /** @returns the observation's number. */
  snapshot(trigger: SnapshotTrigger, input: DecisionInput, forecast: Forecast): number {
    this.#cursor += 1;
    const { store, game } = this.#deps;
    const row = snapshotRow(game.gameId, this.#cursor, input, forecast);
    store.snapshot({ ...row, trigger });
    return this.#cursor;
  }

  /** Keeps a decision with its bytes, and the feeds' bodies that it rested on. @returns its id. */
  decision(
    cursor: number,
    reason: string,
    made: {
      readonly input: DecisionInput;
      readonly output: DecisionOutput;
      readonly ledger: { readonly limitsHash: string };
    },
  ): string {
    const { store, game } = this.#deps;
    const { input, output } = made;
    const decisionId = `${game.gameId}#${cursor}`;
    const bodies = [...this.#latestRaw.values()];
    store.decision({
      decision_id: decisionId,
      game_id: game.gameId,
      decided_at: new Date(input.at),
      reason,
      input: JSON.stringify(input),
      output: JSON.stringify(output),
      config_hash: input.configHash,
      limits_hash: made.ledger.limitsHash,
      raw_ids: JSON.stringify(bodies.map((raw) => keepRaw(store, raw))),
    });
    for (const { strategy, code, edgeMicros } of output.verdicts) {
      const edge = edgeMicros === null ? null : Math.round(edgeMicros);
      store.verdict({ decision_id: decisionId, strategy, code, edge_micros: edge });
    }
    return decisionId;
  }

  /** Keeps a chunk's counts, with the decision that its proposals came of. */
  cycle(counts: CycleCounts, endedAt: Instant, decisionId: string | null): void {
    this.#cycle += 1;
    const { store, game } = this.#deps;
    store.cycle({
      game_id: game.gameId,
      cycle_no: this.#cycle,
      started_at: new Date(counts.startedAt),
      ended_at: new Date(endedAt),
      evaluations: counts.evaluations,
      candidates: counts.candidates,
      proposed: counts.proposed,
      decision_id: decisionId,
      skipped: countsJson(counts.skipped),
      edges: countsJson(counts.edges),
    });
  }

  /** What people are shown of the game now. */
  show(phase: string, input: DecisionInput, output: DecisionOutput): void {
    this.#live = liveState(phase, input, output);
  }

  /** The latest answer of a source: every decision from here on rests on it. */
  raw(source: string, response: RawResponse): void {
    this.#latestRaw.set(source, response);
  }

  alarm(code: string, field: string, message: string, raw?: string): void {
    this.#raise("warning", code, field, message, raw);
  }

  /** The game is of another kind than a moment ago: what the router lets its strategies do has changed. */
  regime(word: string, before: string): void {
    this.recovered([REGIME_CHANGED], (field) => field !== word);
    this.#raise("info", REGIME_CHANGED, word, `from ${before} to ${word}`);
  }

  #raise(severity: Severity, code: string, field: string, message: string, raw?: string): void {
    const { alarms, game, clock } = this.#deps;
    this.#raised.add(`${code}|${field}`);
    alarms.raise({
      runId: game.runId,
      gameId: game.gameId,
      severity,
      code,
      field,
      message,
      details: raw === undefined ? {} : { raw: raw.slice(0, 2_000) },
      at: clock.now(),
    });
  }

  /** What was wrong with this source has ended: its open alarms are cleared. */
  recovered(codes: readonly string[], isOf: (field: string) => boolean): void {
    const { alarms, game, clock } = this.#deps;
    for (const raised of this.#raised) {
      const [code = "", field = ""] = raised.split("|");
      if (!codes.includes(code) || !isOf(field)) continue;
      this.#raised.delete(raised);
      alarms.clear({ runId: game.runId, gameId: game.gameId, code, field }, clock.now());
    }
  }

  /** One line for the Web UI. */
  summary(): string {
    return this.#live === null ? "" : summaryLine(this.#live);
  }

  lastLive(): LiveState | null {
    return this.#live;
  }
}

/** Bodies are large, and the same one stands behind many decisions. */
const rawIds = new WeakMap<RawResponse, string>();

function rawIdOf(raw: RawResponse): string {
  const known = rawIds.get(raw);
  if (known !== undefined) return known;
  const rawId = createHash("sha256").update(raw.source).update("\n").update(raw.body).digest("hex");
  rawIds.set(raw, rawId);
  return rawId;
}

/** Keeps a body once, under its hash. */
function keepRaw(store: RecorderStore, raw: RawResponse): string {
  const rawId = rawIdOf(raw);
  store.raw({
    raw_id: rawId,
    source: raw.source,
    endpoint: raw.url,
    body: raw.body,
    fetched_at: new Date(raw.fetchedAt),
    received_at: new Date(raw.receivedAt),
  });
  return rawId;
}

function snapshotRow(
  gameId: string,
  cursor: number,
  input: DecisionInput,
  forecast: Forecast,
): Omit<Parameters<ObservationStore["snapshot"]>[0], "trigger"> {
  const home = input.markets.find((market) => market.team === "home");
  const away = input.markets.find((market) => market.team === "away");
  const priced = home ?? away;
  const espn = input.readings.find((reading) => reading.source === "espn");
  return {
    game_id: gameId,
    observed_at: new Date(input.at),
    cursor_no: cursor,
    ...sideColumns("home", home),
    ...sideColumns("away", away),
    mid_micros: believedHomeMid(input.markets),
    spread_micros:
      priced === undefined || priced.quote.bid === null || priced.quote.ask === null
        ? null
        : priced.quote.ask - priced.quote.bid,
    quality: booksQuality(input.markets),
    period: input.clock?.period ?? null,
    clock_seconds: input.clock?.clockSeconds ?? null,
    home_score: input.clock?.homeScore ?? null,
    away_score: input.clock?.awayScore ?? null,
    clock_state: input.clock?.state ?? null,
    clock_stale: input.clock === null ? null : input.clock.staleBecause.join() || null,
    espn_home_probability: espn?.value ?? null,
    model_home_probability: forecast.homeProbability,
  };
}

type SideColumns<Team extends string> = {
  [Name in "bid_micros" | "ask_micros" as `${Team}_${Name}`]: PriceMicros | null;
} & { [Name in "bid_size_centi" | "ask_size_centi" as `${Team}_${Name}`]: CountCenti | null } & {
  [Name in "quoted_at" as `${Team}_${Name}`]: Date | null;
};

function sideColumns<Team extends "home" | "away">(
  team: Team,
  market: MarketInput | undefined,
): SideColumns<Team> {
  const quote = market?.quote;
  const columns = {
    [`${team}_bid_micros`]: quote?.bid ?? null,
    [`${team}_bid_size_centi`]: quote?.bidSize ?? null,
    [`${team}_ask_micros`]: quote?.ask ?? null,
    [`${team}_ask_size_centi`]: quote?.askSize ?? null,
    [`${team}_quoted_at`]: quote === undefined ? null : new Date(quote.quotedAt),
  };
  // The one place where column names are put together; the type above says what comes out.
  return columns as SideColumns<Team>;
}

function liveState(phase: string, input: DecisionInput, output: DecisionOutput): LiveState {
  const home = input.markets.find((market) => market.team === "home")?.quote;
  const away = input.markets.find((market) => market.team === "away")?.quote;
  const turned = (price: number | null | undefined): number | null =>
    price === null || price === undefined ? null : 1_000_000 - price;
  return {
    phase,
    at: input.at,
    period: input.clock?.period ?? null,
    clockSeconds: input.clock?.clockSeconds ?? null,
    homeScore: input.clock?.homeScore ?? null,
    awayScore: input.clock?.awayScore ?? null,
    homeBidMicros: home === undefined ? turned(away?.ask) : home.bid,
    homeAskMicros: home === undefined ? turned(away?.bid) : home.ask,
    modelHome: output.forecast.homeProbability,
    espnHome: input.readings.find((reading) => reading.source === "espn")?.value ?? null,
    verdicts: Object.fromEntries(output.verdicts.map(({ strategy, code }) => [strategy, code])),
  };
}

function summaryLine(state: LiveState): string {
  const price = (micros: number | null): string =>
    micros === null ? "-" : formatUsd(micros).slice(0, 5);
  const clock =
    state.period === null || state.period === 0
      ? "before tip"
      : `${state.period > 4 ? `OT${state.period - 4}` : `Q${state.period}`} ${Math.floor((state.clockSeconds ?? 0) / 60)}:${String(Math.floor((state.clockSeconds ?? 0) % 60)).padStart(2, "0")}`;
  const verdicts = Object.entries(state.verdicts)
    .map(([strategy, code]) => `${strategy}: ${code}`)
    .join(", ");
  return `${clock}, ${state.awayScore ?? 0}-${state.homeScore ?? 0}, home ${price(state.homeBidMicros)}/${price(state.homeAskMicros)}, model ${state.modelHome?.toFixed(3) ?? "-"}, ESPN ${state.espnHome?.toFixed(3) ?? "-"}\n\n${verdicts}`;
}
