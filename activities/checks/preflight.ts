import { NBA_SERIES } from "../../core/domain/ids.ts";
import type { NightRatings } from "../../core/models/night-ratings.ts";
import { easternDate, easternInstant, type TradingDate } from "../../core/domain/time.ts";
import { instant } from "../../core/domain/units.ts";
import type { VenueEvent } from "../../core/domain/market.ts";
import { matchSlate, type SlateEntry } from "../../core/domain/slate.ts";
import type { Venue } from "../../core/domain/venue.ts";
import { TradingError } from "../../core/domain/errors.ts";
import { requireRecordedChecks } from "../../runtime/game-strategies.ts";
import type { TipoffConfig } from "../../runtime/tipoff-config.ts";
import type { NightSource, ScoreFeeds } from "../ports.ts";
import { CALIBRATION_FROM_THE_FUTURE, ratingsOfNight } from "../../runtime/night-ratings.ts";
import { createLimitsBook } from "../limits-book.ts";
import { type Check, type Finding, notOk, ok } from "./check.ts";
import { START_CHECKS, type StartContext } from "./start.ts";

/** What tonight is looked at with: a running stack and its source. */
export interface PreflightContext extends StartContext {
  readonly venue: Venue;
  readonly feeds: ScoreFeeds;
  readonly source: NightSource;
  readonly config: TipoffConfig;
}

const DAY_MS = 86_400_000;
const OPEN: ReadonlySet<string> = new Set(["initialized", "active"]);
const LOAD = "`npx tipoff day start` loads a night";

interface Slate {
  readonly events: readonly VenueEvent[];
  readonly entries: readonly SlateEntry[];
}

async function slateOf({ venue, feeds, date }: PreflightContext): Promise<Slate | null> {
  if (date === null) return null;
  const all = await venue.events({ seriesTicker: NBA_SERIES });
  const [espn, nba] = await Promise.all([
    feeds.espnScoreboard(date).catch(() => null),
    feeds.nbaScoreboard().catch(() => null),
  ]);
  const found = { espn: espn?.value.games ?? [], nba: nba?.value.games ?? [] };
  const entries = matchSlate(all, found, date);
  const tickers = new Set(entries.map(({ eventTicker }) => eventTicker));
  return { events: all.filter(({ eventTicker }) => tickers.has(eventTicker)), entries };
}

/** A check of the slate; without a night there is none. */
function ofSlate(
  name: string,
  judge: (slate: Slate, context: PreflightContext) => Promise<Finding> | Finding,
): Check<PreflightContext> {
  return {
    name,
    look: async (context) => {
      const slate = await slateOf(context);
      if (slate === null) return notOk("no night is loaded", LOAD);
      if (slate.entries.length === 0) {
        return notOk(`the venue lists no game of ${context.date ?? "today"}`, LOAD);
      }
      return judge(slate, context);
    },
  };
}

const games = ofSlate("games", ({ entries }) => {
  const unmatched = entries.filter(({ isTradable }) => !isTradable);
  const found = `${entries.length} found, ${entries.length - unmatched.length} matched`;
  if (unmatched.length === 0) return ok(found);
  const names = unmatched.map(
    ({ eventTicker, reasons }) => `${eventTicker} (${reasons.join(", ")})`,
  );
  return notOk(`${found}; not matched: ${names.join("; ")}`, "these are not traded; see the feeds");
});

const markets = ofSlate("markets", ({ events }) => {
  const listed = events.flatMap((event) => event.markets);
  const closed = listed.filter(({ status }) => !OPEN.has(status));
  if (closed.length === 0) return ok(`${listed.length} markets, all open`);
  const names = closed.map(({ ticker, status }) => `${ticker} ${status}`).join(", ");
  if (closed.length === listed.length) {
    return notOk(`no market is open: ${names}`, "the games are over");
  }
  return notOk(
    `${closed.length} of ${listed.length} are not open: ${names}`,
    "these cannot be traded",
  );
});

const fees = ofSlate("fees", async ({ entries }, { venue }) => {
  const schedules = await Promise.all(
    entries.map(({ eventTicker }) => venue.feeSchedule(NBA_SERIES, eventTicker)),
  );
  const names = new Set(
    schedules.map(({ kind, multiplierMilli }) => `${kind} x ${multiplierMilli / 1_000}`),
  );
  return ok(`${schedules.length} events: ${[...names].join(", ")}`);
});

const feedsAlive: Check<PreflightContext> = {
  name: "feeds",
  look: async ({ feeds, date }) => {
    if (date === null) return notOk("no night is loaded", LOAD);
    const asked = {
      espn: feeds.espnScoreboard(date),
      nba: feeds.nbaScoreboard(),
      injuries: feeds.injuries(),
    };
    const answers = await Promise.all(
      Object.entries(asked).map(async ([name, answer]) => {
        const reason = await answer.then(
          () => null,
          (error: unknown) => (error instanceof Error ? error.message : String(error)),
        );
        return { name, reason };
      }),
    );
    const silent = answers.filter(({ reason }) => reason !== null);
    if (silent.length === 0) return ok(answers.map(({ name }) => `${name} answers`).join(", "));
    const evidence = silent.map(({ name, reason }) => `${name}: ${reason ?? ""}`).join("; ");
    return notOk(evidence, "entries wait for what they need; see the feed's own page");
  },
};

/** What risk will say of the age of ratings before the night is over. @returns `null` when it will let them pass. */
async function refusedAge(
  { version, resultsTo }: Extract<NightRatings, { readonly kind: "rated" }>,
  { db, mode, config, control }: PreflightContext,
  date: TradingDate,
): Promise<Finding | null> {
  if (resultsTo === undefined) return null;
  const book = createLimitsBook({ db, mode, gameLimits: config.limits });
  const { limits } = await book.ofSource((await control.manifest()).name);
  if (easternInstant(date, 24, 0) - resultsTo <= limits.maxModelAgeMs) return null;
  const days = String(Math.floor(limits.maxModelAgeMs / DAY_MS));
  return notOk(
    `${version}: no result since ${easternDate(instant(resultsTo - 1))} is in them, max_model_age is ${days} days`,
    "build them again with `npx tipoff elo build`; risk refuses what is forecast by them",
  );
}

const models: Check<PreflightContext> = {
  name: "models",
  look: async (context) => {
    const { source, config, date } = context;
    if (date === null) return notOk("no night is loaded", LOAD);
    const { forecast } = config.decision;
    const rated = await ratingsOfNight(source, forecast, config.ratings, date);
    if (rated.kind === "stale") {
      const again =
        rated.code === CALIBRATION_FROM_THE_FUTURE
          ? "name one that was fitted on games before the night in `forecast.calibration`"
          : "build them again with `npx tipoff elo build`";
      const next = `${again}; until then no forecast uses them`;
      return notOk(`${rated.code}: ${rated.reason}`, next);
    }
    const late = await refusedAge(rated, context, date);
    if (late !== null) return late;
    const used = Object.entries(forecast.weights).map(([name, weight]) => `${name} ${weight}`);
    if (rated.ratings.size > 0) {
      return ok(`${rated.version}, ${rated.ratings.size} teams; weights ${used.join(", ")}`);
    }
    return notOk("no past games: teams have no ratings", "the forecast rests on the other sources");
  },
};

const ownStrategies: Check<PreflightContext> = {
  name: "own strategies",
  look: async ({ source, config, homePath, date }) => {
    if (date === null) return notOk("no night is loaded", LOAD);
    const { strategies } = config.decision;
    const { name } = await source.manifest();
    try {
      await requireRecordedChecks(strategies, { home: { path: homePath } }, name);
    } catch (error) {
      if (!(error instanceof TradingError && error.code === "CONFIG_INVALID")) throw error;
      const { reason, nextStep } = error.details as { reason: string; nextStep: string }; // As records.ts makes them.
      return notOk(reason, nextStep);
    }
    const own = Object.keys(strategies.own ?? {});
    return ok(own.length === 0 ? "none" : `${own.join(", ")} may play ${name}`);
  },
};

/** The quick form for tonight. */
export const PREFLIGHT_CHECKS: readonly Check<PreflightContext>[] = [
  ...START_CHECKS,
  games,
  markets,
  feedsAlive,
  models,
  ownStrategies,
  fees,
];
