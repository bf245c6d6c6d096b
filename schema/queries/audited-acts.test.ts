import { sql } from "kysely";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { AuditKind } from "../../core/domain/audit.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import {
  addGame,
  approve,
  intentOf,
  NOW,
  proposalOf,
  record,
  RUN_ID,
} from "../../test/db/night.ts";
import { listAudit } from "./audit.ts";
import { closeIncident, findIncidentSource, listIncidents, openIncident } from "./incidents.ts";
import { throwKill } from "./kill.ts";
import { applyOrderUpdate } from "./orders.ts";
import { setPartner } from "./partner.ts";
import { raiseAlarm } from "./alarms.ts";
import { tripBreaker } from "./breakers.ts";

let cloned: ClonedDatabase;
let gameId = "";
beforeAll(async () => {
  cloned = await cloneDatabase();
  gameId = await addGame(cloned.db);
});
afterAll(() => cloned.drop());

/** Rows of a kind, oldest first, with their details read. */
async function audited(kind: AuditKind, subject?: string) {
  const rows = await listAudit(cloned.db, { kind, since: null, limit: 1_000 });
  return rows
    .filter((row) => subject === undefined || row.subject === subject)
    .map((row) => ({ ...row, details: JSON.parse(row.details) as Record<string, unknown> }))
    .toReversed();
}

it("keeps the config in force when a run starts, once", async () => {
  await addGame(cloned.db, "KXNBAGAME-26NOV20LALGSW");
  const [row, ...more] = await audited("config");
  expect(row).toMatchObject({ subject: RUN_ID, mode: "paper", details: { configHash: "test" } });
  expect(more).toEqual([]);
});

it("keeps a partner's probability, and nothing of one that is refused", async () => {
  const partner = { mode: "paper", eventTicker: "E", by: "ada", at: NOW } as const;
  for (let round = 0; round < 2; round += 1) {
    await setPartner(cloned.db, { ...partner, homeProbability: 0.625 });
  }
  const refused = setPartner(cloned.db, { ...partner, eventTicker: "F", homeProbability: 1 });
  await expect(refused).rejects.toThrow("check constraint");
  expect(await audited("partner")).toMatchObject([
    { subject: "E", actor: "ada", details: { homeProbability: 0.625 } },
  ]);
});

it("keeps an order's request with its terms in the risk transaction, and none that risk refused", async () => {
  const order = await approve(cloned.db, proposalOf(gameId, intentOf(gameId)));
  const refused = proposalOf(gameId, intentOf(gameId));
  expect(await record(cloned.db, refused, { minEdgeMicros: 900_000 })).toMatchObject({
    kind: "refused",
  });
  expect(await audited("order-request")).toMatchObject([
    {
      subject: order.client_order_id,
      actor: "model-edge",
      details: {
        side: "bid",
        priceMicros: 500_000,
        countCenti: 1_000,
        timeInForce: "immediate_or_cancel",
        reservedMicros: order.reserved_micros,
      },
    },
  ]);
  // The same transaction: one instant of the wall is not enough to tell, its id is.
  const { rows } = await transactionsOf(order.client_order_id);
  expect(rows).toHaveLength(1);
});

it("keeps an answer of the venue with the update, and also when the update was known", async () => {
  const order = await approve(cloned.db, proposalOf(gameId, intentOf(gameId)));
  const { client_order_id: clientOrderId } = order;
  const audit = {
    mode: "paper",
    kind: "venue-response",
    actor: "test",
    subject: clientOrderId,
    details: { answer: { kind: "unknown" } },
    at: new Date(NOW),
  } as const;
  for (let round = 0; round < 2; round += 1) {
    await applyOrderUpdate(cloned.db, { clientOrderId, update: { kind: "lost" }, at: NOW, audit });
  }
  expect(await audited("venue-response", clientOrderId)).toHaveLength(2);
});

it("opens an incident of an alarm, a breaker or a kill, and closes it once with a text", async () => {
  const { db } = cloned;
  const kill = { killId: "k-1", level: "reduce-only", reason: "odd" } as const;
  await throwKill(db, { ...kill, mode: "paper", by: "ada" });
  await raiseAlarm(db, {
    runId: null,
    gameId: null,
    severity: "critical",
    code: "fee_mismatch",
    field: null,
    message: "a fee differs",
    details: {},
    at: NOW,
  });
  const breakerId = await tripBreaker(db, {
    mode: "paper",
    breaker: "daily_loss",
    cause: "lost too much",
    numbers: {},
    level: "no-entries",
    runId: null,
    at: NOW,
  });
  expect(await findIncidentSource(db, "1")).toMatchObject({ source: "alarm", sourceId: "1" });
  expect(await findIncidentSource(db, "alarm-1")).toMatchObject({ source: "alarm" });
  const breaker = await findIncidentSource(db, `breaker-${breakerId ?? 0}`);
  expect(breaker).toMatchObject({ source: "breaker", mode: "paper" });
  expect(await findIncidentSource(db, "k-1")).toMatchObject({
    source: "kill",
    what: "reduce-only: odd",
  });
  expect(await findIncidentSource(db, "k-2")).toBeNull();
  expect(await findIncidentSource(db, "77")).toBeNull();

  const incident = {
    mode: "paper",
    source: "kill",
    sourceId: "k-1",
    what: "odd",
    from: new Date(NOW),
    to: new Date(NOW + 1),
    openedBy: "ada",
  } as const;
  const incidentId = await openIncident(db, incident);
  const close = { incidentId, by: "ada", resolution: "a typo", at: new Date(NOW) };
  expect(await closeIncident(db, close)).toBe("done");
  expect(await closeIncident(db, { ...close, resolution: "other" })).toBe("closed");
  expect(await closeIncident(db, { ...close, incidentId: 99 })).toBe("unknown");
  expect(await listIncidents(db)).toMatchObject([{ resolution: "a typo", source_id: "k-1" }]);
  const acts = await audited("incident", `incident-${incidentId}`);
  expect(acts.map(({ details }) => details["act"])).toEqual(["opened", "closed"]);
});

/** The rows of an order and of its request that one transaction wrote. */
function transactionsOf(clientOrderId: string) {
  return sql`
    select from orders join audit_log on subject = client_order_id::text
    where client_order_id = ${clientOrderId} and orders.xmin = audit_log.xmin`.execute(cloned.db);
}
