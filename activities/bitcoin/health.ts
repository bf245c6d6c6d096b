import type { Logger } from "pino";
import { BTC_SERIES, type BtcSeries } from "../../core/domain/btc-contract.ts";
import {
  type BtcLoopId,
  type BtcLoopName,
  isLoopSilent,
  loopsOwed,
} from "../../core/domain/btc-loop.ts";
import type { Mode } from "../../core/domain/decision.ts";
import type { SpotStale } from "../../core/domain/spot.ts";
import type { RunClock } from "../../core/domain/time.ts";
import { type Instant, instant } from "../../core/domain/units.ts";
import { repeat } from "../../runtime/repeat.ts";
import type { Db } from "../../schema/database.ts";
import { btcTroubles } from "../../schema/queries/btc-health.ts";
import { loopsOf } from "../../schema/queries/btc-loops.ts";
import type { AlarmBook } from "../alarm-book.ts";
import { HealthNotes } from "./health-notes.ts";

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
  loopSilent: "btc_loop_silent",
  settlementLate: "btc_settlement_late",
  gap: "btc_data_gap",
} as const;

/** The health of the Bitcoin loops of a process: what they say of themselves, and what it comes to. */
export interface BtcHealth {
  /** A loop has done its work, or has none; the series is empty for a loop that serves all. */
  beat(name: BtcLoopName, series: BtcSeries | ""): void;
  /** A loop met an error, of a class that is worth counting apart: no sign of life. */
  error(name: BtcLoopName, series: BtcSeries | "", errorClass: string): void;
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
  /** Monotonic wall milliseconds; for tests. */
  readonly wallMs?: () => number;
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
      health.beat(name, series);
    },
    error: (name, series, errorClass) => {
      health.error(name, series, errorClass);
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

class Health {
  readonly #deps: BtcHealthDeps;
  readonly #limits: HealthLimits;
  readonly #notes: HealthNotes;
  readonly #wallMs: () => number;
  readonly #opened: { readonly at: Instant; readonly wallMs: number };
  readonly #cycles = new Map<BtcSeries, Instant>();
  /** What stands, with its words: told once, and again when the words change. */
  readonly #open = new Map<string, string>();
  #stale: { readonly because: SpotStale; readonly since: Instant } | null = null;

  constructor(deps: BtcHealthDeps) {
    this.#deps = deps;
    this.#limits = { ...LIMITS, ...deps.limits };
    this.#notes = new HealthNotes(deps.mode);
    this.#wallMs = deps.wallMs ?? (() => performance.now());
    this.#opened = { at: deps.clock.now(), wallMs: this.#wallMs() };
  }

  beat(name: BtcLoopName, series: BtcSeries | ""): void {
    const at = this.#deps.clock.now();
    this.#notes.beat(name, series, at);
    // From its first word on a series owes cycles.
    if (name === "watch" && series !== "" && !this.#cycles.has(series)) this.cycle(series, at);
  }

  error(name: BtcLoopName, series: BtcSeries | "", errorClass: string): void {
    this.#notes.error(name, series, errorClass, this.#deps.clock.now());
  }

  spot(because: SpotStale | null): void {
    const at = this.#deps.clock.now();
    this.#notes.spot(because, at);
    this.#stale = because === null ? null : { because, since: this.#stale?.since ?? at };
  }

  cycle(series: BtcSeries, at: Instant): void {
    this.#cycles.set(series, at);
  }

  leave(series: BtcSeries): void {
    this.#cycles.delete(series);
    const at = this.#deps.clock.now();
    for (const code of [BTC_ALARMS.silent, BTC_ALARMS.quotesStale, BTC_ALARMS.settlementLate]) {
      this.#tell(false, { code, of: series, severity: "warning", message: "", at });
    }
    const owed = loopsOwed([...this.#cycles.keys()]).map(fieldOf);
    for (const of of loopsOwed([series])
      .map(fieldOf)
      .filter((one) => !owed.includes(one))) {
      const code = BTC_ALARMS.loopSilent;
      this.#tell(false, { code, of, severity: "warning", message: "", at });
    }
  }

  async look(): Promise<void> {
    const { db, clock } = this.#deps;
    await this.#notes.write(db, clock.now());
    const at = clock.now();
    this.#judgeSpot(at);
    this.#judgeCycles(at);
    await this.#judgeLoops(at);
    await this.#judgeRows(at);
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

  /** The watch has an alarm of its own: a series without cycles. */
  async #judgeLoops(at: Instant): Promise<void> {
    const { db, mode } = this.#deps;
    const loops = await loopsOf(db, mode);
    const openMs = this.#wallMs() - this.#opened.wallMs;
    for (const loop of loopsOwed([...this.#cycles.keys()])) {
      const { name, series } = loop;
      if (name === "watch") continue;
      const own = loops.find((one) => one.name === name && one.series === series);
      // What a process before this one left undone is no silence of this one.
      const runMs = at - Math.max(own?.lastAt ?? 0, this.#opened.at);
      const wallMs = Math.min(own?.wallAgeMs ?? Infinity, openMs);
      const of = fieldOf(loop);
      const message = `the loop ${of} has not done its work for ${seconds(runMs)}`;
      const isSilent = isLoopSilent(name, { runMs, wallMs });
      const alarm = { code: BTC_ALARMS.loopSilent, of, severity: "warning", at } as const;
      this.#tell(isSilent, { ...alarm, message });
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
      // Left while the rows were read: nobody would clear what is raised now.
      if (!this.#cycles.has(series)) continue;
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

function fieldOf({ name, series }: BtcLoopId): string {
  return series === "" ? name : `${name}/${series}`;
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1_000)} s`;
}
