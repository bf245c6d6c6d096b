import { expect, it } from "vitest";
import type { NightResults } from "./night-results.ts";
import { assertTried } from "./tried.ts";

const PLAYED = ["2026-11-01", "2026-11-02", "2026-11-03"];

/** Reports in a folder of games on some days, of which only those of the first brought anything. */
const reports = (folder: string, days: readonly string[]): NightResults => ({
  ...{ folder, name: folder.split("/").at(-1) ?? "", days },
  results: days.slice(0, 1).map((date) => ({ cluster: "game", date, gross: 1, fees: 0 })),
});

/** What the refusal says. */
function said(...tried: readonly NightResults[]): unknown {
  try {
    assertTried(tried, PLAYED);
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

it("refuses one alone, of which no search is made", () => {
  expect(said(reports("runs/a", PLAYED))).toMatchObject({
    code: "CONFIG_INVALID",
    details: {
      reason: "of the configurations that were tried only runs/a is named: one is no search",
      nextStep: "name all that were tried, the played one first, or none where none was",
    },
  });
});

it("refuses two of one name, by which a later validation would not tell them apart", () => {
  const [first, same] = [reports("runs/a", PLAYED), reports("older/a", PLAYED)];
  expect(said(first, reports("runs/b", PLAYED), same)).toMatchObject({
    code: "CONFIG_INVALID",
    details: {
      reason: "configurations that were tried have the same name:\n  runs/a, older/a",
      nextStep: "name each once, and give each folder a name of its own",
    },
  });
});
