import { formatUsd } from "../../core/domain/units.ts";
import { sumPnl } from "../../core/scoring/pnl.ts";
import type { BreakerRow } from "../../schema/queries/report-rows.ts";
import { count, easternTime, money, NOTHING } from "./format.ts";
import { iso, type Night } from "./night.ts";
import type { BreakerSummary, ReportSummary } from "./report-schema.ts";
import type { ReportTable } from "./table.ts";

/** Breakers whose value and limit are losses in micros: what a gap added to them is measured. */
const MONEY_LOSSES: ReadonlySet<string> = new Set([
  "daily_loss",
  "weekly_loss",
  "single_trade_loss",
]);

/** The breakers that tripped in the run, oldest first. */
export function breakersOf(night: Night): BreakerSummary[] {
  return night.rows.breakers.map((row) => ({
    id: row.breakerId,
    breaker: row.breaker,
    level: row.level,
    cause: row.cause,
    trippedAt: iso(row.trippedAt),
    released:
      row.releasedAt === null
        ? null
        : { at: iso(row.releasedAt), by: row.releasedBy ?? "", reason: row.releaseReason ?? "" },
    ...overshootOf(night, row),
  }));
}

/** What a trigger cannot bound beforehand: the loss when it was seen, and at the day's end, less the limit. */
function overshootOf(
  night: Night,
  row: BreakerRow,
): Pick<BreakerSummary, "overshootUsd" | "finalOvershootUsd"> {
  // Boundary: written by tripBreaker as a plain object; what is no finite number became null there.
  const numbers = JSON.parse(row.numbers) as Record<string, unknown>;
  const { value, limit } = numbers;
  if (!MONEY_LOSSES.has(row.breaker) || typeof value !== "number" || typeof limit !== "number") {
    return { overshootUsd: null, finalOvershootUsd: null };
  }
  const { net } = sumPnl(night.parts);
  const isOver = night.rows.run.endedAt !== null && night.rows.openPositions.length === 0;
  return {
    overshootUsd: formatUsd(Math.round(value - limit)),
    // Only a day has its end in this report, and only once everything of it is settled.
    finalOvershootUsd:
      row.breaker === "daily_loss" && isOver ? formatUsd(-net - Math.round(limit)) : null,
  };
}

/** How often each rule was the first to refuse. */
export function refusalsByCode({ rows }: Night): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { refusalCode } of rows.intents) {
    if (refusalCode !== null) counts.set(refusalCode, (counts.get(refusalCode) ?? 0) + 1);
  }
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The page's table of breakers. */
export function breakerTable(summary: ReportSummary): ReportTable {
  const usd = (text: string | null): string => (text === null ? NOTHING : money(text));
  return {
    title: "Circuit breakers",
    note:
      "What stopped entries by itself. Beyond the limit: what a gap added before the trigger was " +
      "seen, and by the day's end, USD; negative when the day came back.",
    head: ["id", "breaker", "level", "tripped", "cause"].concat(
      [">beyond at the trip", ">at the end"],
      ["released", "by", "why"],
    ),
    rows: summary.breakers.map((one) => [
      String(one.id),
      one.breaker,
      one.level,
      easternTime(one.trippedAt),
      one.cause,
      usd(one.overshootUsd),
      usd(one.finalOvershootUsd),
      one.released === null ? "stands" : one.released.at,
      one.released?.by ?? "",
      one.released?.reason ?? "",
    ]),
  };
}

/** The page's table of refusals. */
export function refusalTable({ totals }: ReportSummary): ReportTable {
  return {
    title: "Refusals",
    note: "Intents that risk refused, by the first rule that did.",
    head: ["rule", ">refused"],
    rows: Object.entries(totals.refusalsByCode).map(([code, n]) => [code, count(n)]),
  };
}
