import { sql } from "kysely";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import { insertNight } from "../../test/db/stage-nights.ts";
import { aftermaths } from "./judged-nights.ts";

let cloned: ClonedDatabase;
beforeAll(async () => {
  cloned = await cloneDatabase();
});
afterAll(() => cloned.drop(), 60_000);

/** A night with one market, its snapshots written by hand; times in milliseconds from its start. */
async function nightOf(date: string) {
  await insertNight(cloned.db, { mode: "paper", date, isWon: true });
  const [gameId, marketTicker] = [`game/paper/KXNBAGAME-${date}`, `KXNBAGAME-${date}-NYK`];
  const start = Date.parse(`${date}T23:00:00Z`);
  let cursor = 0;
  return {
    fills: (...laters: readonly number[]) =>
      laters.map((later) => ({ gameId, marketTicker, atMs: start + later })),
    seen: async (
      later: number,
      mid: number | null,
      book: { readonly quality?: string; readonly quoted?: number } = {},
    ): Promise<void> => {
      const [bid, ask] = mid === null ? [null, null] : [mid - 10_000, mid + 10_000];
      const quotedAt = new Date(start + (book.quoted ?? later));
      cursor += 1;
      await sql`insert into snapshots (game_id, observed_at, cursor_no, trigger, home_bid_micros,
          home_bid_size_centi, home_ask_micros, home_ask_size_centi, mid_micros, quality, home_quoted_at)
        values (${gameId}, ${new Date(start + later)}, ${cursor}, 'book', ${bid}, 5000, ${ask}, 7000,
          ${mid}, ${book.quality ?? "ok"}, ${quotedAt})`.execute(cloned.db);
    },
  };
}

it("closes a fill with a price that was seen at it or later, never with one from before it", async () => {
  const { fills, seen } = await nightOf("2026-11-01");
  const closings = async (): Promise<readonly (number | null)[]> => {
    const filled = fills(0, 10_000, 20_000);
    return (await aftermaths(cloned.db, filled, [5])).map(({ closing }) => closing);
  };
  expect(await closings()).toEqual([null, null, null]);
  await seen(-1_000, 400_000);
  expect(await closings()).toEqual([null, null, null]);
  // The book is empty from the fifteenth second on: the recorder went on, the price did not.
  await seen(10_000, 600_000);
  await seen(15_000, null);
  expect(await closings()).toEqual([600_000, 600_000, null]);
  await seen(30_000, 900_000);
  expect(await closings()).toEqual([900_000, 900_000, 900_000]);
});

it("does not know a middle after a fill that nobody has seen, nor one within the minute of a candle", async () => {
  const { fills, seen } = await nightOf("2026-11-02");
  const HORIZONS = [5, 30, 300];
  const after = async (at: number) => {
    const [row] = await aftermaths(cloned.db, fills(at), HORIZONS);
    return { mids: row?.midsAfter, lacks: row?.lacksAfter };
  };
  const candle = { quality: "derived" };
  // Minute candles, which the looks in between repeat: one that ends just after the fill is of before it too.
  await seen(-20_000, 500_000, candle);
  await seen(0, 500_000, { ...candle, quoted: -20_000 });
  await seen(4_000, 520_000, candle);
  await seen(28_000, 520_000, { ...candle, quoted: 4_000 });
  await seen(64_000, 540_000, candle);
  const told = { mids: [null, null, null], lacks: ["minute_resolution", "minute_resolution"] };
  expect(await after(0)).toEqual({ ...told, lacks: [...told.lacks, "not_seen"] });
  // Five minutes it can tell, also of a price that stayed.
  await seen(280_000, 540_000, { ...candle, quoted: 64_000 });
  expect(await after(0)).toEqual({ mids: [null, null, 540_000], lacks: [...told.lacks, null] });
});

it("knows a book to be quiet where its stream says so, and not where nobody looked", async () => {
  const { fills, seen } = await nightOf("2026-11-03");
  const after = async (at: number) => {
    const [row] = await aftermaths(cloned.db, fills(at), [5, 30]);
    return { mids: row?.midsAfter, lacks: row?.lacksAfter };
  };
  await seen(0, 500_000);
  expect(await after(0)).toEqual({ mids: [null, null], lacks: ["not_seen", "not_seen"] });
  // Ten seconds later the same book: it was quiet after five, and was looked at within thirty.
  await seen(10_000, 500_000, { quoted: 0 });
  expect(await after(0)).toEqual({ mids: [500_000, 500_000], lacks: [null, null] });
  // A look that finds a change from before the horizon does not say when what else changed.
  await seen(1_000_000, 500_000);
  await seen(1_010_000, 600_000, { quoted: 1_003_000 });
  expect((await after(1_000_000)).mids).toEqual([null, 600_000]);
  // One that finds a change from after it does: nothing had changed by then.
  await seen(2_000_000, 500_000);
  await seen(2_010_000, 600_000);
  expect((await after(2_000_000)).mids).toEqual([500_000, 600_000]);
  // A book that was not believed at the horizon is not known, nor one that nobody looked at for more than a minute.
  await seen(3_000_000, 500_000);
  await seen(3_003_000, 500_000, { quality: "stale:gap" });
  await seen(3_010_000, 500_000, { quoted: 3_000_000 });
  expect((await after(3_000_000)).mids).toEqual([null, 500_000]);
  await seen(4_000_000, 500_000);
  await seen(4_061_000, 500_000, { quoted: 4_000_000 });
  expect((await after(4_000_000)).mids).toEqual([null, null]);
});
