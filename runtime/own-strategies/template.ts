/** What `tipoff strategy new` begins a strategy with: it works, and its examples are its tests. */
export const EXAMPLE_STRATEGY = `import type { Strategy } from "./tipoff-strategy.ts";

/** Buys the favourite late in a close game while the market is slower than the forecast. */
export default {
  version: "1",
  summary: "Late in a game, buys the team that the forecast favours by more than the market does.",
  needs: ["forecast", "live-score"],
  parameters: {
    minGap: {
      kind: "number",
      default: 0.03,
      min: 0,
      max: 0.5,
      unit: "USD",
      about: "least distance of the forecast above the ask",
    },
    lastMinutes: {
      kind: "number",
      default: 18,
      min: 1,
      max: 48,
      unit: "minutes of game clock",
      about: "how late it must be",
    },
  },

  entry(sight, { minGap, lastMinutes }) {
    if (sight.phase !== "live" || sight.clock === null) return { refusal: "not in play" };
    if (sight.clock.secondsToGameEnd > Number(lastMinutes) * 60) return { refusal: "too early" };
    if (sight.homeProbability === null) return { refusal: "no forecast" };
    const team = sight.homeProbability >= 0.5 ? "home" : "away";
    const fairValue = team === "home" ? sight.homeProbability : 1 - sight.homeProbability;
    const market = sight.markets.find((one) => one.team === team);
    if (!market || market.ask === null) return { refusal: "nothing is offered" };
    if (fairValue - market.ask < Number(minGap)) return { refusal: "the market agrees" };
    return { team, fairValue };
  },

  exit(sight) {
    // Leave when the forecast no longer favours what is held.
    const { position, homeProbability } = sight;
    if (position === null || homeProbability === null) return { leaves: false };
    const own = position.team === "home" ? homeProbability : 1 - homeProbability;
    return { leaves: own < 0.5 };
  },
} satisfies Strategy;
`;

/** Its tests: each asks a hook and states the answer. What a sight leaves out is as in the first one. */
export const EXAMPLE_TESTS = `# Tests of strategy.ts, run by \`tipoff strategy check\`. Each asks one hook: \`sight\` changes the common
# sight below, \`parameters\` the defaults; \`answer\` is what must come back, whole.
common:
  at: 1790000000000
  phase: live
  home: NYK
  away: BOS
  secondsToTip: -7200
  clock:
    period: 4
    secondsLeftInPeriod: 300
    secondsToGameEnd: 300
    homeScore: 98
    awayScore: 92
    isReliable: true
  homeProbability: 0.9
  markets:
    - team: home
      bid: 0.82
      ask: 0.83
      mid: 0.825
      spread: 0.01
      bidSize: 500
      askSize: 500
      recentRange: 0.01
      recentVolume: 800
      window: null
      isReliable: true
  position: null
tests:
  - name: buys the favourite below the forecast
    hook: entry
    answer: { team: home, fairValue: 0.9 }
  - name: waits while the market agrees
    hook: entry
    sight: { homeProbability: 0.84 }
    answer: { refusal: the market agrees }
  - name: asks for a wider gap where it is told to
    hook: entry
    parameters: { minGap: 0.1 }
    answer: { refusal: the market agrees }
  - name: does nothing before tip
    hook: entry
    sight: { phase: pregame, clock: null }
    answer: { refusal: not in play }
  - name: keeps what the forecast favours
    hook: exit
    sight: { position: { team: home, contracts: 10, averagePrice: 0.83, heldSeconds: 60 } }
    answer: { leaves: false }
  - name: leaves when the forecast has turned
    hook: exit
    sight: { homeProbability: 0.4, position: { team: home, contracts: 10, averagePrice: 0.83, heldSeconds: 60 } }
    answer: { leaves: true }
`;
