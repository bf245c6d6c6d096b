import { ClockArbiter } from "../../core/domain/clock-arbiter.ts";
import type { FeedGame } from "../../core/domain/feeds.ts";
import { instant } from "../../core/domain/units.ts";
import { loadTipoffConfig } from "../../runtime/tipoff-config.ts";
import type { Fact } from "../../sim/facts.ts";

type GameState = Extract<Fact, { kind: "game-state" }>;

const { clock: rules } = loadTipoffConfig("config/tipoff.yaml").config.view;

/** Why the clock of one game was ever doubted when its feeds are looked at every `pollMs`, each reason once. */
export function doubtsOf(states: readonly GameState[], pollMs: number): ReadonlySet<string> {
  const arbiter = new ClockArbiter(rules, false);
  const shown = new Map<string, GameState>();
  const doubts = new Set<string>();
  const [first, last] = [states[0], states.at(-1)];
  if (first === undefined || last === undefined) return doubts;
  let next = 0;
  for (let at = first.receivedAt; at <= last.receivedAt + pollMs; at = instant(at + pollMs)) {
    for (let state = states[next]; state && state.receivedAt <= at; state = states[next]) {
      shown.set(state.feed, state);
      next += 1;
    }
    for (const state of shown.values()) arbiter.observe(asFeed(state, at));
    for (const reason of arbiter.clock(at)?.staleBecause ?? []) doubts.add(reason);
    for (const feed of ["espn", "nba"] as const) {
      const mark = arbiter.jumpOf(feed);
      if (mark !== null) doubts.add(`${feed}.${mark}`);
    }
  }
  return doubts;
}

function asFeed(state: GameState, at: FeedGame["receivedAt"]): FeedGame {
  return {
    ...state,
    externalId: "1",
    date: "2026-11-20",
    home: "NYK",
    away: "BOS",
    tipAt: at,
    isFinal: state.state === "post",
    fetchedAt: at,
    receivedAt: at,
  };
}
