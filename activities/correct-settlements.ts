import type { AccountView } from "../core/domain/account-comparison.ts";
import type { Mode } from "../core/domain/decision.ts";
import type { Market } from "../core/domain/market.ts";
import type { Occasion } from "../core/domain/occasion.ts";
import {
  agree,
  isSilent,
  readWord,
  type SettlementWord,
  VOID,
  wordRevenue,
} from "../core/domain/settlement.ts";
import { usdMicros } from "../core/domain/units.ts";
import type { VenueSettlement } from "../core/domain/venue.ts";
import { settleContracts } from "../schema/queries/btc-contracts.ts";
import { setMarket } from "../schema/queries/games.ts";
import { wordsBooked } from "../schema/queries/settled-words.ts";
import { correctSettlement } from "../schema/queries/settlement-corrections.ts";
import { toldOf } from "./bitcoin/settle-contracts.ts";
import { gameOf } from "./game-of.ts";
import { occasionOf } from "./occasion-of.ts";
import { closeGameAnew } from "./score-game.ts";
import { type SettleDeps, writeResult } from "./settle.ts";
import { ownReturn } from "./void-return.ts";

/** A position that the venue pays by another word than before, booked. */
interface BookedCorrection {
  readonly occasionId: string;
  readonly marketTicker: string;
  readonly strategy: string;
  /** The how many-th of its settlement, from 1. */
  readonly number: number;
  /** Micros; negative when it was taken back. */
  readonly change: number;
}

/** Why what the venue shows is not booked: the field in its words, and what is wrong with it. */
interface RefusedCorrection {
  readonly occasionId: string;
  readonly marketTicker: string;
  readonly field: string;
  readonly reason: string;
}

/** What the corrections in an account came to. */
export interface Corrections {
  readonly booked: readonly BookedCorrection[];
  readonly refused: readonly RefusedCorrection[];
}

/** `revenue` of a settlement is whole cents, cut. */
const CENT_MICROS = 10_000;

type Position = Awaited<ReturnType<typeof wordsBooked>>[number];
type Shown = ReadonlyMap<string, VenueSettlement>;
type Read = ReadonlyMap<string, { readonly market: Market; readonly word: SettlementWord }>;

/**
 * Books what the venue has corrected after it was paid: of a game or of a contract, by one path. The account
 * and the market must say the same, whole and sound; else nothing is booked and the field is named. First
 * what is known of the occasion, then the money: a process that dies in between leaves a difference, by
 * which the next look finds it and does all of it again.
 */
export async function bookCorrections(
  deps: SettleDeps,
  mode: Mode,
  { settlements }: Pick<AccountView, "settlements">,
): Promise<Corrections> {
  const shown: Shown = new Map(settlements.map((one) => [one.marketTicker, one]));
  const positions = await wordsBooked(deps.db, mode, [...shown.keys()]);
  const other = positions.filter((row) => {
    const told = shown.get(row.market_ticker);
    return told !== undefined && (told.result !== row.result || told.value !== row.value_micros);
  });
  const booked: BookedCorrection[] = [];
  const refused: RefusedCorrection[] = [];
  for (const occasionId of new Set(other.map((row) => row.occasion_id))) {
    const occasion = await occasionOf(deps.db, occasionId);
    const found = await readWords(deps, occasion, shown);
    refused.push(...found.refused);
    if (found.read === null) continue;
    await keepWords(deps, occasion, found.read);
    for (const position of other.filter((row) => row.occasion_id === occasionId)) {
      const one = await correct(deps, position, shown);
      if (one === null) continue;
      if ("field" in one) refused.push(one);
      else booked.push(one);
    }
  }
  return { booked, refused };
}

/** The final words of all markets of an occasion. @returns none while one is awaited, or something is wrong with one. */
async function readWords(
  deps: SettleDeps,
  { occasionId, domain, markets }: Occasion,
  shown: Shown,
): Promise<{ readonly read: Read | null; readonly refused: readonly RefusedCorrection[] }> {
  const read = new Map<string, { market: Market; word: SettlementWord }>();
  const refused: RefusedCorrection[] = [];
  for (const { ticker: marketTicker } of markets) {
    const market = await deps.venue.market(marketTicker);
    // Disputed, amended, determined anew: its final word is to come.
    if (market?.status !== "finalized") return { read: null, refused: [] };
    const settlement = shown.get(marketTicker);
    // Silence has two meanings: with the account's word for it, that the market is void.
    const word = settlement?.result === "void" && isSilent(market) ? VOID : readWord(market);
    const fault =
      "field" in word ? word : settlement === undefined ? null : disagreement(settlement, word);
    if (fault !== null) refused.push({ occasionId, marketTicker, ...fault });
    if (!("field" in word)) read.set(marketTicker, { market, word });
  }
  const [first] = markets;
  const words = [...read.values()].map(({ word }) => word);
  if (refused.length === 0 && domain === "nba" && !agree(words) && first !== undefined) {
    const reason = [...read].map(([ticker, { word }]) => `${ticker} ${word.result}`).join(", ");
    refused.push({ occasionId, marketTicker: first.ticker, field: "result", reason });
  }
  return { read: refused.length > 0 ? null : read, refused };
}

/** The row of the account must tell what the market does, and its money what that pays. */
function disagreement(
  { result, value, yesCount: yes, noCount: no, cost, revenue }: VenueSettlement,
  word: SettlementWord,
): Pick<RefusedCorrection, "field" | "reason"> | null {
  if (result !== word.result || value !== word.value) {
    return {
      field: "market_result",
      reason: `the account says ${result}, the market ${word.result}`,
    };
  }
  if (word.result === "void" && cost === null) {
    return {
      field: "yes_total_cost_dollars",
      reason: "a void returns the cost, and none is stated",
    };
  }
  const cut = wordRevenue(word, { yes, no }, cost ?? usdMicros(0)) - revenue;
  if (cut >= 0 && cut < CENT_MICROS) return null;
  return {
    field: "revenue",
    reason: `${revenue} micros, and ${word.result} pays ${revenue + cut}`,
  };
}

/** What is known of the occasion beside the money. Scores and would-trades of a contract follow by the sweep. */
async function keepWords(deps: SettleDeps, occasion: Occasion, read: Read): Promise<void> {
  const { occasionId, mode, domain } = occasion;
  const markets = [...read.values()].map(({ market }) => market);
  if (domain === "btc") {
    await settleContracts(
      deps.db,
      [...read.values()].map(({ market, word }) => toldOf(market, word)),
    );
    return;
  }
  for (const market of markets) await setMarket(deps.db, occasionId, market.ticker, market);
  const result = await writeResult(deps, await gameOf(deps.db, occasionId, mode), markets);
  await closeGameAnew(deps.db, occasionId, result, deps.clock.now());
}

async function correct(
  deps: SettleDeps,
  { occasion_id: occasionId, market_ticker: marketTicker, strategy }: Position,
  shown: Shown,
): Promise<BookedCorrection | RefusedCorrection | null> {
  const told = shown.get(marketTicker);
  const said = told === undefined ? null : saidBy(told);
  if (told === undefined || said === null) return null;
  const key = { occasionId, marketTicker, strategy };
  const returned = said.result === "void" ? await ownReturn(deps, occasionId, told) : null;
  const word = { ...key, ...said, returned, toldAt: told.at, at: deps.clock.now() };
  const outcome = await correctSettlement(deps.db, word);
  switch (outcome.kind) {
    case "corrected":
      deps.log.error({ ...word, ...outcome }, "the venue corrected what it had paid: booked");
      return { ...key, number: outcome.number, change: outcome.change };
    case "outdated": {
      const reason = "it is older than the last correction in our books";
      return { occasionId, marketTicker, field: "settled_time", reason };
    }
    case "exists":
    case "unsettled":
      return null;
  }
}

/** @returns null for a scalar without a value. */
function saidBy({ result, value }: VenueSettlement): SettlementWord | null {
  if (result === "void") return VOID;
  return value === null ? null : { result, value };
}
