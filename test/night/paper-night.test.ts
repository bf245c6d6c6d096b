import { join } from "node:path";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { DefaultLogger, Runtime, Worker } from "@temporalio/worker";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { ReportSummary } from "../../activities/report/report-schema.ts";
import { parseDecimal } from "../../core/domain/units.ts";
import { readServices } from "../../runtime/home.ts";
import { workflowIds } from "../../temporal.config.ts";
import { expectSound } from "./expectations.ts";
import { type Answer, NightHome } from "./night-home.ts";

const NIGHT = ["--games", "2", "--seed", "11", "--exit"] as const;

/** One night, played by the one command; afterwards its services are up again, to be asked. */
let night: NightHome;
let played: Answer;
let report: ReportSummary;

beforeAll(async () => {
  night = await NightHome.create();
  const copy = join(night.home.path, "copy.json");
  played = await night.answer("start", ...NIGHT, "--speed", "240", "--json", copy);
  expect(played.exitCode, played.said).toBe(0);
  report = ReportSummary.parse(JSON.parse(await readFile(copy, "utf8")));
});

afterAll(() => night.remove());

it("ends by itself with exit code 0, every game scored and the books balanced", async () => {
  expectSound(report, 2);
  expect(report).toMatchObject({ mode: "paper", source: "world:11", seed: 11, speed: 240 });
  expect(report.totals.fills).toBeGreaterThan(0);
  expect(await night.report(report.tradingDay)).toEqual(report);
});

it("leaves no process behind", async () => {
  const { processes } = await readServices(night.home);
  expect(processes).toEqual([]);
});

it("does not play the same night twice", async () => {
  const again = await night.answer("start", ...NIGHT);
  expect(again.exitCode, again.said).toBe(0);
  expect(again.said).toContain("was played in this home already");
});

it("leaves every decision to be made again to the same bytes, every workflow to be replayed, and the venue's cash equal to the ledger's", async () => {
  await night.up();
  const verified = await night.answer("decisions", "verify", report.tradingDay, "--json");
  expect(verified.exitCode, verified.said).toBe(0);
  const decisions = report.games.reduce((sum, game) => sum + game.decisions, 0);
  expect(JSON.parse(verified.out)).toMatchObject({
    equal: decisions,
    differing: 0,
    otherSettings: 0,
  });

  const { body } = await (await night.account()).call("GET", "/portfolio/balance");
  const { balance_dollars: balance } = z.object({ balance_dollars: z.string() }).parse(body);
  expect(parseDecimal(balance, 6)).toBe(parseDecimal(report.totals.cashUsd.end, 6));

  const types = await replayHistories();
  expect(types.get(workflowIds.tradingDay("paper", report.tradingDay))).toBeNull();
  for (const { workflow } of report.games) expect(types.get(workflow.id)).toBeNull();
  expect([...types].filter(([, error]) => error !== null)).toEqual([]);
});

/** Replays every workflow of the server. @returns what went wrong with each, by workflow id. */
async function replayHistories(): Promise<ReadonlyMap<string, unknown>> {
  Runtime.install({ logger: new DefaultLogger("ERROR") });
  const client = await night.temporal();
  const workflowsPath = fileURLToPath(new URL("../../workflows/index.ts", import.meta.url));
  const histories = client.workflow.list().intoHistories();
  const replayed = new Map<string, unknown>();
  for await (const { workflowId, error } of Worker.runReplayHistories(
    { workflowsPath },
    histories,
  )) {
    replayed.set(workflowId, error ?? null);
  }
  return replayed;
}
