import type { Mode } from "../../core/domain/decision.ts";
import { listed } from "../../core/domain/listed.ts";
import type { TradingDate } from "../../core/domain/time.ts";
import { groupBy } from "../../core/scoring/group.ts";
import type { ValidationSample } from "../../core/scoring/validation/sample.ts";
import { triedOn } from "../../core/scoring/validation/search.ts";
import {
  type Validation,
  type ValidationOptions,
  validate,
} from "../../core/scoring/validation/validate.ts";
import type { ValidationVerdict } from "../../core/scoring/validation/verdict.ts";
import type { Db } from "../../schema/database.ts";
import { gateNights } from "../../schema/queries/gate-facts.ts";
import {
  type EvidenceOf,
  type TriedConfigurations,
  triedBefore,
} from "../../schema/queries/judgements.ts";
import { limitsInForce } from "../../schema/queries/limits.ts";
import {
  judgedMarkets,
  judgedNights,
  type JudgedNight,
} from "../../schema/queries/judged-nights.ts";
import { decayChart, scoreCharts } from "./charts.ts";
import { describeSources } from "./days.ts";
import { gatherSample } from "./gather.ts";
import type { NightResults } from "./night-results.ts";
import { tilesOf } from "./nightly.ts";
import type { Paper } from "./paper.ts";
import type { ModeTerms } from "./terms.ts";
import { assertTried, lackingOf } from "./tried.ts";
import { validationTables } from "./validation-tables.ts";

/** What is validated. */
export interface ValidationRequest {
  readonly mode: Mode;
  readonly from: TradingDate;
  readonly to: TradingDate;
  /** Only nights that a gate counts: under the settings and limits in force, none of a world; else all. */
  readonly evidence: EvidenceOf | null;
  readonly terms: ModeTerms;
  /** A capital besides the stages' own at which survival is played, micro-dollars; null for none. */
  readonly capital: number | null;
  /** The same games played elsewhere, such as in a backtest. */
  readonly others: readonly NightResults[];
  /** Configurations that were tried on the same days, the played one first: others are refused, and one alone. */
  readonly tried: readonly NightResults[];
}

/** Nights that a validation takes. */
interface TakenNights {
  readonly nights: readonly JudgedNight[];
  /** How many of them, of whatever stay in the stage, lie outside the days; 0 where all are taken, whatever one counts. */
  readonly outside: number;
}

/** Nights of a mode that are taken, as many as there are: of evidence under these limits of the mode's own. */
async function nightsOf(
  db: Db,
  mode: Mode,
  { from, to, evidence }: Pick<ValidationRequest, "from" | "to" | "evidence">,
  limitsHash: string | null,
): Promise<TakenNights> {
  const nights = await judgedNights(db, { mode, from, to });
  if (evidence === null) return { nights, outside: 0 };
  const { configHash } = evidence;
  const counted = await gateNights(db, { mode, configHash, limitsHash, since: new Date(0) });
  const runIds = new Set(counted.rows.map(({ runId }) => runId));
  const taken = nights.filter(({ runId }) => runIds.has(runId));
  return { nights: taken, outside: runIds.size - taken.length };
}

/** What a validation is evidence of, and why it is of nothing. */
interface Standing {
  readonly basis: EvidenceOf | null;
  /** What it named as tried, kept also where it is no evidence; null where it names none, or is asked as none. */
  readonly named: TriedConfigurations | null;
  /** Configurations that an earlier validation named as tried and this one does not. */
  readonly lacking: readonly string[];
}

/**
 * A validation is evidence only where its nights are all under these settings and limits, and where it names all that
 * was ever named as tried: whoever chooses the stretch of days, or forgets the search, chooses the result.
 */
async function standingOf(
  db: Db,
  { mode, evidence, tried }: ValidationRequest,
  { outside }: TakenNights,
): Promise<Standing> {
  if (evidence === null) return { basis: null, named: null, lacking: [] };
  const lacking = lackingOf(tried, await triedBefore(db, { mode, ...evidence }));
  const isWhole = outside === 0 && lacking.length === 0;
  const named = tried.length === 0 ? null : { ...evidence, names: namesOf(tried) };
  return { basis: isWhole ? evidence : null, named, lacking };
}

const namesOf = (tried: ValidationRequest["tried"]) => tried.map(({ name }) => name);

/**
 * Validates the nights of a mode, and says what they were, and whether it is evidence for a gate.
 *
 * @throws TradingError CONFIG_INVALID when a configuration was tried on other days, or is the only one.
 */
export async function validateNights(
  db: Db,
  request: ValidationRequest,
): Promise<{
  readonly validation: Validation;
  readonly paper: Paper;
  readonly nights: readonly JudgedNight[];
  /** What it is evidence of; `null` where it is none. */
  readonly basis: EvidenceOf | null;
  /** What it named as tried, for the validations after it. */
  readonly named: TriedConfigurations | null;
}> {
  const { mode, terms, evidence } = request;
  const taken = await nightsOf(db, mode, request, evidence?.limitsHash ?? null);
  const { nights } = taken;
  if (request.tried.length > 0) assertTried(request.tried, await daysWithGames(db, nights));
  const { capital } = terms.stages[0];
  const sample = await gatherSample(db, { mode, nights, capital, withMissed: true });
  const ledger = eventsOf(sample);
  const validation = validate(ledger, {
    stages: survivalTerms(request),
    tried: triedOn(request.tried, capital),
    others: [
      ...(await otherModes(db, request)),
      ...request.others.map(({ name, results }) => ({ name, of: "game" as const, results })),
    ],
  });
  const standing = await standingOf(db, request, taken);
  const paper = paperOf(request, { ...taken, ...standing }, validation);
  const { basis, named } = standing;
  return { validation, nights, basis, named, paper };
}

/** Days of nights on which there was a game: one without any is in no report of games. */
async function daysWithGames(
  db: Db,
  nights: readonly JudgedNight[],
): Promise<readonly JudgedNight["date"][]> {
  const runIds = nights.map(({ runId }) => runId);
  const markets = await judgedMarkets(db, runIds);
  return [...new Set(markets.map(({ date }) => date))].sort();
}

/** The stage's own terms, the same with the capital that was asked for, and the next stage's. */
function survivalTerms({ terms, capital }: ValidationRequest): ValidationOptions["stages"] {
  const [own, ...above] = terms.stages;
  return capital === null ? terms.stages : [own, { ...own, capital }, ...above];
}

/** The same games of the same days in the other mode, where there are any; of evidence what is evidence there. */
async function otherModes(
  db: Db,
  request: ValidationRequest,
): Promise<ValidationOptions["others"]> {
  const other = request.mode === "paper" ? "shadow" : "paper";
  const inForce = await limitsInForce(db, other);
  const { nights } = await nightsOf(db, other, request, inForce?.hash ?? null);
  if (nights.length === 0) return [];
  const { capital } = request.terms.stages[0];
  const sample = await gatherSample(db, { mode: other, nights, capital });
  return [{ name: other, of: "position", results: eventsOf(sample).trades }];
}

/** Clusters by the game alone, not by how it was played, so that it is one game wherever it was played. */
function eventsOf(sample: ValidationSample): ValidationSample {
  const named = <Row extends { readonly cluster: string }>(rows: readonly Row[]): readonly Row[] =>
    rows.map((row) => ({ ...row, cluster: row.cluster.split("/").at(-1) ?? row.cluster }));
  return {
    ...sample,
    trades: named(sample.trades),
    parts: named(sample.parts),
    forecasts: named(sample.forecasts),
    orders: named(sample.orders),
    fills: named(sample.fills),
    entries: named(sample.entries),
  };
}

const WORDS: Readonly<Record<ValidationVerdict, string>> = {
  edge: "an edge",
  no_edge: "no edge",
  worse: "worse than the market, or losing",
  not_enough_data: "not enough data",
};
const SHADES = {
  edge: "passed",
  no_edge: "stopped",
  worse: "failed",
  not_enough_data: "stopped",
} as const;

function paperOf(
  { mode, to, evidence, terms, tried }: ValidationRequest,
  { nights, outside, basis, lacking }: TakenNights & Standing,
  validation: Validation,
): Paper {
  const { verdict, reasons } = validation.judgement;
  const from = nights[0]?.date ?? to;
  const configs = groupBy(nights, ({ configHash }) => configHash).size;
  return {
    title: `Validation of ${from} to ${to}, ${mode}`,
    verdict: { words: WORDS[verdict], shade: SHADES[verdict] },
    lead: [
      describeSources(nights),
      evidence === null
        ? `All nights of the days, under ${configs} settings: no evidence for a gate.`
        : "Only nights under the settings and limits in force, none of a seeded world, as a gate counts them.",
      ...(outside === 0
        ? []
        : [
            `No evidence for a gate: ${outside} nights under these settings and limits lie outside these days. ` +
              "Without --from and --to all of them are taken.",
          ]),
      ...(lacking.length === 0
        ? []
        : [
            "No evidence for a gate: earlier validations under these settings and limits named configurations that " +
              `were tried, and this one does not: ${listed(lacking)}. Name them all with --tried.`,
          ]),
      ...reasons.map((reason) => `${reason.charAt(0).toUpperCase()}${reason.slice(1)}.`),
    ],
    tiles: tilesOf(validation),
    tables: validationTables(validation),
    charts: [
      ...scoreCharts(validation, terms.stages[0].capital),
      decayChart(validation.decay),
    ].filter(({ x }) => x.length > 1),
    json: {
      schemaVersion: 1,
      kind: "validation",
      runs: nights.map(({ runId, date, source }) => ({ runId, date, source })),
      isEvidence: basis !== null,
      nightsOutside: outside,
      tried: namesOf(tried),
      triedLacking: lacking,
      ...validation,
    },
  };
}
