import { createHash } from "node:crypto";
import type { DecisionInput, DecisionOutput, MarketInput } from "../core/domain/decision.ts";
import type { RawResponse } from "../core/domain/feeds.ts";
import type { GameRef } from "../core/domain/game-ref.ts";
import { mid } from "../core/domain/market.ts";
import type { RunClock } from "../core/domain/time.ts";
import { formatUsd, type Instant } from "../core/domain/units.ts";
import type { AlarmBook } from "./alarm-book.ts";
import { countsJson, type CycleCounts } from "./cycle-counts.ts";
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

/** Writes what a session sees and decides; numbers the observations of a game without gaps. */
export interface SessionRecorder {
  /** @returns the observation's number. */
  snapshot(input: DecisionInput, output: DecisionOutput): number;
  /** @returns the decision's id. */
  decision(cursor: number, reason: string, input: DecisionInput, output: DecisionOutput): string;
  cycle(counts: CycleCounts, endedAt: Instant): Promise<void>;
  live(phase: string, input: DecisionInput, output: DecisionOutput): void;
  raw(source: string, response: RawResponse): void;
  alarm(code: string, field: string, message: string, raw?: string): void;
  /** One line for the Web UI. */
  summary(): string;
  lastLive(): LiveState | null;
}

/** Creates the recorder of one game, going on after the numbers already used. */
export function createSessionRecorder(options: {
  readonly game: GameRef;
  readonly store: ObservationStore;
  readonly alarms: AlarmBook;
  readonly clock: RunClock;
  readonly lastCursor: number;
  readonly lastCycle: number;
}): SessionRecorder {
  const { game, store, alarms, clock } = options;
  let cursor = options.lastCursor;
  let cycle = options.lastCycle;
  let shown: LiveState | null = null;
  const latestRaw = new Map<string, RawResponse>();

  return {
    snapshot: (input, output) => {
      cursor += 1;
      store.snapshot(snapshotRow(game.gameId, cursor, input, output));
      return cursor;
    },
    decision: (number, reason, input, output) => {
      const decisionId = `${game.gameId}#${number}`;
      const isProposal = reason === "proposal";
      const rawIds = isProposal ? [...latestRaw.values()].map((raw) => keepRaw(store, raw)) : [];
      store.decision({
        decision_id: decisionId,
        game_id: game.gameId,
        decided_at: new Date(input.at),
        reason,
        input: JSON.stringify(input),
        output: JSON.stringify(output),
        config_hash: input.configHash,
        raw_ids: JSON.stringify(rawIds),
      });
      for (const verdict of output.verdicts) {
        store.verdict({
          decision_id: decisionId,
          strategy: verdict.strategy,
          code: verdict.code,
          edge_micros: verdict.edgeMicros === null ? null : Math.round(verdict.edgeMicros),
        });
      }
      return decisionId;
    },
    cycle: async (counts, endedAt) => {
      cycle += 1;
      store.cycle({
        game_id: game.gameId,
        cycle_no: cycle,
        started_at: new Date(counts.startedAt),
        ended_at: new Date(endedAt),
        evaluations: counts.evaluations,
        candidates: counts.candidates,
        proposed: counts.proposed,
        skipped: countsJson(counts.skipped),
        edges: countsJson(counts.edges),
      });
      if (counts.proposed > 0) await store.flush();
    },
    live: (phase, input, output) => {
      shown = liveState(phase, input, output);
    },
    raw: (source, response) => {
      latestRaw.set(source, response);
    },
    alarm: (code, field, message, raw) => {
      alarms.raise({
        runId: game.runId,
        gameId: game.gameId,
        severity: "warning",
        code,
        field,
        message,
        details: raw === undefined ? {} : { raw: raw.slice(0, 2_000) },
        at: clock.now(),
      });
    },
    summary: () => (shown === null ? "" : summaryLine(shown)),
    lastLive: () => shown,
  };
}

/** Keeps a body once, under its hash. */
function keepRaw(store: ObservationStore, raw: RawResponse): string {
  const rawId = createHash("sha256").update(raw.source).update("\n").update(raw.body).digest("hex");
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
  output: DecisionOutput,
): Parameters<ObservationStore["snapshot"]>[0] {
  const home = input.markets.find((market) => market.team === "home");
  const away = input.markets.find((market) => market.team === "away");
  const priced = home ?? away;
  const espn = input.readings.find((reading) => reading.source === "espn");
  return {
    game_id: gameId,
    observed_at: new Date(input.at),
    cursor_no: cursor,
    trigger: "change",
    ...sideColumns("home", home),
    ...sideColumns("away", away),
    mid_micros: homeMid(home, away),
    spread_micros:
      priced?.quote.bid == null || priced.quote.ask === null
        ? null
        : priced.quote.ask - priced.quote.bid,
    quality: quality(priced),
    period: input.clock?.period ?? null,
    clock_seconds: input.clock?.clockSeconds ?? null,
    home_score: input.clock?.homeScore ?? null,
    away_score: input.clock?.awayScore ?? null,
    clock_state: input.clock?.state ?? null,
    clock_stale: input.clock === null ? null : input.clock.staleBecause.join() || null,
    espn_home_probability: espn?.value ?? null,
    model_home_probability: output.forecast.homeProbability,
  };
}

function sideColumns<Team extends "home" | "away">(team: Team, market: MarketInput | undefined) {
  const quote = market?.quote;
  const columns = {
    bid_micros: quote?.bid ?? null,
    bid_size_centi: quote?.bidSize ?? null,
    ask_micros: quote?.ask ?? null,
    ask_size_centi: quote?.askSize ?? null,
    quoted_at: quote === undefined ? null : new Date(quote.quotedAt),
  };
  return prefixed(team, columns);
}

type Prefixed<Team extends string, Columns> = {
  [Name in keyof Columns & string as `${Team}_${Name}`]: Columns[Name];
};

function prefixed<Team extends string, Columns extends object>(
  team: Team,
  columns: Columns,
): Prefixed<Team, Columns> {
  const entries = Object.entries(columns).map(([name, value]) => [`${team}_${name}`, value]);
  // The one place where column names are put together; the type above says what comes out.
  return Object.fromEntries(entries) as Prefixed<Team, Columns>;
}

/** Home's mid, or what the away market's mid says of home. */
function homeMid(home: MarketInput | undefined, away: MarketInput | undefined): number | null {
  const direct = home === undefined ? null : mid(home.quote);
  if (direct !== null) return direct;
  const other = away === undefined ? null : mid(away.quote);
  return other === null ? null : 1_000_000 - other;
}

function quality(market: MarketInput | undefined): string {
  if (market === undefined) return "empty";
  const { bid, ask } = market.quote;
  if (market.staleBecause !== null) return `stale:${market.staleBecause}`;
  if (bid === null && ask === null) return "empty";
  if (bid === null || ask === null) return "one-sided";
  if (bid >= ask) return "crossed";
  return market.isDerived ? "derived" : "ok";
}

function liveState(phase: string, input: DecisionInput, output: DecisionOutput): LiveState {
  const home = input.markets.find((market) => market.team === "home")?.quote;
  const away = input.markets.find((market) => market.team === "away")?.quote;
  const turned = (price: number | null | undefined): number | null =>
    price == null ? null : 1_000_000 - price;
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
      : `Q${state.period} ${Math.floor((state.clockSeconds ?? 0) / 60)}:${String(Math.floor((state.clockSeconds ?? 0) % 60)).padStart(2, "0")}`;
  const verdicts = Object.entries(state.verdicts)
    .map(([strategy, code]) => `${strategy}: ${code}`)
    .join(", ");
  return `${clock}, ${state.awayScore ?? 0}-${state.homeScore ?? 0}, home ${price(state.homeBidMicros)}/${price(state.homeAskMicros)}, model ${state.modelHome?.toFixed(3) ?? "-"}, ESPN ${state.espnHome?.toFixed(3) ?? "-"}\n\n${verdicts}`;
}
