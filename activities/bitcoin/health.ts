import type { Logger } from "pino";
import { BTC_SERIES, type BtcSeries } from "../../core/domain/btc-contract.ts";
import type { Mode } from "../../core/domain/decision.ts";
import type { SpotStale } from "../../core/domain/spot.ts";
import type { RunClock } from "../../core/domain/time.ts";
import { type Instant, instant } from "../../core/domain/units.ts";
import { repeat } from "../../runtime/repeat.ts";
import type { Db } from "../../schema/database.ts";
import { btcTroubles } from "../../schema/queries/btc-health.ts";
import { beatLoop } from "../../schema/queries/btc-loops.ts";
import type { AlarmBook } from "../alarm-book.ts";

/** The loops of a series that beat. */
type LoopName = "watch" | "upkeep" | "settlement" | "spot";

/** How long something may last before people are told. Run milliseconds. */
interface HealthLimits {
  readonly spotStaleMs: number;
  readonly quotesStaleMs: number;
  readonly silentMs: number;
  readonly settlementMs: number;
  /** A gap is told of for this long after it was noticed. */
  readonly gapMs: number;
  /** Whatever the speed, nothing counts as late before this much of the wall has passed. */
  readonly leastWallMs: number;
}

const LIMITS: HealthLimits = {
  spotStaleMs: 30_000,
  quotesStaleMs: 60_000,
  silentMs: 60_000,
  settlementMs: 30 * 60_000,
  gapMs: 60 * 60_000,
  leastWallMs: 5_000,
};

/** Stable codes of the alarms. */
const BTC_ALARMS = {
  spotStale: "btc_spot_stale",
  quotesStale: "btc_quotes_stale",
  silent: "btc_series_silent",
  settlementLate: "btc_settlement_late",
  gap: "btc_data_gap",
} as const;

/** The health of the Bitcoin loops of a process: what they say of themselves, and what it comes to. */
export interface BtcHealth {
  /** A loop is alive; the series is empty for a loop that serves all. */
  beat(name: LoopName, series: BtcSeries | ""): void;
  /** A loop met an error, of a class that is worth counting apart. */
  error(name: LoopName, series: BtcSeries | "", errorClass: string): void;
  /** Whether the spot can be believed now: why not, or null. */
  spot(stale: SpotStale | null): void;
  /** A series has completed a cycle. */
  cycle(series: BtcSeries, at: Instant): void;
  /** A series is watched no more: its silence means nothing. */
  leave(series: BtcSeries): void;
  /** Looks now: for tests, and before the end. */
  look(): Promise<void>;
  stop(): Promise<void>;
}

export interface BtcHealthDeps {
  readonly db: Db;
  readonly alarms: AlarmBook;
  readonly clock: RunClock;
  readonly mode: Mode;
  readonly log: Logger;
  readonly limits?: Partial<HealthLimits>;
}

const LOOK_MS = 2_000;

/** Counts beats and errors, writes them in a batch, and raises and clears the alarms. */
export function createBtcHealth(deps: BtcHealthDeps): BtcHealth {
  const health = new Health(deps);
  const stop = repeat(
    () => health.look(),
    LOOK_MS,
    (error) => {
      deps.log.warn({ error: String(error) }, "health of Bitcoin not looked at");
    },
  );
  return {
    beat: (name, series) => {
      health.note(name, series, null);
    },
    error: (name, series, errorClass) => {
      health.note(name, series, errorClass);
    },
    spot: (stale) => {
      health.spot(stale);
    },
    cycle: (series, at) => {
      health.cycle(series, at);
    },
    leave: (series) => {
      health.leave(series);
    },
    look: () => health.look(),
    stop: async () => {
      await stop();
      await health.look();
    },
  };
}

/** What a loop said since it was last written. */
interface Said {
  at: Instant;
  errors: Map<string, number>;
}

class Health {
  readonly #deps: BtcHealthDeps;
  readonly #limits: HealthLimits;
  #said = new Map<string, Said>();
  readonly #cycles = new Map<BtcSeries, Instant>();
  /** What stands, with its words: told once, and again when the words change. */
  readonly #open = new Map<string, string>();
  #stale: { readonly because: SpotStale; readonly since: Instant } | null = null;

  constructor(deps: BtcHealthDeps) {
    this.#deps = deps;
    this.#limits = { ...LIMITS, ...deps.limits };
  }

  note(name: LoopName, series: BtcSeries | "", errorClass: string | null): void {
    const key = `${name}/${series}`;
    const at = this.#deps.clock.now();
    const said = this.#said.get(key) ?? { at, errors: new Map<string, number>() };
    said.at = at;
    if (errorClass !== null) said.errors.set(errorClass, (said.errors.get(errorClass) ?? 0) + 1);
    this.#said.set(key, said);
    // From its first word on a series owes cycles.
    if (name === "watch" && series !== "" && !this.#cycles.has(series)) this.cycle(series, at);
  }

  spot(because: SpotStale | null): void {
    if (because === null) this.#stale = null;
    else this.#stale = { because, since: this.#stale?.since ?? this.#deps.clock.now() };
  }

  cycle(series: BtcSeries, at: Instant): void {
    this.#cycles.set(series, at);
  }

  leave(series: BtcSeries): void {
    this.#cycles.delete(series);
    const at = this.#deps.clock.now();
    for (const code of [BTC_ALARMS.silent, BTC_ALARMS.quotesStale]) {
      this.#tell(false, { code, of: series, severity: "warning", message: "", at });
    }
  }

  async look(): Promise<void> {
    await this.#writeBeats();
    const at = this.#deps.clock.now();
    this.#judgeSpot(at);
    this.#judgeCycles(at);
    await this.#judgeRows(at);
  }

  /** What cannot be written is told with the next beat. */
  async #writeBeats(): Promise<void> {
    const { db, mode } = this.#deps;
    const said = this.#said;
    this.#said = new Map();
    for (const [key, { at, errors }] of said) {
      const [name = "", series = ""] = key.split("/");
      try {
        await beatLoop(db, { mode, name, series, at, errors: Object.fromEntries(errors) });
        said.delete(key);
      } catch (error) {
        for (const [left, old] of said) this.#keep(left, old);
        throw error;
      }
    }
  }

  #keep(key: string, { at, errors }: Said): void {
    const newer = this.#said.get(key);
    if (newer === undefined) this.#said.set(key, { at, errors });
    else for (const [one, n] of errors) newer.errors.set(one, (newer.errors.get(one) ?? 0) + n);
  }

  #judgeSpot(at: Instant): void {
    const stale = this.#stale;
    const ageMs = stale === null ? 0 : at - stale.since;
    const isLate = ageMs > this.#limit(this.#limits.spotStaleMs);
    const message = `no price of Bitcoin can be believed for ${seconds(ageMs)} (${stale?.because ?? ""}): nothing is decided`;
    this.#tell(isLate, { code: BTC_ALARMS.spotStale, of: null, severity: "warning", message, at });
  }

  #judgeCycles(at: Instant): void {
    for (const [series, cycleAt] of this.#cycles) {
      const ageMs = at - cycleAt;
      const message = `${series} has had no cycle for ${seconds(ageMs)}: its edges are not written`;
      const isLate = ageMs > this.#limit(this.#limits.silentMs);
      const alarm = { code: BTC_ALARMS.silent, of: series, severity: "critical", at } as const;
      this.#tell(isLate, { ...alarm, message });
    }
  }

  async #judgeRows(at: Instant): Promise<void> {
    const { db, mode } = this.#deps;
    const watched = [...this.#cycles.keys()];
    const before = (ms: number): Instant => instant(Math.max(0, at - ms));
    const quotesMs = this.#limit(this.#limits.quotesStaleMs);
    const troubles = await btcTroubles(db, {
      mode,
      series: watched,
      at,
      quotesSince: before(quotesMs),
      closedBefore: before(this.#limit(this.#limits.settlementMs)),
      gapsSince: before(this.#limits.gapMs),
    });
    for (const series of watched) {
      const quoted = troubles.quotes.find((one) => one.series === series);
      const isStale = quoted !== undefined && quoted.newestAt === null;
      const message = `no open contract of ${series} has had a quote that can be believed for ${seconds(quotesMs)}`;
      const alarm = { code: BTC_ALARMS.quotesStale, of: series, severity: "warning", at } as const;
      this.#tell(isStale, { ...alarm, message });
      this.#judgeSettlement(series, troubles, at);
    }
    for (const of of new Set<string>([...BTC_SERIES, "coinbase", "coinbase-candle", "brti"])) {
      const own = troubles.gaps.filter(({ series }) => series === of);
      const parts = own.map(({ table, rows }) => `${rows} rows of ${table}`).join(", ");
      const alarm = { code: BTC_ALARMS.gap, of, severity: "warning", at } as const;
      this.#tell(own.length > 0, { ...alarm, message: `${of} lacks ${parts}` });
    }
  }

  #judgeSettlement(
    series: BtcSeries,
    { late }: Awaited<ReturnType<typeof btcTroubles>>,
    at: Instant,
  ): void {
    const own = late.find((one) => one.series === series);
    const since = own?.since ?? null;
    const waited = since === null ? "" : `, the first for ${seconds(at - since)}`;
    const message = `${own?.contracts ?? 0} closed contracts of ${series} are not settled${waited}`;
    const alarm = { code: BTC_ALARMS.settlementLate, of: series, severity: "warning", at } as const;
    this.#tell(own !== undefined, { ...alarm, message });
  }

  #tell(
    isSo: boolean,
    alarm: {
      readonly code: string;
      readonly of: string | null;
      readonly severity: "warning" | "critical";
      readonly message: string;
      readonly at: Instant;
    },
  ): void {
    const { code, of, severity, message, at } = alarm;
    const key = keyOf(code, of);
    const name = `${code}/${of ?? ""}`;
    if (!isSo) {
      if (this.#open.delete(name)) this.#deps.alarms.clear(key, at);
      return;
    }
    // How long it lasts goes on growing: that is no second cause.
    const words = message.replace(/ \d+ s\b/g, "");
    if (this.#open.get(name) === words) return;
    this.#open.set(name, words);
    this.#deps.alarms.raise({ ...key, severity, message, details: {}, at });
  }

  /** At high speed a moment of the wall is minutes of the run. */
  #limit(ms: number): number {
    return Math.max(ms, this.#limits.leastWallMs * this.#deps.clock.speed);
  }
}

function keyOf(code: string, field: string | null) {
  return { runId: null, gameId: null, code, field };
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1_000)} s`;
}
