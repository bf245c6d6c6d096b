import { expect, it } from "vitest";
import type { DecisionInput, MarketInput } from "../core/domain/decision.ts";
import type { RawResponse } from "../core/domain/feeds.ts";
import { decide } from "../core/strategies/decide.ts";
import { CONFIG, inputOf, marketOf } from "../core/strategies/testing/inputs.ts";
import { WALL } from "../test/support/kalshi.ts";
import { aGame } from "../test/temporal/workflow-rig.ts";
import type { AlarmBook } from "./alarm-book.ts";
import { newCycleCounts } from "../core/scoring/cycle-counts.ts";
import { SessionRecorder } from "./session-recorder.ts";

type Row = Record<string, unknown>;

/** A recorder, and the rows that it writes by table. */
function recording() {
  const rows: Record<string, Row[]> = {};
  const keep = (table: string) => (row: Row) => {
    (rows[table] ??= []).push(row);
  };
  const store = {
    ...{ decision: keep("decision"), raw: keep("raw"), snapshot: keep("snapshot") },
    ...{ cycle: keep("cycle"), verdict: keep("verdict") },
  };
  const recorder = new SessionRecorder({
    game: aGame(),
    store,
    alarms: {} as AlarmBook, // Test boundary: nothing is raised.
    clock: WALL,
    lastCursor: 0,
    lastCycle: 0,
  });
  return { recorder, rows };
}

function response(source: string, body: string): RawResponse {
  const { at } = inputOf();
  return { source, url: `/${source}`, status: 200, body, fetchedAt: at, receivedAt: at };
}

function made(input: DecisionInput) {
  return { input, output: decide(input, CONFIG), ledger: { limitsHash: "limits" } };
}

it.each(["proposal", "verdict-changed", "interval", "phase"])(
  "names the bodies behind a decision of reason %s, each source's latest",
  (reason) => {
    const { recorder, rows } = recording();
    recorder.raw("espn", response("espn", "old"));
    recorder.raw("espn", response("espn", "new"));
    recorder.raw("espn-injuries", response("espn-injuries", "nobody"));
    recorder.decision(1, reason, made(inputOf()));
    const ids: unknown = JSON.parse(String(rows["decision"]?.[0]?.["raw_ids"]));
    expect(rows["raw"]?.map(({ body }) => body)).toEqual(["new", "nobody"]);
    expect(ids).toEqual(rows["raw"]?.map((row) => row["raw_id"]));
  },
);

it("keeps with a snapshot what it was taken for, and with a cycle the decision it ended with", () => {
  const { recorder, rows } = recording();
  const { input, output } = made(inputOf());
  recorder.snapshot("probability", input, output.forecast);
  recorder.cycle(newCycleCounts(input.at), input.at, "game#1");
  expect(rows["snapshot"]?.[0]).toMatchObject({ trigger: "probability", cursor_no: 1 });
  expect(rows["cycle"]?.[0]).toMatchObject({ decision_id: "game#1", cycle_no: 1 });
});

it("writes no mid of a book that is not believed, and says of both books why", () => {
  const { recorder, rows } = recording();
  const away = marketOf("away", 48, 50);
  const written = (...markets: readonly MarketInput[]) => {
    const { input, output } = made(inputOf({ markets }));
    recorder.snapshot("clock", input, output.forecast);
    const row = rows["snapshot"]?.at(-1);
    return [row?.["quality"], row?.["mid_micros"], row?.["home_bid_micros"]];
  };
  expect(written(marketOf("home", 50, 52), away)).toEqual(["ok", 510_000, 500_000]);
  // A stalled stream leaves the last quote standing, while the clock goes on and is written down.
  const stale = { staleBecause: "stream lost" };
  expect(written(marketOf("home", 50, 52, stale), away)).toEqual([
    ...["stale:stream lost", null, 500_000],
  ]);
  expect(written(marketOf("home", 50, 52), { ...away, ...stale })).toEqual([
    ...["stale:stream lost", null, 500_000],
  ]);
  expect(written(marketOf("home", 52, 50), away)).toEqual(["crossed", null, 520_000]);
});
