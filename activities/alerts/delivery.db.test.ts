import { afterEach, beforeEach, expect, it } from "vitest";
import type { AlertMessage, AlertSink, SinkAnswer } from "../../clients/alerts/sink.ts";
import { createWebhookSink } from "../../clients/alerts/webhook.ts";
import { SINK_FAILING } from "../../core/domain/alert.ts";
import type { AlertSettings, SinkSettings } from "../../runtime/alerts-config.ts";
import { createScrubber, Secret } from "../../runtime/secret.ts";
import { raiseAlarm, clearAlarm } from "../../schema/queries/alarms.ts";
import { claimDeliveries, settleInterrupted } from "../../schema/queries/alert-deliveries.ts";
import { acknowledgeAlerts, listAlerts } from "../../schema/queries/alerts.ts";
import { NOW } from "../../test/db/night.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import { SILENT } from "../../test/support/kalshi.ts";
import { startWireServer } from "../../test/support/wire-server.ts";
import { createDeliverer, type Deliverer } from "./deliver.ts";

let cloned: ClonedDatabase;
beforeEach(async () => {
  cloned = await cloneDatabase();
});
afterEach(() => cloned.drop());

const rule = (name: string, over: Partial<SinkSettings> = {}): SinkSettings =>
  ({
    name,
    kind: "terminal",
    least: "warning",
    joinsAtRepeat: 0,
    gatherMs: 0,
    ...over,
  }) as SinkSettings; // Test boundary: every sink here is made by hand.

const settingsOf = (...sinks: readonly SinkSettings[]): AlertSettings => ({
  repeatMs: 60_000,
  silentMs: 20_000,
  lostMs: 15_000,
  unknownOrderMs: 60_000,
  sinks,
  secrets: [],
});

/** A sink that keeps what it is sent, and answers as it is told. */
class Kept implements AlertSink {
  readonly kind = "kept";
  readonly name: string;
  readonly lines: string[] = [];
  answer: SinkAnswer = { kind: "delivered", said: "kept" };
  constructor(name: string) {
    this.name = name;
  }
  send(message: AlertMessage): Promise<SinkAnswer> {
    this.lines.push(...message.lines);
    return Promise.resolve(this.answer);
  }
}

const deliverer = (settings: AlertSettings, ...sinks: readonly AlertSink[]): Deliverer =>
  createDeliverer({
    db: cloned.db,
    sinks,
    settings,
    scrub: createScrubber([new Secret("hunter2-hunter2")]),
    log: SILENT,
  });

const KILL = { runId: null, gameId: null, code: "kill", field: "k1" } as const;
const raise = (over: Partial<Parameters<typeof raiseAlarm>[1]> = {}) =>
  raiseAlarm(cloned.db, {
    ...KILL,
    severity: "critical",
    message: "kill cancel-all",
    details: {},
    at: NOW,
    ...over,
  });

/** Lets the next round of every alert be due now. */
async function untilNextRound(): Promise<void> {
  await cloned.db
    .updateTable("alarms")
    .set({ next_notice_at: new Date(Date.now() - 1_000) })
    .where("next_notice_at", "is not", null)
    .execute();
}

it("repeats a critical alert and escalates it until somebody acknowledges, which is audited", async () => {
  const [first, second] = [new Kept("first"), new Kept("second")];
  const settings = settingsOf(rule("first"), rule("second", { joinsAtRepeat: 1 }));
  const desk = deliverer(settings, first, second);
  await raise();
  await desk.drain();
  await desk.drain();
  expect(first.lines).toEqual([
    expect.stringMatching(/^CRITICAL #\d+ kill: kill cancel-all \(npx tipoff ack \d+\)$/),
  ]);
  expect(second.lines).toEqual([]);
  await untilNextRound();
  await desk.drain();
  expect(first.lines).toHaveLength(2);
  expect(second.lines).toEqual([expect.stringContaining("repeat 1")]);
  const [view] = await listAlerts(cloned.db);
  const id = view?.alert.alarm_id ?? 0;
  const by = { mode: "paper", actor: "bob", note: "seen", at: new Date() } as const;
  expect(await acknowledgeAlerts(cloned.db, [id, 999_999], by)).toEqual([
    { id, outcome: "acknowledged" },
    { id: 999_999, outcome: "not-found" },
  ]);
  expect(await acknowledgeAlerts(cloned.db, [id], by)).toEqual([
    { id, outcome: "already-acknowledged" },
  ]);
  await untilNextRound();
  await desk.drain();
  expect(first.lines).toHaveLength(2);
  const audit = await cloned.db
    .selectFrom("audit_log")
    .select(["kind", "actor", "subject"])
    .execute();
  expect(audit).toEqual([{ kind: "alert-acknowledged", actor: "bob", subject: `alert-${id}` }]);
});

it("tells a cause that comes and goes within its window once, with a count", async () => {
  const sink = new Kept("first");
  const desk = deliverer(settingsOf(rule("first")), sink);
  const warning = {
    severity: "warning",
    code: "feed_invalid",
    field: "espn.score",
    message: "NaN",
  } as const;
  for (let times = 0; times < 4; times += 1) {
    await raise(warning);
    await desk.drain();
    await clearAlarm(cloned.db, { ...KILL, ...warning }, NOW);
  }
  expect(sink.lines).toEqual([expect.stringContaining("feed_invalid: NaN")]);
  const rows = await cloned.db.selectFrom("alarms").select("count").execute();
  expect(rows).toEqual([{ count: 4 }]);
});

it("tells again of an acknowledged cause that was over and is back, also within its window", async () => {
  const sink = new Kept("first");
  const desk = deliverer(settingsOf(rule("first")), sink);
  await raise();
  await desk.drain();
  const ids = (await listAlerts(cloned.db)).map(({ alert }) => alert.alarm_id);
  const by = { mode: "paper", actor: "bob", note: null, at: new Date() } as const;
  await acknowledgeAlerts(cloned.db, ids, by);
  await raise();
  await desk.drain();
  expect(sink.lines).toHaveLength(1);
  await clearAlarm(cloned.db, KILL, NOW);
  await raise();
  await desk.drain();
  expect(sink.lines).toEqual([
    expect.stringContaining("kill cancel-all"),
    expect.stringMatching(/raised 3 times, repeat 1/),
  ]);
});

it("keeps info in the store only", async () => {
  const sink = new Kept("first");
  await raise({ severity: "info" });
  await deliverer(settingsOf(rule("first")), sink).drain();
  expect(sink.lines).toEqual([]);
  expect(await listAlerts(cloned.db)).toEqual([]);
});

it("says nothing twice after it died while it was sending, but a critical alert again as a repeat", async () => {
  const sink = new Kept("first");
  const settings = settingsOf(rule("first"));
  await raise();
  await raise({ code: "fill", field: "f", severity: "warning", message: "filled" });
  const hung = new Kept("first");
  hung.send = () => new Promise(() => undefined);
  await deliverer(settings, hung).pass();
  await expect
    .poll(async () => {
      const rows = await cloned.db.selectFrom("alert_deliveries").select("status").execute();
      return rows.map(({ status }) => status);
    })
    .toEqual(["sending", "sending"]);
  expect(await settleInterrupted(cloned.db)).toBe(2);
  await deliverer(settings, sink).drain();
  expect(sink.lines).toEqual([
    expect.stringMatching(/^CRITICAL .* \(repeat 1, npx tipoff ack \d+\)$/),
  ]);
});

it("takes up what broke off before its end was written, as soon as the sink is idle", async () => {
  const sink = new Kept("first");
  const desk = deliverer(settingsOf(rule("first")), sink);
  const send = sink.send.bind(sink);
  sink.send = () => Promise.reject(new Error("the connection to the database is gone"));
  await raise();
  await desk.drain();
  expect(sink.lines).toEqual([]);
  sink.send = send;
  // One pass finds out what broke off, the next sends the round that this brought on.
  await desk.drain();
  await desk.drain();
  expect(sink.lines).toEqual([expect.stringMatching(/^CRITICAL .* \(repeat 1, /)]);
});

it("delivers each alert once, also when two deliver at once", async () => {
  const sinks = [new Kept("first"), new Kept("first")] as const;
  const settings = settingsOf(rule("first"));
  const desks = sinks.map((sink) => deliverer(settings, sink));
  for (let index = 0; index < 60; index += 1) {
    await raise({
      severity: "warning",
      code: "fill",
      field: `f${index}`,
      message: `fill ${index}`,
    });
  }
  await Promise.all(desks.map((desk) => desk.drain()));
  const said = sinks.flatMap(({ lines }) => lines);
  expect(said).toHaveLength(60);
  expect(new Set(said).size).toBe(60);
});

it("gathers warnings, and lets a critical alert wait for nothing", async () => {
  const sink = new Kept("first");
  const desk = deliverer(settingsOf(rule("first", { gatherMs: 60_000 })), sink);
  await raise({ severity: "warning", code: "fill", field: "f", message: "filled" });
  await desk.pass();
  expect(await claimDeliveries(cloned.db, "first", { gatherMs: 60_000, limit: 9 })).toEqual([]);
  await raise();
  await desk.pass();
  await expect.poll(() => sink.lines).toHaveLength(2);
  expect(sink.lines[0]).toContain("CRITICAL");
});

it("tells the others of a sink that is broken, not the sink itself, and says when it is well again", async () => {
  const server = await startWireServer();
  server.answer = () => ({ status: 500, json: { error: "hunter2-hunter2" } });
  const terminal = new Kept("terminal");
  const url = new Secret(`${server.url}/hooks/hunter2-hunter2`);
  const chat = createWebhookSink({ name: "chat", shape: "slack", url });
  const desk = deliverer(settingsOf(rule("terminal"), rule("chat")), terminal, chat);
  await raise({ message: "kill by hunter2-hunter2" });
  await expect
    .poll(
      async () => {
        await desk.pass();
        return terminal.lines.filter((line) => line.includes(SINK_FAILING));
      },
      { timeout: 30_000, interval: 200 },
    )
    .toHaveLength(1);
  expect(server.seen.length).toBeGreaterThanOrEqual(3);
  expect(JSON.stringify(server.seen.map(({ body }) => body))).not.toContain(SINK_FAILING);
  server.answer = () => ({ status: 200, text: "ok", type: "text/plain" });
  const open = async () =>
    (await listAlerts(cloned.db)).find(({ alert }) => alert.code === SINK_FAILING)?.alert
      .cleared_at;
  await expect
    .poll(
      async () => {
        await desk.pass();
        return await open();
      },
      { timeout: 30_000, interval: 200 },
    )
    .toBeInstanceOf(Date);
  await server.close();
  const rows = JSON.stringify([
    await cloned.db.selectFrom("alert_deliveries").selectAll().execute(),
    terminal.lines,
    server.seen.map(({ body }) => body),
  ]);
  expect(rows).not.toContain("hunter2");
});

it("goes to the next sink at once when the first has given up", async () => {
  const [broken, second] = [new Kept("broken"), new Kept("second")];
  broken.answer = { kind: "failed", said: "no" };
  const settings = settingsOf(
    rule("broken"),
    rule("second", { joinsAtRepeat: 1, least: "critical" }),
  );
  const desk = deliverer(settings, broken, second);
  await raise();
  await desk.drain();
  for (let attempt = 1; attempt < 5; attempt += 1) {
    await cloned.db
      .updateTable("alert_deliveries")
      .set({ next_at: new Date(0) })
      .execute();
    await desk.drain();
  }
  await desk.drain();
  expect(second.lines.filter((line) => line.includes(" kill: "))).toEqual([
    expect.stringContaining("repeat 1"),
  ]);
});
