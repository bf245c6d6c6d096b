import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { loadRiskLimits } from "../../runtime/risk-limits.ts";
import { PACKAGE_ROOT } from "../../runtime/package-root.ts";
import { lastValidation } from "../../schema/queries/judgements.ts";
import { putInForce } from "../../schema/queries/limits.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import { emptyDatabase } from "../../test/db/empty.ts";
import { datesFrom, insertNight } from "../../test/db/stage-nights.ts";
import { archivePaper } from "./archive.ts";
import { modeTerms } from "./terms.ts";
import { validateNights } from "./validation.ts";

let cloned: ClonedDatabase;
let reportsDir: string;
let limitsHash: string;
const DATES = datesFrom("2026-11-01", 4);
beforeAll(async () => {
  cloned = await cloneDatabase();
  reportsDir = await mkdtemp(join(tmpdir(), "tried-"));
});
afterAll(async () => {
  await cloned.drop();
  await rm(reportsDir, { recursive: true, force: true });
}, 60_000);
beforeEach(async () => {
  await emptyDatabase(cloned.db);
  const { text, hash } = loadRiskLimits(`${PACKAGE_ROOT}config/risk_limits.yaml`);
  limitsHash = hash;
  await putInForce(cloned.db, {
    ...{ mode: "paper", hash, text, by: "test", reason: "test", changes: [] },
  });
  for (const date of DATES) {
    await insertNight(cloned.db, { mode: "paper", date, isWon: true, limitsHash });
  }
});

/** Validates with configurations of these names, under some settings. */
async function validateWith(names: readonly string[], configHash = "c") {
  const terms = await modeTerms(cloned.db, "paper");
  if (terms === null) throw new Error("limits are in force");
  // What they won or lost is not asked: how many there are, and on which days, is.
  const tried = names.map((name) => ({
    ...{ name, folder: `runs/${name}`, days: configHash === "c" ? DATES : [], results: [] },
  }));
  return validateNights(cloned.db, {
    ...{ mode: "paper", from: "2026-01-01", to: "2026-12-31", terms, others: [], capital: null },
    ...{ evidence: { configHash, limitsHash }, tried },
  });
}

/** The same, archived with the verdict that is given, as if there had been the data for it. */
async function archiveWith(names: readonly string[], verdict: string, configHash = "c") {
  const { paper, basis, named } = await validateWith(names, configHash);
  await archivePaper(cloned.db, paper, {
    ...({ kind: "validation", mode: "paper", from: "2026-11-01", to: "2026-11-04" } as const),
    ...{ basis, tried: named, verdict, by: "test", at: new Date(), reportsDir },
  });
}

const lastVerdict = async (): Promise<string | undefined> => {
  const asked = { mode: "paper", configHash: "c", limitsHash } as const;
  return (await lastValidation(cloned.db, asked)).rows[0]?.verdict;
};

describe("a validation after one that named configurations that were tried", () => {
  it("is no evidence where it names fewer, says which, and leaves the gate with what the search said", async () => {
    await archiveWith(["played", "b", "c"], "no_edge");
    const without = await validateWith([]);
    expect(without.basis).toBeNull();
    expect(without.paper.json).toMatchObject({ isEvidence: false, tried: [] });
    expect(without.paper.lead).toContain(
      "No evidence for a gate: earlier validations under these settings and limits named configurations that were " +
        "tried, and this one does not: b, c, played. Name them all with --tried.",
    );
    await archiveWith([], "edge");
    expect(await lastVerdict()).toBe("no_edge");
    await archiveWith(["played", "b"], "edge");
    expect(await lastVerdict()).toBe("no_edge");
  });

  it("is evidence where it names all of them, and more", async () => {
    await archiveWith(["played", "b"], "no_edge");
    await archiveWith(["played", "c", "b"], "edge");
    expect(await lastVerdict()).toBe("edge");
    expect((await validateWith(["played", "b"])).basis).toBeNull();
    const all = await validateWith(["played", "b", "c"]);
    expect(all.basis).toEqual({ configHash: "c", limitsHash });
    expect(all.paper.json).toMatchObject({ isEvidence: true, tried: ["played", "b", "c"] });
  });

  it("is held to what was named by one that was no evidence itself", async () => {
    await archiveWith(["played", "b"], "no_edge");
    // It lacks b, and so is none; what it tried was tried all the same.
    await archiveWith(["played", "c", "d"], "edge");
    expect(await lastVerdict()).toBe("no_edge");
    expect((await validateWith(["played", "b"])).paper.json).toMatchObject({
      ...{ isEvidence: false, triedLacking: ["c", "d"] },
    });
    await archiveWith(["played", "b", "c", "d"], "edge");
    expect(await lastVerdict()).toBe("edge");
  });

  it("is evidence without any where these were tried under other settings", async () => {
    await archiveWith(["played", "b"], "no_edge", "other");
    await archiveWith([], "edge");
    expect(await lastVerdict()).toBe("edge");
  });
});

it("refuses one configuration alone: there is no search in it", async () => {
  await expect(validateWith(["played"])).rejects.toThrow(/only runs\/played/);
});
