import { assert } from "./assert.ts";
import { type Instant, instant } from "./units.ts";

/** US Eastern calendar day as `YYYY-MM-DD`: the day a game belongs to, whatever UTC says. */
export type TradingDate = string;

/** The zone of all trading dates and of every time that is shown. */
export const EASTERN_ZONE = "America/New_York";

/** Made when it is first asked: that takes as long as a tenth of a short command. */
let calendar: Intl.DateTimeFormat | null = null;

function easternCalendar(): Intl.DateTimeFormat {
  calendar ??= new Intl.DateTimeFormat("en-CA", {
    timeZone: EASTERN_ZONE,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  });
  return calendar;
}

/** US Eastern wall-clock parts of an instant. */
export interface EasternParts {
  readonly date: TradingDate;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

const HOUR_MS = 3_600_000;

/** Hours that are remembered: forty days of them. */
const HOURS_KEPT = 1_000;

/** Hours that were read: the calendar is slow, and within an hour only minutes and seconds change. */
const hoursRead = new Map<number, EasternParts>();

/** Reads an instant on the US Eastern wall clock, daylight saving included. */
export function easternParts(at: Instant): EasternParts {
  const beganAt = Math.floor(at / HOUR_MS) * HOUR_MS;
  const { date, hour, minute, second } = hoursRead.get(beganAt) ?? readHour(beganAt);
  // Whole hours from UTC since 1883.
  if (minute !== 0 || second !== 0) return readCalendar(at);
  const seconds = Math.floor((at - beganAt) / 1_000);
  return { date, hour, minute: Math.floor(seconds / 60), second: seconds % 60 };
}

function readHour(beganAt: number): EasternParts {
  const parts = readCalendar(instant(beganAt));
  if (hoursRead.size >= HOURS_KEPT) hoursRead.clear();
  hoursRead.set(beganAt, parts);
  return parts;
}

function readCalendar(at: Instant): EasternParts {
  const parts = new Map(
    easternCalendar()
      .formatToParts(at)
      .map((part) => [part.type, part.value]),
  );
  const read = (name: Intl.DateTimeFormatPartTypes): string => parts.get(name) ?? "";
  return {
    date: `${read("year")}-${read("month")}-${read("day")}`,
    hour: Number(read("hour")),
    minute: Number(read("minute")),
    second: Number(read("second")),
  };
}

/** Time of day on the US Eastern wall clock, as `HH:MM:SS`, of Unix milliseconds. */
export function easternClock(at: number): string {
  const { hour, minute, second } = easternParts(instant(Math.floor(at)));
  return [hour, minute, second].map((part) => String(part).padStart(2, "0")).join(":");
}

/** The US Eastern date of an instant. */
export function easternDate(at: Instant): TradingDate {
  return easternParts(at).date;
}

/** Whether two instants are of one US Eastern date. Those of one hour are: dates begin on the hour, UTC. */
export function isSameEasternDate(a: Instant, b: Instant): boolean {
  const isSameHour = Math.floor(a / HOUR_MS) === Math.floor(b / HOUR_MS);
  return isSameHour || easternDate(a) === easternDate(b);
}

/**
 * The instant at which the US Eastern wall clock shows `date` at `hour`:`minute`.
 *
 * In the hour that fall-back repeats, the first of the two is meant.
 *
 * @throws InvariantError when `date` is not `YYYY-MM-DD`.
 */
export function easternInstant(date: TradingDate, hour: number, minute: number): Instant {
  assert(isTradingDate(date), "a trading date is YYYY-MM-DD");
  const asUtc = Date.parse(`${date}T00:00:00Z`) + (hour * 60 + minute) * 60_000;
  for (const offsetHours of [4, 5]) {
    const candidate = instant(asUtc + offsetHours * 3_600_000);
    const seen = easternParts(candidate);
    const sameDay = Date.parse(`${seen.date}T00:00:00Z`) + (seen.hour * 60 + seen.minute) * 60_000;
    if (sameDay === asUtc) return candidate;
  }
  return instant(asUtc + 5 * 3_600_000);
}

/** Midnight Eastern of the day that an instant is in. */
export function dayBeganAt(at: Instant): Instant {
  return easternInstant(easternDate(at), 0, 0);
}

/** The Monday of a date's week: weeks of the loss limit begin on it, in Eastern dates. */
export function mondayOf(date: TradingDate): TradingDate {
  const day = new Date(`${date}T00:00:00Z`);
  day.setUTCDate(day.getUTCDate() - ((day.getUTCDay() + 6) % 7));
  return day.toISOString().slice(0, 10);
}

/** Whether the text is a real calendar day written `YYYY-MM-DD`. */
export function isTradingDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const ms = Date.parse(`${text}T00:00:00Z`);
  return Number.isFinite(ms) && new Date(ms).toISOString().startsWith(text);
}

/** The NBA season a date belongs to, named by the year it ends in: 2026-12-01 is 2027's. */
export function seasonOf(date: TradingDate): number {
  const [year = "", month = ""] = date.split("-");
  return Number(month) >= 8 ? Number(year) + 1 : Number(year);
}

/** The time of a run: the wall for live, the player's time for worlds and recordings. */
export interface RunClock {
  /** Now, on the run's clock. Never runs backwards. */
  now(): Instant;
  /** Milliseconds of run time per millisecond of wall time, 1 to 240. */
  readonly speed: number;
}
