import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { PACKAGE_ROOT } from "./package-root.ts";
import { judgedUnder, keepRouterRecord, type RouterRecord, routerWord } from "./router-record.ts";
import { loadTipoffConfig } from "./tipoff-config.ts";

const home = { path: mkdtempSync(join(tmpdir(), "router-")) };
afterAll(() => {
  rmSync(home.path, { recursive: true, force: true });
});

const FILE = `${PACKAGE_ROOT}config/tipoff.yaml`;
const { config } = loadTipoffConfig(FILE);
const under = judgedUnder(config, "limits");
if (under === null) throw new Error("the shipped settings have rules");
const FOUND: RouterRecord = {
  ...{ schemaVersion: 1, rulesHash: under.rulesHash, nights: 40, games: 200 },
  ...{ differenceUsd: 1.5, lowUsd: 0.5, highUsd: 2.5, verdict: "earned" },
  judgedAt: "2026-11-20T00:00:00.000Z",
};
const RECORD: RouterRecord = { ...FOUND, ...under, source: "recordings", differing: 35 };
const asked = { isOn: true, night: "recording:2025-10-22", under } as const;

describe("what a report says of the router", () => {
  it("is what it was judged to be, on what and by how many nights", async () => {
    await keepRouterRecord(home, RECORD);
    expect(await routerWord(home, asked)).toBe(
      "on: it has earned its place on recorded nights: 1.50 USD a game (0.50 to 2.50) " +
        "over 40 nights (35 differ), 200 games, routed less unrouted",
    );
  });

  it("is of worlds for worlds alone, where the judgement was on invented nights", async () => {
    await keepRouterRecord(home, { ...RECORD, source: "worlds" });
    const onRecording = await routerWord(home, asked);
    expect(onRecording).toContain(
      "on: judged on seeded worlds alone, which is no evidence for this night",
    );
    expect(onRecording).not.toContain("it has earned");
    expect(await routerWord(home, { ...asked, night: "live" })).toContain("no evidence");
    expect(await routerWord(home, { ...asked, night: "world:7" })).toContain(
      "it has earned its place on seeded worlds",
    );
  });

  it("is nothing under other rules, settings or limits than those it was judged under", async () => {
    await keepRouterRecord(home, RECORD);
    const never = "on: it was never judged under these rules, settings and limits";
    expect(await routerWord(home, { ...asked, under: judgedUnder(config, "other") })).toBe(never);
    const { decision } = config;
    const { strategies } = decision;
    const modelEdge = { ...strategies.modelEdge, trust: strategies.modelEdge.trust / 2 };
    const changed = {
      ...config,
      decision: { ...decision, strategies: { ...strategies, modelEdge } },
    };
    expect(await routerWord(home, { ...asked, under: judgedUnder(changed, "limits") })).toBe(never);
    const lax = loadTipoffConfig(FILE, (text) =>
      text.replace("volatileRangeCents: ", "volatileRangeCents: 1"),
    );
    expect(await routerWord(home, { ...asked, under: judgedUnder(lax.config, "limits") })).toBe(
      never,
    );
    // An older home's record does not say on what it was judged.
    await keepRouterRecord(home, FOUND);
    expect(await routerWord(home, asked)).toBe(never);
    // Nor on how many nights it did anything, where its verdict took all of them for evidence.
    await keepRouterRecord(home, { ...FOUND, ...under, source: "recordings" });
    expect(await routerWord(home, asked)).toBe(never);
  });

  it("does not change when the router is switched on: the switch is no setting of what was judged", async () => {
    await keepRouterRecord(home, RECORD);
    const { routerRules: router, decision } = config;
    if (router === undefined) throw new Error("the shipped settings have rules");
    const on = { ...config, decision: { ...decision, router } };
    expect(judgedUnder(on, "limits")).toEqual(under);
    expect(await routerWord(home, { ...asked, under: null, isOn: false })).toBe(
      "off: it has no rules",
    );
  });
});
