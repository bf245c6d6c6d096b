import { table } from "../../cli/output.ts";
import type { ReportSummary } from "../../activities/report/report-schema.ts";
import type { Entries, OrderInFlight } from "./books.ts";
import { leastInFlight, leastOfEach, SERVICES, servicesOf, type Victim } from "./plan.ts";
import type { Kill } from "./strike.ts";

const ENTRIES_SHARE_MIN = 0.8;

/** One thing that must hold after the night. */
export interface Check {
  readonly name: string;
  readonly value: string;
  readonly wanted: string;
  readonly held: boolean;
}

/** A kill with what the books of the whole night say was on its way when it came. */
export interface JudgedKill extends Kill {
  readonly inFlight: readonly OrderInFlight[];
}

/** Everything the checks look at. */
export interface Evidence {
  readonly planned: readonly { readonly victim: Victim }[];
  readonly kills: readonly JudgedKill[];
  readonly report: ReportSummary;
  readonly exitCode: number | null;
  readonly entries: { readonly disturbed: Entries; readonly undisturbed: Entries };
}

/** Judges a night by its kills, its entries, and its books. */
export function judge(evidence: Evidence): readonly Check[] {
  return [...killChecks(evidence), ...entryChecks(evidence), ...bookChecks(evidence)];
}

function killChecks({ planned, kills }: Evidence): readonly Check[] {
  const least = leastOfEach(planned.length);
  const each = SERVICES.map((name): Check => {
    const alone = kills.filter(({ victim }) => victim === name).length;
    return atLeast(`kills of ${name} alone`, alone, least);
  });
  const together = kills.filter(({ victim }) => servicesOf(victim).length > 1).length;
  const found = kills.filter(({ inFlight }) => inFlight.length > 0).length;
  return [
    exactly("kills", String(kills.length), String(planned.length)),
    ...each,
    atLeast("kills of all at once", together, least),
    atLeast("kills with an order on its way", found, leastInFlight(planned.length)),
  ];
}

function entryChecks({ report, entries }: Evidence): readonly Check[] {
  const { disturbed, undisturbed } = entries;
  const attempts = Math.max(0, ...report.games.map((game) => game.pregameAttempts));
  return [
    share("entries approved, of the undisturbed night's", disturbed.approved, undisturbed.approved),
    share("entries filled, of the undisturbed night's", disturbed.filled, undisturbed.filled),
    {
      name: "pregame attempts of a game",
      value: String(attempts),
      wanted: "at most 1",
      held: attempts <= 1,
    },
  ];
}

function bookChecks({ report, exitCode }: Evidence): readonly Check[] {
  const scored = report.games.filter(({ phase }) => phase === "scored").length;
  const { end, expected, difference } = report.totals.cashUsd;
  return [
    exactly("exit code of the night", String(exitCode ?? "killed"), "0"),
    exactly("games scored", String(scored), String(report.games.length)),
    exactly("cash by the ledger, USD", end, expected),
    zero("cash difference, USD", difference),
    ...Object.entries(report.integrity).map(([name, value]) => zero(name, value)),
    zero("orders that are not ours", report.foreign?.orders ?? null),
  ];
}

function exactly(name: string, value: string, wanted: string): Check {
  return { name, value, wanted, held: value === wanted };
}

function atLeast(name: string, value: number, least: number): Check {
  return { name, value: String(value), wanted: `at least ${least}`, held: value >= least };
}

function share(name: string, value: number, whole: number): Check {
  return {
    name,
    value: `${value} of ${whole}`,
    wanted: `at least ${ENTRIES_SHARE_MIN * 100} %`,
    held: whole > 0 && value >= ENTRIES_SHARE_MIN * whole,
  };
}

/** Null is not known, which is not zero. */
function zero(name: string, value: string | number | null): Check {
  return { name, value: String(value ?? "not known"), wanted: "0", held: Number(value ?? 1) === 0 };
}

/** What had to hold, as the last lines of a script. */
export function checkTable(checks: readonly Check[]): string {
  return table(
    ["must hold", "found", "wanted", ""],
    checks.map(({ name, value, wanted, held }) => [
      name,
      value,
      wanted,
      held ? "held" : "NOT HELD",
    ]),
  );
}
