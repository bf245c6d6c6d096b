import type { DecisionInput, Verdict } from "../core/domain/decision.ts";
import type { OwnStrategy } from "../core/domain/order.ts";
import type { UsdMicros } from "../core/domain/units.ts";
import { decideUnder, type OwnStrategyConfig } from "../core/strategies/config.ts";
import { decide } from "../core/strategies/decide.ts";
import type { NightRatings } from "../core/models/night-ratings.ts";
import { type OwnCode, ownStrategy } from "../core/strategies/own-strategy.ts";
import type { Fact, FactSource } from "../sim/facts.ts";
import { playNight } from "./night.ts";
import type { NightConfig } from "./result.ts";

/** What is checked, and on what. */
export interface OwnCheckRequest {
  readonly strategy: OwnStrategy;
  /** The strategy in a box that nothing has been asked of yet. */
  readonly freshCode: () => OwnCode;
  readonly settings: OwnStrategyConfig;
  readonly config: NightConfig;
  /** What the strategy may commit, micros. */
  readonly capital: UsdMicros;
  readonly sources: readonly FactSource[];
  /** What Elo is read from in the night of a source. */
  readonly ratingsOf: (source: FactSource) => Promise<NightRatings>;
  /** Least run time between two decisions on one game, milliseconds. */
  readonly decideEveryMs: number;
}

/** One rule, and whether it held. */
export interface OwnFinding {
  readonly rule: string;
  readonly isHeld: boolean;
  readonly detail: string;
}

/** What came of the check. */
export interface OwnCheckResult {
  readonly findings: readonly OwnFinding[];
  readonly decisions: number;
  readonly proposals: number;
  /** How often each verdict was given. */
  readonly verdicts: Readonly<Record<string, number>>;
  /** Which hook these games found nothing out about, and why; null when each was put to use. */
  readonly notExercised: string | null;
}

/** Where the facts are cut off, as shares of the decisions: what comes after must not have mattered. */
const CUTS = [0.25, 0.5, 0.75] as const;

interface Played {
  readonly at: number;
  readonly input: string;
  readonly output: string;
  readonly verdict: Verdict | null;
}

/**
 * Plays a user's strategy alone, with the product's gates, orders and fills, and says whether it is
 * deterministic, without memory and without look-ahead, and whether its code ever failed.
 */
export async function checkOwnStrategy(request: OwnCheckRequest): Promise<OwnCheckResult> {
  const nights: (readonly Played[])[] = [];
  const findings: OwnFinding[] = [];
  const exits = { has: false, asked: 0 };
  for (const source of request.sources) {
    const { name } = source.manifest;
    const first = await play({ ...request, freshCode: () => counted(request, exits) }, source);
    nights.push(first);
    findings.push(
      sameFinding(`repeats on ${name}`, first, await play(request, source)),
      backwards(request, name, first),
      ...(await cutShort(request, source, first)),
    );
  }
  const all = nights.flat();
  const verdicts: Record<string, number> = {};
  for (const { verdict } of all) {
    if (verdict !== null) verdicts[verdict.code] = (verdicts[verdict.code] ?? 0) + 1;
  }
  const proposals = all.filter(({ verdict }) => verdict?.intent?.purpose === "entry").length;
  return {
    findings: [...findings, neverFails(all)],
    decisions: all.length,
    proposals,
    verdicts,
    notExercised: unusedHook(all.length, proposals, exits),
  };
}

/** The strategy's code, its exit counted each time that it is asked about a position. */
function counted({ freshCode }: OwnCheckRequest, exits: { has: boolean; asked: number }): OwnCode {
  const code = freshCode();
  const { exit } = code;
  if (exit === null) return code;
  exits.has = true;
  return {
    ...code,
    exit: (sight, parameters) => {
      if (sight.position !== null) exits.asked += 1;
      return exit(sight, parameters);
    },
  };
}

/** A hook that was never put to use has kept no rule: nothing is known of it. */
function unusedHook(
  decisions: number,
  proposals: number,
  exits: { readonly has: boolean; readonly asked: number },
): string | null {
  if (proposals === 0) return `its entry proposed nothing in ${String(decisions)} decisions`;
  if (!exits.has || exits.asked > 0) return null;
  return `its exit was never asked about a position in ${String(decisions)} decisions`;
}

async function play(request: OwnCheckRequest, source: FactSource): Promise<readonly Played[]> {
  const { strategy, decideEveryMs } = request;
  const played: Played[] = [];
  const ratings = await request.ratingsOf(source);
  await playNight(source, nightConfig(request), {
    ...{ decideEveryMs, ratings },
    strategies: [ownStrategy(strategy, request.freshCode())],
    onDecision: (input, output) => {
      const [input_, output_] = [JSON.stringify(input), JSON.stringify(output)];
      const verdict = output.verdicts.find((one) => one.strategy === strategy) ?? null;
      played.push({ at: input.at, input: input_, output: output_, verdict });
    },
  });
  return played;
}

function nightConfig({ strategy, settings, config, capital }: OwnCheckRequest): NightConfig {
  return {
    ...config,
    decision: {
      ...config.decision,
      strategies: {
        ...config.decision.strategies,
        active: [strategy],
        own: { [strategy]: settings },
      },
    },
    limits: {
      ...config.limits,
      maxStrategyCapital: { ...config.limits.maxStrategyCapital, [strategy]: capital },
    },
  };
}

/** The source until an instant. @param reached is told how far its facts went: there such a night ends. */
function cut(source: FactSource, at: number, reached: { at: number }): FactSource {
  return {
    manifest: source.manifest,
    pastGames: source.pastGames,
    async *facts(): AsyncIterable<Fact> {
      for await (const fact of source.facts()) {
        if (fact.receivedAt > at) return;
        reached.at = fact.receivedAt;
        yield fact;
      }
    },
  };
}

/** Asked in another sequence, by code that has seen nothing before: whoever remembers answers otherwise. */
function backwards(request: OwnCheckRequest, name: string, played: readonly Played[]): OwnFinding {
  const { decision, limits } = nightConfig(request);
  const known = [ownStrategy(request.strategy, request.freshCode())];
  const config = decideUnder(decision, limits);
  const again = played.toReversed().map((one): Played => {
    const input = JSON.parse(one.input) as DecisionInput; // Written by `play`.
    return { ...one, output: JSON.stringify(decide(input, config, known)) };
  });
  return sameFinding(`remembers nothing on ${name}`, played, again.toReversed());
}

async function cutShort(
  request: OwnCheckRequest,
  source: FactSource,
  whole: readonly Played[],
): Promise<readonly OwnFinding[]> {
  const findings: OwnFinding[] = [];
  for (const share of CUTS) {
    const last = whole[Math.floor(whole.length * share)];
    if (last === undefined) continue;
    const reached = { at: -Infinity };
    const early = await play(request, cut(source, last.at, reached));
    // Of a recording by minutes nothing is decided between its last fact and the cut.
    const before = (all: readonly Played[]): readonly Played[] =>
      all.filter(({ at }) => at < reached.at);
    const rule = `is blind to what comes after ${String(share * 100)} % of ${source.manifest.name}`;
    findings.push(sameFinding(rule, before(whole), before(early)));
  }
  return findings;
}

function sameFinding(
  rule: string,
  first: readonly Played[],
  second: readonly Played[],
): OwnFinding {
  const different = first.findIndex(({ output }, index) => second[index]?.output !== output);
  const isHeld = different === -1 && first.length === second.length && first.length > 0;
  const at = first[different]?.at;
  const detail = isHeld
    ? `${String(first.length)} decisions, equal bytes`
    : first.length === 0
      ? "nothing was decided: play a source with a game"
      : at === undefined
        ? `${String(first.length)} decisions and then ${String(second.length)}`
        : `another answer at ${new Date(at).toISOString()}`;
  return { rule, isHeld, detail };
}

function neverFails(played: readonly Played[]): OwnFinding {
  const failures = played.flatMap(({ verdict }) =>
    verdict !== null && (verdict.code === "own_failed" || verdict.numbers["ownFailed"] === 1)
      ? [verdict.detail ?? "its exit failed"]
      : [],
  );
  const [first] = failures;
  const detail =
    first === undefined
      ? `${String(played.length)} decisions`
      : `${String(failures.length)} times, first: ${first}`;
  return {
    rule: "never fails, is in time and answers what it may",
    isHeld: first === undefined,
    detail,
  };
}
