import { readFile, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { StrategiesConfig } from "../core/strategies/config.ts";
import { type Checked, keepRecord } from "./own-strategies/records.ts";
import { compileStrategy } from "./own-strategies/source.ts";
import { EXAMPLE_STRATEGY } from "./own-strategies/template.ts";
import { CONFIG } from "../core/strategies/testing/inputs.ts";
import { type SigningHome, signingHome } from "../test/db/signer.ts";
import { loadGameStrategies, requireRecordedChecks } from "./game-strategies.ts";

const compiled = compileStrategy(EXAMPLE_STRATEGY);
const hash = "source" in compiled ? compiled.source.hash : "";
const { modelEdge: common } = CONFIG.strategies;

let places: SigningHome;
let file = "";
beforeAll(async () => {
  places = await signingHome();
});
afterAll(() => {
  places.remove();
});
beforeEach(async () => {
  file = await keepRecord(places.home, places.signer, checked());
});

function checked(changes: Partial<Checked> = {}): Checked {
  return {
    schemaVersion: 1,
    name: "late",
    hash,
    text: EXAMPLE_STRATEGY,
    sources: ["world:7"],
    decisions: 10,
    proposals: 1,
    findings: [],
    isPassed: true,
    checkedAt: "2026-11-20T00:00:00.000Z",
    ...changes,
  };
}

function own(codeHash: string, parameters = {}): Pick<StrategiesConfig, "own"> {
  return { own: { "own-late": { ...common, codeHash, parameters } } };
}

describe("the strategies that a process plays with", () => {
  it("are Tipoff's and, after them, those whose check passed", async () => {
    const known = await loadGameStrategies(own(hash), places);
    expect(known.map(({ name }) => name).slice(3)).toEqual(["model-trees", "own-late"]);
    expect(known.at(-1)?.exit).not.toBeNull();
  });

  it.each([
    ["of a hash that has no check", own("0".repeat(64)), "has no check in this home"],
    ["with a parameter out of its range", own(hash, { minGap: 0.9 }), "minGap: expected a number"],
    [
      "with a parameter it does not have",
      own(hash, { minGab: 0.1 }),
      "minGab: the strategy has no",
    ],
  ])("are not one %s", async (_what, settings, reason) => {
    await expect(loadGameStrategies(settings, places)).rejects.toThrow(reason);
  });

  it("are not one that did not pass", async () => {
    await keepRecord(places.home, places.signer, checked({ isPassed: false }));
    await expect(loadGameStrategies(own(hash), places)).rejects.toThrow("did not pass");
  });

  it.each([
    ["the word that it passed", '"decisions": 10', '"decisions": 99'],
    ["its code", "late in a close game", "late in any game"],
  ])("are not one whose record was changed afterwards: %s", async (_what, from, to) => {
    const text = await readFile(file, "utf8");
    expect(text).toContain(from);
    await writeFile(file, text.replace(from, to));
    await expect(loadGameStrategies(own(hash), places)).rejects.toThrow(
      "changed after it was signed",
    );
  });

  it.each(["recording:2025-10-22", "live"])(
    "play %s only when they were checked on recorded data",
    async (night) => {
      await expect(requireRecordedChecks(own(hash), places, night)).rejects.toThrow(
        /own-late .* was checked on world:7: .*npx tipoff strategy check late --recording DIR/,
      );
      await expect(requireRecordedChecks(own(hash), places, "world:8")).resolves.toBeUndefined();
      const sources = ["recording:2025-10-21"];
      await keepRecord(places.home, places.signer, checked({ sources }));
      await expect(requireRecordedChecks(own(hash), places, night)).resolves.toBeUndefined();
      await expect(requireRecordedChecks({}, places, night)).resolves.toBeUndefined();
    },
  );

  it("are not one that another home has signed", async () => {
    const other = await signingHome();
    try {
      await keepRecord(places.home, other.signer, checked());
      await expect(loadGameStrategies(own(hash), places)).rejects.toThrow("another home");
    } finally {
      other.remove();
    }
  });
});
