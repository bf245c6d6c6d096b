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

it("closes a fill with a price that was seen at it or later, never with one from before it", async () => {
  const date = "2026-11-01";
  await insertNight(cloned.db, { mode: "paper", date, isWon: true });
  const [gameId, marketTicker] = [`game/paper/KXNBAGAME-${date}`, `KXNBAGAME-${date}-NYK`];
  const start = Date.parse(`${date}T23:00:00Z`);
  const seen = async (later: number, mid: number | null): Promise<void> => {
    const [bid, ask] = mid === null ? [null, null] : [mid - 10_000, mid + 10_000];
    await sql`insert into snapshots (game_id, observed_at, cursor_no, trigger, home_bid_micros,
        home_bid_size_centi, home_ask_micros, home_ask_size_centi, mid_micros, quality)
      values (${gameId}, ${new Date(start + later)}, ${later}, 'book', ${bid}, 5000, ${ask}, 7000,
        ${mid}, 'ok')`.execute(cloned.db);
  };
  const closings = async (): Promise<readonly (number | null)[]> => {
    const fills = [0, 10_000, 20_000].map((later) => ({
      ...{ gameId, marketTicker, atMs: start + later },
    }));
    return (await aftermaths(cloned.db, fills, [5])).map(({ closing }) => closing);
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
