import { isDeepStrictEqual } from "node:util";
import type { EspnClient } from "../clients/espn/client.ts";
import type { NbaClient } from "../clients/nba/client.ts";
import { TradingError } from "../core/domain/errors.ts";
import type {
  FeedFault,
  FeedGame,
  FeedName,
  Fetched,
  InjuryReport,
  Scoreboard,
} from "../core/domain/feeds.ts";
import type { RunClock } from "../core/domain/time.ts";
import type { Instant } from "../core/domain/units.ts";
import type { Logger } from "../runtime/log.ts";
import { repeat } from "../runtime/repeat.ts";
import type { FactBody, SlateGame } from "../sim/facts.ts";
import type { MirrorPart, Tell, Told } from "./port.ts";

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

export interface GamesOptions {
  readonly games: readonly SlateGame[];
  /** Whether an earlier process told a play: the feed tells all of them again. */
  readonly hasPlay?: (eventTicker: string, actionNumber: number) => boolean;
  readonly espn: Pick<EspnClient, "scoreboard" | "winProbability" | "injuries">;
  readonly nba: Pick<NbaClient, "scoreboard" | "playByPlay">;
  readonly tell: Tell;
  readonly clock: RunClock;
  readonly log: Logger;
  readonly paces?: Partial<Paces>;
}

type BodyOf<Kind extends FactBody["kind"]> = Extract<FactBody, { readonly kind: Kind }>;

/** What one feed showed of a game last. */
interface Shown {
  readonly game: FeedGame;
  /** Since when it is final; null while it is not. */
  readonly finalSince: Instant | null;
  /** The state as it was told. */
  readonly told: BodyOf<"game-state">;
}

/** A game of the slate, and what was told of it. */
interface Followed {
  readonly slate: SlateGame;
  readonly shown: Map<FeedName, Shown>;
  /** Of ESPN's probabilities. */
  toldSequence: number | null;
  /** By action number. */
  readonly toldPlays: Set<number>;
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
  /** Lines of the injury report as they were told, by team and player. */
  readonly #injuries = new Map<string, BodyOf<"injury">>();
  readonly #stops: readonly (() => Promise<void>)[];
  #isClosed = false;

  constructor(options: GamesOptions) {
    this.#options = options;
    this.#paces = { ...PACES, ...options.paces };
    this.#games = options.games.map((slate) => ({
      slate,
      shown: new Map(),
      toldSequence: null,
      toldPlays: new Set(),
    }));
    this.#teams = new Set(options.games.flatMap(({ home, away }) => [home, away]));
    this.#outages = new Outages(options.log);
    const { scoreboardMs, probabilityMs, playsMs, injuriesMs } = this.#paces;
    const { espn, nba } = options;
    const dates = [...new Set(options.games.map(({ date }) => date))];
    this.#stops = [
      this.#every(scoreboardMs, async () => {
        for (const date of dates) await this.#readBoard("espn", () => espn.scoreboard(date));
      }),
      this.#every(scoreboardMs, () => this.#readBoard("nba", () => nba.scoreboard())),
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

  async #readBoard(feed: FeedName, ask: () => Promise<Fetched<Scoreboard>>): Promise<void> {
    const board = await this.#outages.guard(`${feed} scoreboard`, ask);
    if (board === null) return;
    this.#outages.note(feed, board.value.faults);
    for (const followed of this.#games) {
      const game = gameOn(board.value.games, feed, followed.slate);
      if (game !== null) this.#tellState(followed, game);
    }
  }

  #tellState({ slate, shown }: Followed, game: FeedGame): void {
    const before = shown.get(game.feed);
    const told = stateOf(slate, game);
    if (!isDeepStrictEqual(told, before?.told)) this.#tell(told, game);
    const finalSince = game.isFinal ? (before?.finalSince ?? game.receivedAt) : null;
    shown.set(game.feed, { game, finalSince, told });
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
    const what = `espn win probability of ${id}`;
    const reading = (await this.#outages.guard(what, () => espn.winProbability(id)))?.value;
    if (!reading || reading.sequence === followed.toldSequence) return;
    const { eventTicker } = followed.slate;
    const kind = "win-probability";
    this.#tell({ kind, eventTicker, homeProbability: reading.home }, reading);
    followed.toldSequence = reading.sequence;
  };

  /** A play that is told stays told: feeds edit and withdraw plays, which no fact can say. */
  readonly #readPlays = async (followed: Followed, id: string): Promise<void> => {
    const { nba } = this.#options;
    const answer = await this.#outages.guard(`nba plays of ${id}`, () => nba.playByPlay(id));
    if (answer === null) return;
    const { eventTicker } = followed.slate;
    const { plays, receivedAt } = answer.value;
    for (const { playedAt, ...play } of plays) {
      if (followed.toldPlays.has(play.actionNumber)) continue;
      const isTold = this.#options.hasPlay?.(eventTicker, play.actionNumber) === true;
      const times = { sourceTime: playedAt, receivedAt };
      if (!isTold) this.#tell({ kind: "play", eventTicker, ...play }, times);
      followed.toldPlays.add(play.actionNumber);
    }
  };

  async #readInjuries(): Promise<void> {
    const answer = await this.#outages.guard("espn injuries", () => this.#options.espn.injuries());
    // A league in which nobody is hurt does not exist: an empty list is no report.
    if (answer === null || answer.value.length === 0) return;
    const listed = newestLines(answer.value.filter(({ teamCode }) => this.#teams.has(teamCode)));
    for (const [key, report] of listed) this.#tellInjury(key, lineOf(report), report);
    const { receivedAt } = answer.raw;
    for (const [key, { kind, teamCode, player, impactElo }] of this.#injuries) {
      if (listed.has(key)) continue;
      const line = { kind, teamCode, player, status: "Available", impactElo } as const;
      this.#tellInjury(key, line, { sourceTime: null, receivedAt });
    }
  }

  #tellInjury(key: string, line: BodyOf<"injury">, times: Times): void {
    if (isDeepStrictEqual(line, this.#injuries.get(key))) return;
    this.#tell(line, times);
    this.#injuries.set(key, line);
  }

  #tell(body: FactBody, { sourceTime, receivedAt }: Times): void {
    if (this.#isClosed) return;
    const told: Told = { ...body, sourceTime: sourceTime ?? receivedAt };
    this.#options.tell(told);
  }
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
    const key = `${report.teamCode}/${report.player}`;
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

/** Logs what fails once when it begins to, and once when it no longer does. */
class Outages {
  readonly #log: Logger;
  readonly #failing = new Set<string>();
  /** By feed: the bad games on its scoreboard. */
  readonly #bad = new Map<FeedName, ReadonlySet<string>>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** @returns `null` when the feed is away, or sends what cannot be read. */
  async guard<T>(what: string, ask: () => Promise<T>): Promise<T | null> {
    try {
      const answer = await ask();
      if (this.#failing.delete(what)) this.#log.info({ what }, "a feed can be read again");
      return answer;
    } catch (error) {
      if (!(error instanceof TradingError)) throw error;
      if (!this.#failing.has(what)) {
        this.#log.warn({ what, error: error.message }, "a feed cannot be read");
      }
      this.#failing.add(what);
      return null;
    }
  }

  /** Takes the faults of a scoreboard that could be read. */
  note(feed: FeedName, faults: readonly FeedFault[]): void {
    const before = this.#bad.get(feed) ?? new Set();
    const now = new Map(faults.map((fault) => [fault.externalId ?? fault.field, fault]));
    for (const [game, fault] of now) {
      if (!before.has(game)) this.#log.warn({ feed, ...fault }, "a game of a scoreboard is bad");
    }
    for (const game of before) {
      if (!now.has(game)) this.#log.info({ feed, game }, "a game of a scoreboard is good again");
    }
    this.#bad.set(feed, new Set(now.keys()));
  }
}
