import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { checkOwnStrategy, type OwnFinding } from "../backtest/own-check.ts";
import { loadRatings } from "../backtest/loads.ts";
import { positionOfMode } from "../core/domain/stage.ts";
import { usdMicros } from "../core/domain/units.ts";
import type { OwnCode } from "../core/strategies/own-strategy.ts";
import { readParameters, schemaFaults } from "../core/strategies/parameters.ts";
import type { Home } from "../runtime/home.ts";
import { runTests } from "../runtime/own-strategies/example-tests.ts";
import {
  type Checked,
  readStrategyFile,
  strategyFolder,
} from "../runtime/own-strategies/records.ts";
import { boxed } from "../runtime/own-strategies/sandbox.ts";
import { compileStrategy, type StrategySource } from "../runtime/own-strategies/source.ts";
import { limitsOf, loadRiskLimits } from "../runtime/risk-limits.ts";
import { loadTipoffConfig } from "../runtime/tipoff-config.ts";
import { wallNow } from "../runtime/wall.ts";
import type { FactSource } from "../sim/facts.ts";

/** What a strategy is checked with. */
export interface StrategyCheckRequest {
  readonly home: Home;
  readonly name: string;
  readonly configFile: string;
  readonly limitsFile: string;
  readonly sources: readonly FactSource[];
}

/** A check plays a night many times: a few games show what there is to see. */
export const CHECK_GAMES = 2;
/** In these the strategy that `strategy new` writes enters, and its exit is asked. */
export const CHECK_WORLD = 12;
/** Decisions of a check are this far apart, run milliseconds: each game is decided on some thousand times. */
const DECIDE_EVERY_MS = 5_000;
/** What the strategy may commit while it is checked, micros: what it gets in a night its limits say. */
const CAPITAL = usdMicros(1_000_000_000);

/** What a check found, and whether it may be signed. */
export interface StrategyCheck {
  readonly checked: Checked;
  /** Which hook the games that were played found nothing out about; such a check is not signed. */
  readonly notExercised: string | null;
}

/** Checks the file of a strategy as it stands. Nothing is kept. */
export async function checkStrategy(request: StrategyCheckRequest): Promise<StrategyCheck> {
  const { home, name, sources } = request;
  const { file, text } = await readStrategyFile(home, name);
  const compiled = compileStrategy(text);
  if ("faults" in compiled) {
    const findings = compiled.faults.map((detail) =>
      broken(`${file} reaches nothing outside`, detail),
    );
    return unplayed(request, { hash: "", text }, findings);
  }
  const { source } = compiled;
  const code = load(source);
  if (typeof code === "string") {
    return unplayed(request, source, [broken(`${file} is a strategy`, code)]);
  }
  const findings = [
    held(`${file} reaches nothing outside`, "no clock, chance, import or process"),
    ...parameterFindings(code),
    await testFinding(home, name, source, code),
  ];
  if (findings.some(({ isHeld }) => !isHeld)) return unplayed(request, source, findings);
  const played = await checkOwnStrategy({
    strategy: `own-${name}`,
    freshCode: () => boxed(source),
    ...playedWith(request, source.hash),
    capital: CAPITAL,
    sources,
    decideEveryMs: DECIDE_EVERY_MS,
  });
  const { notExercised } = played;
  const rule = "each of its hooks was put to use";
  const used = notExercised === null ? held(rule, "in these games") : broken(rule, notExercised);
  return {
    checked: checkedOf(request, source, [...findings, ...played.findings, used], played),
    notExercised,
  };
}

/** What was found before anything was played. */
function unplayed(
  request: StrategyCheckRequest,
  source: Pick<StrategySource, "hash" | "text">,
  findings: readonly OwnFinding[],
): StrategyCheck {
  const checked = checkedOf(request, source, findings, { decisions: 0, proposals: 0 });
  return { checked, notExercised: null };
}

/** Sizes, exits and patience of `modelEdge`, and the parameters' defaults. */
function playedWith({ configFile, limitsFile, sources }: StrategyCheckRequest, codeHash: string) {
  const { config } = loadTipoffConfig(configFile);
  const { modelEdge } = config.decision.strategies;
  const { file } = loadRiskLimits(limitsFile);
  const [first] = sources;
  const limits = limitsOf(file, positionOfMode("paper"), first?.manifest.name ?? "");
  return {
    settings: { ...modelEdge, isEnabled: true, codeHash, parameters: {} },
    config: { ...config, limits: { ...limits, ...config.limits } },
    ratingsOf: (source: FactSource) => loadRatings(config.ratings, config.decision, source),
  };
}

function load(source: StrategySource): OwnCode | string {
  try {
    return boxed(source);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function parameterFindings({ parameters }: OwnCode): readonly OwnFinding[] {
  const rule = "its parameters take their own defaults";
  const faults = schemaFaults(parameters);
  return faults.length === 0
    ? [held(rule, Object.keys(parameters).join(", ") || "it has none")]
    : faults.map((detail) => broken(rule, detail));
}

async function testFinding(
  home: Home,
  name: string,
  source: StrategySource,
  { parameters }: OwnCode,
): Promise<OwnFinding> {
  const file = join(strategyFolder(home, name), "tests.yaml");
  const rule = "its own tests pass";
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch {
    return broken(rule, `${file} is not there`);
  }
  const { values } = readParameters(parameters, {});
  const { count, failures } = runTests(source, text, values);
  const [first] = failures;
  return first === undefined
    ? held(rule, `${String(count)} of ${String(count)}`)
    : broken(rule, first);
}

function checkedOf(
  { name, sources }: StrategyCheckRequest,
  { hash, text }: Pick<StrategySource, "hash" | "text">,
  findings: readonly OwnFinding[],
  { decisions, proposals }: { readonly decisions: number; readonly proposals: number },
): Checked {
  return {
    schemaVersion: 1,
    name,
    hash,
    text,
    sources: sources.map(({ manifest }) => manifest.name),
    decisions,
    proposals,
    findings: [...findings],
    isPassed: findings.every(({ isHeld }) => isHeld) && decisions > 0,
    checkedAt: new Date(wallNow()).toISOString(),
  };
}

function held(rule: string, detail: string): OwnFinding {
  return { rule, isHeld: true, detail };
}

function broken(rule: string, detail: string): OwnFinding {
  return { rule, isHeld: false, detail };
}
