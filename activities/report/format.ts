import { easternClock } from "../../core/domain/time.ts";

/** Shown where there is no number: no evidence is not a zero. */
export const NOTHING = "–";

/** Dollars to the cent with their sign: `"2.352300"` is `+2.35`. */
export function money(usd: string | null): string {
  if (usd === null) return NOTHING;
  const value = Number(usd);
  const text = Math.abs(value).toFixed(2);
  return Number(text) === 0 ? "0.00" : `${value < 0 ? "−" : "+"}${text}`;
}

/** Dollars to the cent, of what has no sign to tell, such as fees. */
export function amount(usd: string): string {
  return Number(usd).toFixed(2);
}

/** A figure as it stands; one that could not be read is unknown, not nothing. */
export function known(value: string | number | null): string {
  if (value === null) return "unknown";
  return typeof value === "number" ? count(value) : value;
}

/** Micros per contract as cents: `15_700` is `+1.6¢`. */
export function cents(micros: number | null): string {
  if (micros === null) return NOTHING;
  const text = (Math.abs(micros) / 10_000).toFixed(1);
  return Number(text) === 0 ? "0.0¢" : `${micros < 0 ? "−" : "+"}${text}¢`;
}

/** A share as percent. */
export function share(value: number | null): string {
  return value === null ? NOTHING : `${(value * 100).toFixed(1)} %`;
}

/** A score such as Brier's, to four digits. */
export function score(value: number | null): string {
  if (value === null) return NOTHING;
  return Number.isFinite(value) ? value.toFixed(4) : "∞";
}

/** A ratio of two sums, such as a profit factor. */
export function ratio(value: number | null): string {
  return value === null ? NOTHING : value.toFixed(2);
}

/** A count, with thousands set apart. */
export function count(value: number | null): string {
  return value === null ? NOTHING : value.toLocaleString("en-US");
}

/** Milliseconds to the tenth. */
export function milliseconds(value: number | null): string {
  return value === null ? NOTHING : `${value.toFixed(1)} ms`;
}

/** An ISO instant as hours and minutes on the Eastern clock. */
export function easternTime(instant: string): string {
  return easternSeconds(instant).slice(0, 5);
}

/** An ISO instant to the second on the Eastern clock. */
export function easternSeconds(instant: string): string {
  return easternClock(Date.parse(instant));
}

/** Terminals obey control characters; what came from outside must not command one. */
export function plain(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, " ");
}
