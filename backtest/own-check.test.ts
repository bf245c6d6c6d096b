import { beforeAll, describe, expect, it } from "vitest";
import { positionOfMode } from "../core/domain/stage.ts";
import { usdMicros } from "../core/domain/units.ts";
import type { NightRatings } from "../core/models/night-ratings.ts";
import type { OwnEntry, OwnSight } from "../core/strategies/own-api.ts";
import type { OwnCode } from "../core/strategies/own-strategy.ts";
import { limitsOf, loadRiskLimits } from "../runtime/risk-limits.ts";
import { loadTipoffConfig } from "../runtime/tipoff-config.ts";
import type { FactSource } from "../sim/facts.ts";
import { createWorld } from "../sim/world/world.ts";
import { loadRatings } from "./loads.ts";
import { checkOwnStrategy, type OwnCheckResult } from "./own-check.ts";
import { smallNight } from "./testing/small-night.ts";

const { file } = loadRiskLimits("config/risk_limits.yaml");
const settings = loadTipoffConfig("config/tipoff.yaml").config;
const config = {
  ...settings,
  limits: { ...limitsOf(file, positionOfMode("paper"), "world:7"), ...settings.limits },
};
const { modelEdge: common } = settings.decision.strategies;

function codeOf(
  entry: (sight: OwnSight) => OwnEntry,
  exit: OwnCode["exit"] = () => ({ leaves: false }),
): OwnCode {
  return {
    hash: "test",
    version: "1",
    summary: "A test.",
    needs: [],
    parameters: {},
    entry: (sight) => entry(sight),
    exit,
  };
}

const usual = (source: FactSource): Promise<NightRatings> =>
  loadRatings({ artifact: null, maxAgeDays: 10 }, config.decision, source);

function check(
  freshCode: () => OwnCode,
  settings: typeof common = common,
  ratingsOf = usual,
  source: FactSource = createWorld({ seed: 7, games: 1 }),
): Promise<OwnCheckResult> {
  return checkOwnStrategy({
    strategy: "own-test",
    freshCode,
    settings: { ...settings, codeHash: "test", parameters: {} },
    config,
    capital: usdMicros(1_000_000_000),
    sources: [source],
    ratingsOf,
    decideEveryMs: 20_000,
  });
}

/** Buys the home team wherever the forecast is above the ask. */
function honest({ homeProbability, markets }: OwnSight): OwnEntry {
  const ask = markets.find(({ team }) => team === "home")?.ask ?? null;
  return homeProbability === null || ask === null || homeProbability < ask
    ? { refusal: "nothing to gain" }
    : { team: "home", fairValue: homeProbability };
}

const broken = ({ findings }: OwnCheckResult): readonly string[] =>
  findings.filter(({ isHeld }) => !isHeld).map(({ rule }) => rule);

describe("checkOwnStrategy", () => {
  let passed: OwnCheckResult;
  beforeAll(async () => {
    passed = await check(() => codeOf(honest));
  });

  it("passes it on a recording by minutes too: nothing is decided after the last of a night that was cut off", async () => {
    const { manifest, pastGames, facts } = smallNight();
    const source = { manifest, pastGames, facts: () => facts };
    const found = await check(() => codeOf(honest), common, usual, source);
    expect(broken(found)).toEqual([]);
  });

  it("passes one that sees an instant and remembers nothing, and it trades", () => {
    expect(broken(passed)).toEqual([]);
    expect(passed.decisions).toBeGreaterThan(200);
    expect(passed.proposals).toBeGreaterThan(0);
    expect(passed.notExercised).toBeNull();
  });

  it("says what nothing was found out about: an entry never proposed, an exit never asked", async () => {
    const idle = await check(() => codeOf(() => ({ refusal: "not tonight" })));
    expect(idle.proposals).toBe(0);
    expect(idle.notExercised).toContain("its entry proposed nothing in");
    // The settings sell whatever is held before its exit would be asked.
    const hasty = { ...common, exits: { ...common.exits, stopLossMicros: -1_000_000 } };
    const unasked = await check(() => codeOf(honest), hasty);
    expect(unasked.proposals).toBeGreaterThan(0);
    expect(unasked.notExercised).toContain("its exit was never asked about a position");
    // One that has no exit hook needs to be asked for none.
    const plain = await check(() => codeOf(honest, null));
    expect(plain.notExercised).toBeNull();
  });

  it("plays with the ratings that it is given", async () => {
    const firstSeen = async (ratingsOf: typeof usual): Promise<number | null | undefined> => {
      const seen: (number | null)[] = [];
      const look = ({ homeProbability }: OwnSight): OwnEntry => {
        seen.push(homeProbability);
        return { refusal: "it looks" };
      };
      await check(() => codeOf(look), common, ratingsOf);
      return seen[0];
    };
    const stale = { kind: "stale", code: "ratings_stale", reason: "old" } as const;
    const rated = await firstSeen(usual);
    expect(rated).toBeGreaterThan(0);
    expect(await firstSeen(() => Promise.resolve(stale))).not.toBe(rated);
  });

  it("finds one that remembers", async () => {
    const result = await check(() => {
      let calls = 0;
      return codeOf(() => ({ refusal: `asked ${String((calls += 1))} times` }));
    });
    expect(broken(result)).toEqual(["remembers nothing on world:7"]);
  });

  it("finds one that answers otherwise each time it is played", async () => {
    let played = 0;
    const result = await check(() => {
      const run = (played += 1);
      return codeOf(() => ({ refusal: `run ${String(run)}` }));
    });
    expect(broken(result)).toContain("repeats on world:7");
  });

  it("finds one that knows what comes", async () => {
    // What the night ends with is handed to it before: as if it had read the recording.
    const seen: number[] = [];
    const result = await check(() => {
      const last = Math.max(...seen);
      return codeOf(({ at }) => {
        seen.push(at);
        return { refusal: at < last ? "more is to come" : "the end" };
      });
    });
    expect(
      broken(result).some((rule) => rule.startsWith("is blind") || rule.startsWith("repeats")),
    ).toBe(true);
  });

  it("finds one that fails", async () => {
    const result = await check(() =>
      codeOf(() => {
        throw new Error("no idea");
      }),
    );
    expect(broken(result)).toEqual(["never fails, is in time and answers what it may"]);
  });
});
