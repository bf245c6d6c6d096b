import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { clientOrderIdOf } from "../client-order-id.ts";
import { buildReport } from "./build.ts";
import { htmlReport } from "./html.ts";
import { reportVerdict } from "./integrity.ts";
import { markdownReport } from "./markdown.ts";
import { terminalReport } from "./terminal.ts";
import { ReportSummary } from "./report-schema.ts";
import { intentRow, LAL, NYK, orderId, orderRow, TIP } from "./testing/night.ts";
import { nightInputs, nightRows } from "./testing/rows.ts";
import type { ReportRows } from "../../schema/queries/report-rows.ts";

const built = (over: Partial<ReportRows> = {}, inputs = {}) =>
  buildReport(nightInputs({ rows: nightRows(over), ...inputs }));

describe("integrity", () => {
  const integrity = (over: Partial<ReportRows>, inputs = {}) =>
    built(over, inputs).summary.integrity;

  it("is all zero for a sound night, which passes", () => {
    expect(built().summary.integrity).toEqual({
      duplicateOrders: 0,
      orphanOrders: 0,
      unknownOrders: 0,
      openPositions: 0,
      unsettledMarkets: 0,
      ledgerDifferenceUsd: "0.000000",
      venueDifferenceUsd: "0.000000",
    });
    expect(reportVerdict(built().summary)).toBe("passed");
  });

  it("passes no night in which anything is not zero", () => {
    const { summary } = built();
    const counts = Object.keys(summary.integrity).filter((name) => !name.endsWith("Usd"));
    expect(counts).toHaveLength(5);
    for (const name of counts) {
      const integrity = { ...summary.integrity, [name]: 1 };
      expect(reportVerdict({ ...summary, integrity })).toBe("failed");
    }
  });

  it("sees one micro-dollar between ledger, identity and venue", () => {
    const { cash } = nightRows();
    const off = built({ cash: { ...cash, end: cash.end + 1 } }).summary;
    expect(off.integrity.ledgerDifferenceUsd).toBe("0.000001");
    expect(reportVerdict(off)).toBe("failed");
    const venue = { cash: cash.account - 1, orders: [], positions: [] };
    const short = built({}, { venue }).summary;
    expect(short.integrity.venueDifferenceUsd).toBe("-0.000001");
    expect(reportVerdict(short)).toBe("failed");
  });

  it("knows nothing that only the venue can tell when it did not answer, passes no such night, and says so", () => {
    const unread = built({}, { venue: null });
    expect(ReportSummary.parse(unread.summary).integrity).toEqual({
      duplicateOrders: null,
      orphanOrders: null,
      unknownOrders: 0,
      openPositions: null,
      unsettledMarkets: 0,
      ledgerDifferenceUsd: "0.000000",
      venueDifferenceUsd: null,
    });
    expect(reportVerdict(unread.summary)).toBe("failed");
    for (const page of [
      markdownReport(unread),
      terminalReport(unread.summary),
      htmlReport(unread),
    ]) {
      expect(page).toContain("failed (the venue did not answer)");
    }
    expect(markdownReport(unread)).toContain("| duplicate orders | unknown |");
    expect(terminalReport(unread.summary)).toContain("orphanOrders unknown");
  });

  it("counts a second venue order, a second replacement and one made too early as duplicates", () => {
    const { orders } = nightRows();
    const venueOrder = { clientOrderId: orderId(1), marketTicker: NYK.homeMarket };
    const twice = [
      { ...venueOrder, venueOrderId: "venue-1" },
      { ...venueOrder, venueOrderId: "venue-1b" },
    ];
    const venue = { cash: nightRows().cash.account, orders: twice, positions: [] };
    expect(integrity({}, { venue }).duplicateOrders).toBe(1);
    const child = orderRow(6, { parentId: orderId(1), intendedAt: TIP, filled: 0 });
    expect(integrity({ orders: [...orders, child] }).duplicateOrders).toBe(0);
    const sibling = { ...child, clientOrderId: orderId(7) };
    expect(integrity({ orders: [...orders, child, sibling] }).duplicateOrders).toBe(1);
    const early = { ...child, intendedAt: 0 };
    expect(integrity({ orders: [...orders, early] }).duplicateOrders).toBe(1);
  });

  it("counts an intent and its replacements as one", () => {
    const { intents } = nightRows();
    const first = intents[0];
    if (first === undefined) throw new Error("a night has intents");
    const replacement = { ...intentRow(6, { parentId: orderId(1) }), strategy: first.strategy };
    const of = (rows: Partial<ReturnType<typeof nightRows>>): number | undefined =>
      built(rows).summary.byStrategy[first.strategy]?.intents;
    expect(of({ intents: [...intents, replacement] })).toBe(of({}));
  });

  it("counts orders that nobody follows and those of which nothing is proven", () => {
    const { orders } = nightRows();
    const working = orderRow(6, { status: "working", filled: 0 });
    expect(integrity({ orders: [...orders, working] }).orphanOrders).toBe(1);
    const unknown = orderRow(6, { status: "unknown", filled: 0 });
    expect(integrity({ orders: [...orders, unknown] })).toMatchObject({
      orphanOrders: 0,
      unknownOrders: 1,
    });
    const foreign = { venueOrderId: "x", clientOrderId: null };
    const venueWith = (marketTicker: string) => ({
      cash: nightRows().cash.account,
      orders: [{ ...foreign, marketTicker }],
      positions: [],
    });
    expect(integrity({}, { venue: venueWith(NYK.homeMarket) }).orphanOrders).toBe(1);
    // Another day's market is another day's report.
    expect(integrity({}, { venue: venueWith("KXNBAGAME-26NOV19BOSNYK-NYK") }).orphanOrders).toBe(0);
  });

  it("counts as orphan an order under an id such as we make, though it was taken for another's", () => {
    const at = (clientOrderId: string | null) => ({
      cash: nightRows().cash.account,
      orders: [{ venueOrderId: "x", clientOrderId, marketTicker: NYK.homeMarket }],
      positions: [],
    });
    // As the comparison before each report leaves it.
    const seen = { kind: "order" as const, venueId: "x", marketTicker: NYK.homeMarket };
    const foreign = [{ ...seen, happenedAt: TIP }];
    const orphans = (clientOrderId: string | null) =>
      integrity({ foreign }, { venue: at(clientOrderId) }).orphanOrders;
    expect(orphans(clientOrderIdOf("game/paper/forgotten/1"))).toBe(1);
    expect(orphans(null)).toBe(0);
    expect(orphans("owner-1")).toBe(0);
    expect(orphans(randomUUID())).toBe(0);
    // Ours by the books is ours, whatever a comparison saw before they knew of it.
    expect(integrity({ foreign }, { venue: at(orderId(1)) }).orphanOrders).toBe(0);
  });

  it("passes no night of a world in whose account another trades", () => {
    const seen = { venueId: "x", marketTicker: NYK.homeMarket, happenedAt: TIP };
    const foreign = [{ ...seen, kind: "order" as const }];
    expect(reportVerdict(built({ foreign }).summary)).toBe("failed");
    const { run } = nightRows();
    const shared = { ...run, source: "recording:night" };
    expect(reportVerdict(built({ foreign, run: shared }).summary)).toBe("passed");
  });

  it("counts positions left by either book once, and markets without the final word", () => {
    const open = { gameId: NYK.gameId, strategy: "model-edge", marketTicker: NYK.homeMarket };
    const venue = {
      cash: nightRows().cash.account,
      orders: [],
      positions: [
        { marketTicker: NYK.homeMarket, position: 500 },
        { marketTicker: LAL.homeMarket, position: 500 },
        { marketTicker: LAL.awayMarket, position: 0 },
      ],
    };
    const left = integrity({ openPositions: [{ ...open, count: 500 }] }, { venue });
    expect(left).toMatchObject({ openPositions: 2, unsettledMarkets: 1 });
    const markets = nightRows().markets.map((row) => ({ ...row, settlementValue: null }));
    expect(integrity({ markets }).unsettledMarkets).toBe(4);
  });
});
