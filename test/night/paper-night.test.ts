import { join } from "node:path";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { DefaultLogger, Runtime, Worker } from "@temporalio/worker";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { ReportSummary } from "../../activities/report/report-schema.ts";
import { parseDecimal } from "../../core/domain/units.ts";
import { readServices, type Services } from "../../runtime/home.ts";
import { identify } from "../../runtime/process-identity.ts";
import { workflowIds } from "../../temporal.config.ts";
import { prepareWorkflowBundle } from "../../workers/workflow-bundle.ts";
import { expectSound } from "./expectations.ts";
import { CTRL_C, NightHome, type TerminalRun, until } from "./night-home.ts";

const NIGHT = ["--games", "2", "--seed", "11"] as const;

/** One night, played by the one command in a terminal: its services stay up until Ctrl+C, to be asked. */
let night: NightHome;
let played: TerminalRun;
let report: ReportSummary;
/** Taken when the night was over, and before Ctrl+C. */
let saidBefore: string;
let webUiStatus: number;
let processes: Services["processes"];

beforeAll(async () => {
  night = await NightHome.create();
  const copy = join(night.home.path, "copy.json");
  played = night.startInTerminal("start", ...NIGHT, "--speed", "240", "--json", copy);
  await until("a night that is over", 400_000, () => {
    if (played.child.exitCode !== null) throw new Error(played.said());
    return played.said().includes("Ctrl+C ends them");
  });
  await sleep(2_000); // Services that end by themselves say so at once.
  saidBefore = played.said();
  const services = await readServices(night.home);
  ({ processes } = services);
  webUiStatus = (await fetch(services.urls.temporalUi ?? "")).status;
  report = ReportSummary.parse(JSON.parse(await readFile(copy, "utf8")));
});

afterAll(() => night.remove());

it("ends with every game scored and the books balanced", async () => {
  expectSound(report, 2);
  expect(report).toMatchObject({ mode: "paper", source: "world:11", seed: 11, speed: 240 });
  expect(report.totals.fills).toBeGreaterThan(0);
  expect(await night.report(report.tradingDay)).toEqual(report);
});

it("shows the slate live in a terminal, then the report, and keeps the Web UI up until Ctrl+C", () => {
  const [live = "", after = ""] = saidBefore.split("report.html");
  expect(live).toMatch(/ live .*\bQ[1-4] /);
  expect(after).toContain("verdict: passed, 2 of 2 games scored");
  expect(after).toMatch(/services stay up \(Web UI http:\/\/127\.0\.0\.1:\d+\)/);
  expect(after).not.toContain("ending:");
  expect(processes.map(({ name }) => name)).toEqual(["postgres", "temporal", "exchange", "worker"]);
  expect(webUiStatus).toBe(200);
});

it("leaves every decision to be made again to the same bytes, every workflow to be replayed, and the venue's cash equal to the ledger's", async () => {
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

it("ends everything in order at Ctrl+C, with the night's own exit code, and leaves no process behind", async () => {
  played.type(CTRL_C);
  expect(await played.exitCode, played.said()).toBe(0);
  const [, ending = "nothing"] = played
    .said()
    .split("ending: worker, exchange, Temporal, PostgreSQL");
  expect(ending).not.toContain("killed");
  expect(await Promise.all(processes.map(({ pid }) => identify(pid)))).toEqual([
    null,
    null,
    null,
    null,
  ]);
  expect((await readServices(night.home)).processes).toEqual([]);
});

it("does not play the same night twice", async () => {
  const again = await night.answer("start", ...NIGHT); // No terminal: it exits by itself.
  expect(again.exitCode, again.said).toBe(0);
  expect(again.said).toContain("was played in this home already");
});

/** Replays every workflow of the server. @returns what went wrong with each, by workflow id. */
async function replayHistories(): Promise<ReadonlyMap<string, unknown>> {
  Runtime.install({ logger: new DefaultLogger("ERROR") });
  const client = await night.temporal();
  // The very code that was played.
  const workflowBundle = await prepareWorkflowBundle(join(night.home.path, "cache"));
  const histories = client.workflow.list().intoHistories();
  const replayed = new Map<string, unknown>();
  for await (const { workflowId, error } of Worker.runReplayHistories(
    { workflowBundle },
    histories,
  )) {
    replayed.set(workflowId, error ?? null);
  }
  return replayed;
}
