import { expect, it } from "vitest";
import type { NightResults } from "./night-results.ts";
import { assertSameDays } from "./tried-days.ts";

const PLAYED = ["2026-11-01", "2026-11-02", "2026-11-03"];

/** Reports in a folder of games on some days, of which only those of the first brought anything. */
const reports = (folder: string, days: readonly string[]): NightResults => ({
  ...{ folder, name: folder, days },
  results: days.slice(0, 1).map((date) => ({ cluster: "game", date, gross: 1, fees: 0 })),
});

/** What the refusal says. */
function said(...tried: readonly NightResults[]): unknown {
  try {
    assertSameDays(tried, PLAYED);
  } catch (error) {
    return error;
  }
  return null;
}

it("takes configurations of the days that are validated, whether they traded or not", () => {
  expect(said(reports("runs/a", PLAYED), reports("runs/b", PLAYED))).toBeNull();
  expect(said()).toBeNull();
});

it("refuses a folder that lacks days, or has others, by its name and theirs", () => {
  const [first = "", second = ""] = PLAYED;
  const lacking = reports("runs/b", [first]);
  expect(said(reports("runs/a", PLAYED), lacking)).toMatchObject({
    code: "CONFIG_INVALID",
    details: {
      reason:
        "configurations that were tried are of other days than the nights that are validated:\n" +
        "  runs/b lacks 2026-11-02, 2026-11-03",
      nextStep:
        "play each configuration on the nights that are validated, or choose these with --from and --to",
    },
  });
  const others = reports("runs/c", [first, second, "2026-12-24"]);
  expect(said(lacking, others)).toMatchObject({
    details: {
      reason:
        "configurations that were tried are of other days than the nights that are validated:\n" +
        "  runs/b lacks 2026-11-02, 2026-11-03\n" +
        "  runs/c lacks 2026-11-03; has 2026-12-24 besides",
    },
  });
});
