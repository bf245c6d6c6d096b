import type { EspnClient } from "../clients/espn/client.ts";
import type { NbaClient } from "../clients/nba/client.ts";
import type {
  FeedGame,
  FeedName,
  Fetched,
  InjuryList,
  InjuryReport,
  Scoreboard,
  WinProbability,
} from "../core/domain/feeds.ts";
import type { RunClock } from "../core/domain/time.ts";
import { type Instant, instant } from "../core/domain/units.ts";
import type { Logger } from "../runtime/log.ts";
import { repeat } from "../runtime/repeat.ts";
import type { FactBody, SlateGame } from "../sim/facts.ts";
import { Absences } from "./absences.ts";
import { Outages } from "./outages.ts";
import type { MirrorPart, Tell, Told } from "./port.ts";
import { type Absence, type BodyOf, playerKey, ToldGames } from "./told-games.ts";

/** How often a feed is asked, from the begin of one look to that of the next: wall milliseconds at speed 1. */
interface Paces {
  readonly scoreboardMs: number;
  readonly probabilityMs: number;
  readonly playsMs: number;
  readonly injuriesMs: number;
  /** Nothing is asked more often than this while no game is near or in play. */
  readonly idleMs: number;
}

const PACES: Paces = {
  scoreboardMs: 5_000,
  probabilityMs: 10_000,
  playsMs: 10_000,
  injuriesMs: 60_000,
  idleMs: 30_000,
};
/** A game is near from so long before its tip, run milliseconds. */
const NEAR_MS = 15 * 60_000;
/** Plays and probabilities are looked at so long after the end: a feed's files do not change at one time. */
const AFTER_END_MS = 10 * 60_000;
const FEEDS: readonly FeedName[] = ["espn", "nba"];
const INJURIES = { kind: "page-away", page: "injuries", eventTicker: null } as const;
/** Since when nothing is known of what was never read. */
const EVER = instant(0);

export interface GamesOptions {
  readonly games: readonly SlateGame[];
  /** What an earlier process told of the games. */
  readonly told?: ToldGames;
  /** Since when nobody listened; null when nobody ever did. */
  readonly awaySince?: Instant | null;
  readonly espn: Pick<EspnClient, "scoreboard" | "winProbability" | "injuries">;
  readonly nba: Pick<NbaClient, "scoreboard" | "playByPlay">;
  readonly tell: Tell;
  readonly clock: RunClock;
  readonly log: Logger;
  readonly paces?: Partial<Paces>;
}

/** What one feed showed of a game last. */
interface Shown {
  readonly game: FeedGame;
  /** Since when it is final; null while it is not. */
  readonly finalSince: Instant | null;
}

/** A game of the slate, and what was told of it. */
interface Followed {
  readonly slate: SlateGame;
  readonly shown: Map<FeedName, Shown>;
  /** Of ESPN's probabilities. */
  toldSequence: number | null;
}

/**
 * Tells what ESPN and the NBA show of the games, whenever it is another thing than was told last. Games
 * are known by date and teams, so that one whose id was not known with the slate is followed too.
 */
export function followGames(options: GamesOptions): MirrorPart {
  return new GamesFollower(options);
}

class GamesFollower implements MirrorPart {
  readonly #options: GamesOptions;
  readonly #paces: Paces;
  readonly #games: readonly Followed[];
  readonly #teams: ReadonlySet<string>;
  readonly #outages: Outages;
  readonly #told: ToldGames;
  readonly #absences: Absences;
  readonly #stops: readonly (() => Promise<void>)[];
  #isClosed = false;

  constructor(options: GamesOptions) {
    this.#options = options;
    this.#paces = { ...PACES, ...options.paces };
    this.#games = options.games.map((slate) => ({
      slate,
      shown: new Map(),
      toldSequence: null,
    }));
    this.#teams = new Set(options.games.flatMap(({ home, away }) => [home, away]));
    this.#outages = new Outages(options.log);
    this.#told = options.told ?? new ToldGames();
    this.#absences = new Absences({
      told: this.#told,
      clock: options.clock,
      tell: (body) => {
        this.#tell(body, { sourceTime: null, receivedAt: options.clock.now() });
      },
    });
    this.#missWhatNobodyHeard(options.awaySince ?? null);
    const { scoreboardMs, probabilityMs, playsMs, injuriesMs } = this.#paces;
    const { espn, nba } = options;
    const dates = [...new Set(options.games.map(({ date }) => date))];
    this.#stops = [
      this.#every(scoreboardMs, async () => {
        for (const date of dates) {
          const games = this.#games.filter(({ slate }) => slate.date === date);
          await this.#readBoard("espn", games, () => espn.scoreboard(date));
        }
      }),
      this.#every(scoreboardMs, () => this.#readBoard("nba", this.#games, () => nba.scoreboard())),
      this.#every(probabilityMs, () => this.#readEach("espn", this.#readProbability)),
      this.#every(playsMs, () => this.#readEach("nba", this.#readPlays)),
      this.#every(injuriesMs, () => this.#readInjuries()),
    ];
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#stops.map((stop) => stop()));
  }

  #every(paceMs: number, look: () => Promise<void>): () => Promise<void> {
    const { clock, log } = this.#options;
    let beganAt = 0;
    return repeat(
      () => {
        beganAt = performance.now();
        return look();
      },
      () => {
        const pace = this.#isBusy() ? paceMs : Math.max(paceMs, this.#paces.idleMs);
        return Math.max(0, pace / clock.speed - (performance.now() - beganAt));
      },
      (error) => {
        log.error({ error }, "a look at the feeds failed");
      },
    );
  }

  /** Whether a game is in play, or near its tip, or late to begin. */
  #isBusy(): boolean {
    const now = this.#options.clock.now();
    return this.#games.some(({ slate, shown }) => {
      const states = [...shown.values()].map(({ game }) => game.state);
      if (states.includes("in")) return true;
      return !states.includes("post") && now >= slate.tipAt - NEAR_MS;
    });
  }

  async #readBoard(
    feed: FeedName,
    games: readonly Followed[],
    ask: () => Promise<Fetched<Scoreboard>>,
  ): Promise<void> {
    const askedAt = this.#options.clock.now();
    const missed = new Set(games);
    try {
      const board = await this.#outages.guard(`${feed} scoreboard`, ask);
      if (board === null) return;
      this.#outages.note(`${feed} scoreboard`, board.value.faults);
      for (const followed of games) {
        const game = gameOn(board.value.games, feed, followed.slate);
        if (game !== null) this.#tellState(followed, game);
        if (game !== null || !this.#isAwaited(feed, followed)) missed.delete(followed);
      }
    } finally {
      for (const followed of games) {
        const absence = absenceOf(feed, followed);
        if (missed.has(followed)) this.#absences.miss(absence, askedAt);
        else this.#absences.find(absence);
      }
    }
  }

  /** Whether a feed has shown a game, and not its end: it goes on to another day afterwards. */
  #isAwaited(feed: FeedName, { slate }: Followed): boolean {
    const state = this.#told.state(feed, slate.eventTicker)?.state ?? "post";
    return state !== "post";
  }

  /** What was shown when somebody listened last is not known to be so still; the pages are looked at first. */
  #missWhatNobodyHeard(awaySince: Instant | null): void {
    if (this.#told.isAway(INJURIES) === null) this.#absences.doubt(INJURIES, EVER);
    if (awaySince === null) return;
    this.#absences.doubt(INJURIES, awaySince);
    for (const followed of this.#games) this.#absences.doubt(pageOf(followed), awaySince);
    for (const feed of FEEDS) {
      for (const followed of this.#games) {
        this.#absences.miss(absenceOf(feed, followed), awaySince);
      }
    }
  }

  #tellState({ slate, shown }: Followed, game: FeedGame): void {
    const before = shown.get(game.feed);
    const state = stateOf(slate, game);
    if (!this.#told.isLast(state)) this.#tell(state, game);
    const finalSince = game.isFinal ? (before?.finalSince ?? game.receivedAt) : null;
    shown.set(game.feed, { game, finalSince });
  }

  /** Looks at the games that a feed shows in play, or over since a short while; one after another. */
  async #readEach(
    feed: FeedName,
    read: (followed: Followed, externalId: string) => Promise<void>,
  ): Promise<void> {
    for (const followed of this.#games) {
      const { game, finalSince } = followed.shown.get(feed) ?? {};
      if (this.#isClosed || game === undefined) continue;
      const overMs = this.#options.clock.now() - (finalSince ?? Number.NEGATIVE_INFINITY);
      if (game.state === "in" || overMs <= AFTER_END_MS) await read(followed, game.externalId);
    }
  }

  readonly #readProbability = async (followed: Followed, id: string): Promise<void> => {
    const { espn } = this.#options;
    const askedAt = this.#options.clock.now();
    const what = `espn win probability of ${id}`;
    const answer = await this.#outages.guard(what, () => espn.winProbability(id));
    if (answer === null) this.#absences.miss(pageOf(followed), askedAt);
    else this.#absences.find(pageOf(followed));
    const reading = answer?.value;
    if (!reading || reading.sequence === followed.toldSequence) return;
    const { eventTicker } = followed.slate;
    const kind = "win-probability";
    // How many there were is not in what an earlier process told.
    const isTold = followed.toldSequence === null && this.#isToldLast(eventTicker, reading);
    if (!isTold) this.#tell({ kind, eventTicker, homeProbability: reading.home }, reading);
    followed.toldSequence = reading.sequence;
  };

  #isToldLast(eventTicker: string, { home, sourceTime }: WinProbability): boolean {
    const last = this.#told.probability(eventTicker);
    if (last?.homeProbability !== home) return false;
    return sourceTime === null || sourceTime === last.sourceTime;
  }

  /** A play that is told stays told: feeds edit and withdraw plays, which no fact can say. */
  readonly #readPlays = async (followed: Followed, id: string): Promise<void> => {
    const { nba } = this.#options;
    const answer = await this.#outages.guard(`nba plays of ${id}`, () => nba.playByPlay(id));
    if (answer === null) return;
    const { eventTicker } = followed.slate;
    const { plays, receivedAt } = answer.value;
    for (const { playedAt, ...play } of plays) {
      if (this.#told.hasPlay(eventTicker, play.actionNumber)) continue;
      this.#tell({ kind: "play", eventTicker, ...play }, { sourceTime: playedAt, receivedAt });
    }
  };

  async #readInjuries(): Promise<void> {
    const askedAt = this.#options.clock.now();
    let isRead = false;
    try {
      const answer = await this.#outages.guard("espn injuries", () =>
        this.#options.espn.injuries(),
      );
      if (answer !== null) this.#outages.note("espn injuries", answer.value.faults);
      // A league in which nobody is hurt does not exist: an empty list is no report.
      if (answer === null || answer.value.lines.length === 0) return;
      this.#tellReport(answer);
      isRead = true;
    } finally {
      if (isRead) this.#absences.find(INJURIES);
      else this.#absences.miss(INJURIES, askedAt);
    }
  }

  #tellReport({ value: { lines, faults }, raw: { receivedAt } }: Fetched<InjuryList>): void {
    const listed = newestLines(lines.filter(({ teamCode }) => this.#teams.has(teamCode)));
    for (const report of listed.values()) this.#tellInjury(lineOf(report), report);
    // Who is not listed plays; but of a team with a line that could not be read he may be the one of that line.
    const doubted = new Set(faults.map(({ teamCode }) => teamCode));
    for (const [key, { kind, teamCode, player, impactElo }] of this.#told.injuries) {
      if (listed.has(key) || doubted.has(teamCode)) continue;
      const line = { kind, teamCode, player, status: "Available", impactElo } as const;
      this.#tellInjury(line, { sourceTime: null, receivedAt });
    }
  }

  #tellInjury(line: BodyOf<"injury">, times: Times): void {
    if (!this.#told.isLast(line)) this.#tell(line, times);
  }

  #tell(body: FactBody, { sourceTime, receivedAt }: Times): void {
    if (this.#isClosed) return;
    const told: Told = { ...body, sourceTime: sourceTime ?? receivedAt };
    this.#told.note(told);
    this.#options.tell(told);
  }
}

function absenceOf(feed: FeedName, { slate: { eventTicker } }: Followed): Absence {
  return { kind: "feed-away", feed, eventTicker };
}

/** The page of a game's probabilities. */
function pageOf({ slate: { eventTicker } }: Followed): Absence {
  return { kind: "page-away", page: "win-probability", eventTicker };
}

type Times = Pick<FeedGame, "sourceTime" | "receivedAt">;

/**
 * The slate's game on a scoreboard. Of two with its teams on its day the one with its id is meant.
 *
 * @returns `null` where the scoreboard does not show it.
 */
function gameOn(games: readonly FeedGame[], feed: FeedName, slate: SlateGame): FeedGame | null {
  const { date, home, away, espnEventId, nbaGameId } = slate;
  const [first, ...others] = games.filter(
    (game) => game.date === date && game.home === home && game.away === away,
  );
  if (first === undefined || others.length === 0) return first ?? null;
  const id = feed === "espn" ? espnEventId : nbaGameId;
  return [first, ...others].find(({ externalId }) => externalId === id) ?? null;
}

function stateOf({ eventTicker }: SlateGame, game: FeedGame): BodyOf<"game-state"> {
  const { feed, state, statusName, period, clockSeconds } = game;
  const { homeScore, awayScore, homePeriods, awayPeriods } = game;
  return {
    kind: "game-state",
    feed,
    eventTicker,
    state,
    statusName,
    period,
    clockSeconds,
    homeScore,
    awayScore,
    homePeriods,
    awayPeriods,
    isReconstructed: false,
  };
}

/** Lines by team and player; of two for one player the one that the feed dates later. */
function newestLines(reports: readonly InjuryReport[]): ReadonlyMap<string, InjuryReport> {
  const lines = new Map<string, InjuryReport>();
  for (const report of reports) {
    const key = playerKey(report);
    const dated = (line: InjuryReport): Instant => line.sourceTime ?? line.receivedAt;
    const other = lines.get(key);
    if (other === undefined || dated(other) <= dated(report)) lines.set(key, report);
  }
  return lines;
}

/**
 * A line as it is told. ESPN's `Day-To-Day` has no word among the facts' statuses, which are the league's:
 * `Questionable` is the one of which the injury table takes the same chance, a half, that the player sits
 * out (`core/models/injury-table.ts`). What read the line is left out: whoever reads the facts' report
 * reads it with the same parser, and says so.
 */
function lineOf({ teamCode, player, status, reason, impactElo }: InjuryReport): BodyOf<"injury"> {
  return {
    kind: "injury",
    teamCode,
    player,
    status: status === "Day-To-Day" ? "Questionable" : status,
    impactElo,
    ...(reason !== null && { reason }),
  };
}
