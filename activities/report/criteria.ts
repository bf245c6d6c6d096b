import { isLiveStrategy } from "../../core/domain/order.ts";
import { ranked, tallyOf } from "../../core/scoring/tally.ts";
import type { GameRow, IntentRow } from "../../schema/queries/report-rows.ts";
import type { ReportInputs } from "./inputs.ts";
import { isProfitCash } from "./integrity.ts";
import { type Night, readActive } from "./night.ts";
import type { Criterion } from "./report-schema.ts";

/** The five success criteria of a night, each held or not, with the numbers that say so. */
export function criteriaOf(night: Night, logs: ReportInputs["logs"]): readonly Criterion[] {
  return [
    allGamesEndToEnd(night),
    strategyAttemptsEveryGame(night),
    onePregameAttempt(night),
    liveStrategiesReact(night),
    logsConsistent(night, logs),
  ];
}

/**
 * Pregame attempts of one game: entries proposed, refused ones included, whatever rule refused them: a
 * second attempt is what the rule against it refuses. Replacements are none, and a step that is repeated
 * after a crash has the id, and so the row, of the first.
 */
export function pregameAttempts(intents: readonly IntentRow[], gameId: string): number {
  return intents.filter(
    (intent) =>
      intent.gameId === gameId &&
      intent.purpose === "entry" &&
      intent.phase === "pregame" &&
      intent.parentId === null,
  ).length;
}

/** Played from discovery to score. A postponed or void game has ended too, and is named. */
function allGamesEndToEnd({ rows }: Night): Criterion {
  const ended = ["scored", "void", "postponed"];
  const left = rows.games.filter((game) => !ended.includes(game.phase));
  const phases = list(ranked(tallyOf(rows.games.map((game) => game.phase))));
  return {
    id: "all_games_end_to_end",
    held: rows.games.length > 0 && left.length === 0,
    evidence: `${rows.games.length} games: ${phases}${naming("not ended", left)}`,
  };
}

function strategyAttemptsEveryGame({ rows }: Night): Criterion {
  const entries = rows.intents.filter(
    (intent) => intent.purpose === "entry" && intent.parentId === null,
  );
  const attempted = new Set(entries.map((intent) => intent.gameId));
  const silent = rows.games.filter((game) => !attempted.has(game.gameId));
  const refused = entries.filter((intent) => intent.refusalCode !== null).length;
  return {
    id: "strategy_attempts_every_game",
    held: rows.games.length > 0 && silent.length === 0,
    evidence:
      `${entries.length} entries proposed (${refused} refused) in ${attempted.size} of ` +
      `${rows.games.length} games${naming("without an attempt", silent)}`,
  };
}

function onePregameAttempt({ rows }: Night): Criterion {
  const counts = rows.games.map((game) => pregameAttempts(rows.intents, game.gameId));
  const twice = rows.games.filter((_, i) => (counts[i] ?? 0) > 1);
  const total = counts.reduce((sum, count) => sum + count, 0);
  return {
    id: "one_pregame_attempt",
    held: twice.length === 0,
    evidence: `${total} pregame attempts, at most ${Math.max(0, ...counts)} a game${naming("more than one", twice)}`,
  };
}

/**
 * Every live strategy that the settings let play answered during play in every game that was played, and at
 * least one of them proposed something in the night: strategies that never would are not reacting. Where
 * the settings name none, there is nothing that could react, and the evidence says so.
 */
function liveStrategiesReact({ rows }: Night): Criterion {
  const wanted: readonly string[] = readActive(rows.run.config).filter(isLiveStrategy);
  const id = "live_strategies_react";
  if (wanted.length === 0) return { id, held: true, evidence: "no live strategy was to play" };
  const live = rows.verdictCounts.filter(
    (verdict) => verdict.isLive && wanted.includes(verdict.strategy),
  );
  const answered = new Set(live.map((verdict) => `${verdict.gameId} ${verdict.strategy}`));
  const played = rows.games.filter((game) => game.phase !== "postponed");
  const mute = played.filter(
    ({ gameId }) => !wanted.every((strategy) => answered.has(`${gameId} ${strategy}`)),
  );
  const proposals = rows.intents.filter((intent) => wanted.includes(intent.strategy));
  const codes = new Set(live.map((verdict) => verdict.code)).size;
  return {
    id,
    held: played.length > 0 && mute.length === 0 && proposals.length > 0,
    evidence:
      `${wanted.join(", ")}: ${live.reduce((sum, verdict) => sum + verdict.count, 0)} stored verdicts in play with ` +
      `${codes} different answers, ${proposals.length} proposals${naming("no answer in play", mute)}`,
  };
}

/** Rows that agree, and log lines that were read and parse. A backtest has no logs: its rows alone are judged. */
function logsConsistent(night: Night, logs: ReportInputs["logs"]): Criterion {
  const { decisions, verdicts, ...rows } = night.rows.consistency;
  const contradictions = { ...rows, profitIsNotCash: isProfitCash(night) ? 0 : 1 };
  const wrong = Object.entries(contradictions).filter(([, count]) => count > 0);
  const files = filesRead(logs);
  return {
    id: "logs_consistent",
    held: wrong.length === 0 && files.areSound,
    evidence:
      `${decisions} decisions with ${verdicts} verdicts; ` +
      `${wrong.length === 0 ? "no contradiction" : list(wrong.map(([name, count]) => ({ name, count })))}; ${files.word}`,
  };
}

/** Of what nobody read, nothing is known: that is no consistency. */
function filesRead(logs: ReportInputs["logs"]): {
  readonly areSound: boolean;
  readonly word: string;
} {
  if (logs === "none") return { areSound: true, word: "no logs: a backtest" };
  if (logs === null) return { areSound: false, word: "log files not read" };
  const { lines, unparsable } = logs;
  if (lines === 0) return { areSound: false, word: "no log line found" };
  return {
    areSound: unparsable === 0,
    word: `${unparsable} of ${lines} log lines unreadable`,
  };
}

function naming(what: string, games: readonly GameRow[]): string {
  return games.length === 0 ? "" : `; ${what}: ${games.map((game) => game.eventTicker).join(", ")}`;
}

function list(counts: readonly { readonly name: string; readonly count: number }[]): string {
  return counts.map(({ name, count }) => `${count} ${name}`).join(", ");
}
