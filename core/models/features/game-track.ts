import { assert } from "../../domain/assert.ts";
import type { ForecastReading, GameClock } from "../../domain/decision.ts";
import { gameTime, type GameTime } from "../../domain/game-clock.ts";
import type { Instant } from "../../domain/units.ts";
import { BallTrack, scorerOf } from "../ball-track.ts";
import { type BlendConfig, blendForecast } from "../blend.ts";
import { RollingWindow } from "../rolling-window.ts";
import { inGameProbability } from "../win-probability.ts";

/** A believed state of a game that is played or over, with what follows from it. */
export interface LiveState {
  readonly clock: GameClock;
  readonly time: GameTime;
  /** Home's points minus away's. */
  readonly lead: number;
}

type Side = "home" | "away";
const SIGN = { home: 1, away: -1 } as const;
const SCORELESS = { homeScore: 0, awayScore: 0 } as const;

/** The game of a market, home's view: believed score and clock, strengths, ESPN. */
export class GameTrack {
  readonly #config: BlendConfig;
  readonly #homePoints = new RollingWindow(300_000);
  readonly #awayPoints = new RollingWindow(300_000);
  readonly #leads = new RollingWindow(600_000);
  readonly #espn = new RollingWindow(300_000);
  #last: LiveState | null = null;
  #leader: -1 | 0 | 1 = 0;
  #hasSeenStart = false;
  #leadMax = 0;
  #leadMin = 0;
  #leadChanges = 0;
  readonly #ball = new BallTrack();
  #readings: readonly ForecastReading[] = [];

  readonly tipAt: Instant;
  /** When the schedule became known. */
  readonly listedAt: Instant;
  /** The last answer of the feeds, believed or not; null before one. */
  feed: GameClock | null = null;
  /** The state of play; null before tip, and while the feeds are not believed or show no live score. */
  live: LiveState | null = null;
  /** Points without an answer, home's positive; null when it is not known who scored last. */
  run: number | null = null;
  lastScoreAt: Instant | null = null;
  /** Probability before tip that home wins, by Elo, injuries and partner; null without any. */
  pregame: number | null = null;
  strengthsKnownAt: Instant | null = null;
  espnReading: ForecastReading | null = null;

  constructor(tipAt: Instant, listedAt: Instant, config: BlendConfig) {
    this.tipAt = tipAt;
    this.listedAt = listedAt;
    this.#config = config;
  }

  /** Takes in the clock that the feeds together show. One older than the last is ignored. */
  observeClock(clock: GameClock): void {
    if (this.feed !== null && clock.receivedAt < this.feed.receivedAt) return;
    this.feed = clock;
    this.live = null;
    if (clock.staleBecause.length > 0 || clock.isReconstructed) return;
    if (clock.state === "pre") {
      if (this.#last !== null) return;
      this.#hasSeenStart = true;
      this.#ball.observe(clock);
      return;
    }
    const lead = clock.homeScore - clock.awayScore;
    const live = { clock, time: gameTime(clock), lead };
    this.live = live;
    this.#advance(live);
  }

  /**
   * Takes in what the forecast sources say at `at`.
   *
   * @throws InvariantError when one of them was not known by then.
   */
  observeReadings(readings: readonly ForecastReading[], at: Instant): void {
    for (const reading of readings) {
      assert((reading.knownAt ?? at) <= at, "a reading is known when it is observed");
      if (reading.source === "espn") this.#observeEspn(reading);
    }
    const strengths = readings.filter(({ source }) => source !== "espn" && source !== "in-game");
    const isSame =
      strengths.length === this.#readings.length &&
      strengths.every((reading, index) => isSameReading(reading, this.#readings[index]));
    if (isSame) return;
    this.#readings = strengths;
    const input = { at, phase: "pregame" as const, clock: null, readings: strengths };
    const { homeProbability, knownAt } = blendForecast(input, this.#config);
    this.pregame = homeProbability;
    this.strengthsKnownAt = knownAt;
  }

  /** ESPN's probability that home wins; null while it is absent or older than it may be. */
  espn(at: Instant): number | null {
    const { value, knownAt } = this.espnReading ?? { value: null, knownAt: null };
    return knownAt !== null && at - knownAt <= this.#config.espnMaxAgeMs ? value : null;
  }

  /** How ESPN's probability moved in 300 s; NaN while less than that is known. */
  espnChange(at: Instant): number {
    const now = this.espn(at);
    const opening = this.#espn.opening(at);
    return now === null || opening === null ? NaN : now - opening;
  }

  /** Largest and smallest lead of home since the tip, and how often the leader changed; null when the start was not seen. */
  get course(): { readonly max: number; readonly min: number; readonly changes: number } | null {
    if (this.live === null || !this.#hasSeenStart) return null;
    return { max: this.#leadMax, min: this.#leadMin, changes: this.#leadChanges };
  }

  /** Points of a team in the last 300 s; NaN while less than that is known. */
  recentPoints(side: Side, at: Instant): number {
    if (this.live === null) return NaN;
    const opening = (side === "home" ? this.#homePoints : this.#awayPoints).opening(at);
    const { homeScore, awayScore } = this.live.clock;
    return opening === null ? NaN : (side === "home" ? homeScore : awayScore) - opening;
  }

  /** How home's lead moved in 600 s; NaN while less than that is known. */
  leadChange(at: Instant): number {
    const opening = this.#leads.opening(at);
    return this.live === null || opening === null ? NaN : this.live.lead - opening;
  }

  /** Who has the ball; null while the score does not tell. */
  get possession(): Side | null {
    return this.live === null ? null : this.#ball.possession(this.live.clock);
  }

  /** Probability that home wins by score, clock, ball and strengths; null without any of the first two or the last. */
  get inGame(): number | null {
    if (this.live === null || this.pregame === null) return null;
    const { lead, time } = this.live;
    const state = { lead, ...time, possession: this.possession, pregame: this.pregame };
    return inGameProbability(state, this.#config.inGame);
  }

  /** The lead in deviations of what the rest of the game may bring; NaN without a live score. */
  get leadDeviations(): number {
    if (this.live === null) return NaN;
    const { sigmaPoints, lastPossessionPoints } = this.#config.inGame;
    const left = this.live.time.secsToGameEnd / 2_880;
    return this.live.lead / Math.sqrt(left * sigmaPoints ** 2 + lastPossessionPoints ** 2);
  }

  #observeEspn(reading: ForecastReading): void {
    const { knownAt, value } = reading;
    const before = this.espnReading?.knownAt ?? null;
    if (knownAt !== null && before !== null && knownAt < before) return;
    this.espnReading = reading;
    if (knownAt !== null && value !== null) this.#espn.push(knownAt, value);
  }

  #advance(live: LiveState): void {
    const { clock, lead } = live;
    const { homeScore, awayScore, receivedAt } = clock;
    const last = this.#last;
    this.#last = live;
    this.#ball.observe(clock);
    if (last === null && homeScore === 0 && awayScore === 0) this.#hasSeenStart = true;
    this.#homePoints.push(receivedAt, homeScore);
    this.#awayPoints.push(receivedAt, awayScore);
    this.#leads.push(receivedAt, lead);
    this.#leadMax = Math.max(this.#leadMax, lead);
    this.#leadMin = Math.min(this.#leadMin, lead);
    const leader = lead > 0 ? 1 : lead < 0 ? -1 : 0;
    if (leader !== 0 && leader === -this.#leader) this.#leadChanges += 1;
    if (leader !== 0) this.#leader = leader;
    const home = homeScore - (last?.clock.homeScore ?? 0);
    const away = awayScore - (last?.clock.awayScore ?? 0);
    // Before the first believed score it is not known who scored when.
    if ((last !== null || this.#hasSeenStart) && (home !== 0 || away !== 0)) {
      this.#scored(clock, scorerOf(last?.clock ?? SCORELESS, clock), home + away);
    }
  }

  #scored(clock: GameClock, by: Side | null, sum: number): void {
    this.lastScoreAt = clock.receivedAt;
    if (by === null) {
      // Both at once, or a correction: the sequence is not known.
      this.run = null;
      return;
    }
    const points = SIGN[by] * sum;
    this.run = this.run !== null && this.run * points > 0 ? this.run + points : points;
  }
}

function isSameReading(a: ForecastReading, b: ForecastReading | undefined): boolean {
  return b !== undefined && a.source === b.source && a.value === b.value && a.knownAt === b.knownAt;
}
