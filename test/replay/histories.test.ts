import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { Worker } from "@temporalio/worker";
import { beforeAll, describe, expect, it } from "vitest";
import { builtWorkflows } from "../temporal/built-workflows.ts";
import "../temporal/quiet-runtime.ts";

const FOLDER = fileURLToPath(new URL("./histories", import.meta.url));

interface Recorded {
  readonly name: string;
  readonly workflowId: string;
  readonly history: unknown;
}

const recorded = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".json.gz"))
  .map((name): Recorded => {
    const text = gunzipSync(readFileSync(join(FOLDER, name))).toString("utf8");
    return { name, ...(JSON.parse(text) as Omit<Recorded, "name">) };
  });

let workflowBundle: { readonly code: string };
beforeAll(async () => {
  workflowBundle = { code: await builtWorkflows() };
});

describe("histories of a whole recorded night and of a played hour of Bitcoin", () => {
  it.each([
    ...["tradingDay", "game", "order", "nightlyScoring", "weeklyReview", "reconcile"],
    "killSwitch",
    ...["btcSeries", "btcContract", "btcSweep", "btcReport"],
  ])("hold at least one of %s", (type) => {
    expect(recorded.filter(({ name }) => name.startsWith(type)).length).toBeGreaterThan(0);
  });

  it.each(recorded)("replays $name: an open run would survive this code", async (one) => {
    await Worker.runReplayHistory({ workflowBundle }, one.history, one.workflowId);
  });

  it("notices a change: the same history with another activity does not replay", async () => {
    const game = recorded.find(({ name }) => name.startsWith("game"));
    const text = JSON.stringify(game?.history).replaceAll('"awaitSettlement"', '"settleSomehow"');
    await expect(
      Worker.runReplayHistory({ workflowBundle }, JSON.parse(text), game?.workflowId),
    ).rejects.toThrow();
  });
});
