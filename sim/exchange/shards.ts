import { easternDate, easternInstant } from "../../core/domain/time.ts";
import { type Instant, instant } from "../../core/domain/units.ts";
import { ApiError } from "./errors.ts";

/** The exchange's parts, by `exchange_index`. */
const SHARDS = ["Default", "Combos", "Crypto & Commodities", "Tennis, Baseball, Basketball"];
/** KXNBAGAME lives on the shard of tennis, baseball and basketball. */
export const NBA_SHARD = 3;
/** KXBTC15M, KXBTC and KXBTCD live on that of crypto. */
export const BTC_SHARD = 2;

const DAY_MS = 86_400_000;
const THURSDAY = 4;
/** Maintenance pauses all trading on Thursdays, Eastern hours. */
const PAUSE_HOURS = { from: 3, to: 5 } as const;

/** What a shard does: nothing at all without `isExchangeActive`, cancels alone without `isTradingActive`. */
export interface ShardActivity {
  readonly isExchangeActive: boolean;
  readonly isTradingActive: boolean;
}

/** A shard as the exchange's status shows it. */
interface ShardStatus extends ShardActivity {
  readonly index: number;
  readonly description: string;
}

interface Pause {
  readonly from: Instant;
  readonly to: Instant;
}

/** Which shards are open for business: by the control side's word, and each Thursday by the clock. */
export class Shards {
  readonly #activities: ShardActivity[] = SHARDS.map(() => ({
    isExchangeActive: true,
    isTradingActive: true,
  }));
  #pause: Pause;
  #isPauseTold = false;
  /** Whether nobody knows the venue's books: nothing is traded on what they were. */
  isOut = false;

  constructor(startAt: Instant) {
    this.#pause = nextPause(startAt);
  }

  /** @throws ApiError 404 for a shard that does not exist. */
  set(index: number, activity: ShardActivity): void {
    if (!(index in SHARDS)) throw new ApiError(404, "not_found", "not found", `shard ${index}`);
    this.#activities[index] = activity;
  }

  /** Time has come to `at`. @returns when a Thursday pause began, once; also one that was leapt over. */
  pass(at: Instant): Instant | null {
    let begun: Instant | null = null;
    if (at >= this.#pause.to) {
      if (!this.#isPauseTold) begun = this.#pause.from;
      this.#pause = nextPause(at);
      this.#isPauseTold = false;
    }
    if (at < this.#pause.from || this.#isPauseTold) return begun;
    this.#isPauseTold = true;
    return begun ?? this.#pause.from;
  }

  /** When the Thursday pause ends that `at` lies in; null outside. */
  pausedUntil(at: Instant): Instant | null {
    return at >= this.#pause.from && at < this.#pause.to ? this.#pause.to : null;
  }

  statuses(at: Instant): readonly ShardStatus[] {
    const isPaused = this.isOut || this.pausedUntil(at) !== null;
    return this.#activities.map(({ isExchangeActive, isTradingActive }, index) => ({
      index,
      description: SHARDS[index] ?? "",
      isExchangeActive,
      isTradingActive: isExchangeActive && isTradingActive && !isPaused,
    }));
  }

  /** @throws ApiError 409, in the codes seen at the venue, when the shard takes no such operation. */
  check(operation: "place" | "cancel", index: number, at: Instant): void {
    const shard = this.statuses(at)[index];
    if (shard?.isExchangeActive !== true) {
      throw new ApiError(409, "exchange_is_paused", "exchange is paused");
    }
    if (operation === "place" && !shard.isTradingActive) {
      throw new ApiError(409, "trading_is_paused", "trading is paused");
    }
  }
}

/** The Thursday pause that `at` lies in, or the next one. */
function nextPause(at: Instant): Pause {
  for (let day = 0; ; day += 1) {
    const date = easternDate(instant(at + day * DAY_MS));
    if (new Date(date).getUTCDay() !== THURSDAY) continue;
    const to = easternInstant(date, PAUSE_HOURS.to, 0);
    if (to > at) return { from: easternInstant(date, PAUSE_HOURS.from, 0), to };
  }
}
