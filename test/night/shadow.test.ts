import { afterAll, beforeAll, expect, it } from "vitest";
import type { ReportSummary } from "../../activities/report/report-schema.ts";
import { expectSound } from "./expectations.ts";
import { CTRL_C, NightHome, type TerminalRun, until } from "./night-home.ts";

const NIGHT = ["--games", "1", "--seed", "11", "--speed", "240"] as const;

/** Played in a terminal: there its services stay up until Ctrl+C, to be asked. */
let night: NightHome;
let played: TerminalRun;
let report: ReportSummary;

beforeAll(async () => {
  night = await NightHome.create({ TIPOFF_MODE: "shadow" });
  played = night.startInTerminal("start", ...NIGHT);
  await until("a night that is over", 400_000, () => {
    if (played.child.exitCode !== null) throw new Error(played.said());
    return played.said().includes("Ctrl+C ends them");
  });
  const date = /trading-day\/shadow\/(\d{4}-\d{2}-\d{2})/.exec(played.said())?.[1] ?? "no date";
  report = await night.report(date, "shadow");
});

afterAll(() => night.remove());

it("decides as on any night, and ends with its books balanced", () => {
  expectSound(report, 1);
  expect(report.mode).toBe("shadow");
  for (const { decisions } of report.games) expect(decisions).toBeGreaterThan(0);
  const attempts = Object.values(report.byStrategy).reduce((sum, one) => sum + one.intents, 0);
  expect(attempts).toBeGreaterThan(0);
});

it("sends the exchange nothing: it knows no order, no fill and no cash that moved", async () => {
  const account = await night.account();
  const answers = await Promise.all(
    ["/portfolio/orders", "/portfolio/fills"].map((path) => account.call("GET", path)),
  );
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  expect(answers[0]?.body).toMatchObject({ orders: [] });
  expect(answers[1]?.body).toMatchObject({ fills: [] });
  const { body } = await account.call("GET", "/portfolio/balance");
  expect(body).toMatchObject({ balance_dollars: "10000.0000" });
  expect(report.totals).toMatchObject({ fills: 0, pnlUsd: { net: "0.000000" } });
});

it("ends with the night's own exit code", async () => {
  played.type(CTRL_C);
  expect(await played.exitCode, played.said()).toBe(0);
});
