import { readFile, rm, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createRateBudget } from "../clients/http/token-bucket.ts";
import { createKalshiVenue } from "../clients/kalshi/venue.ts";
import { required } from "../core/domain/assert.ts";
import type { KillLevel } from "../core/domain/kill.ts";
import { countCenti, priceMicros } from "../core/domain/units.ts";
import { Secret } from "../runtime/secret.ts";
import { acknowledgeKill, throwKill } from "../schema/queries/kill.ts";
import { liftKills } from "../test/db/lift-kills.ts";
import { AMPLE, SILENT, WALL } from "../test/support/kalshi.ts";
import { restingAt } from "../test/db/night.ts";
import { type KillRig, startKillRig } from "../test/support/kill-rig.ts";
import type { PlaceResult } from "./place-order.ts";

const SENDERS = 20;
/** One for each level. */
const ROUNDS = 4;
/** Twenty senders share the two cores with whatever else is tested. */
const TIMEOUT_MS = 240_000;

let rig: KillRig;
beforeAll(async () => {
  rig = await startKillRig(1);
}, 60_000);
afterAll(() => rig.stop());

/** Places entries as fast as it goes, from many sides at once, until it is told to end. */
function sendAll(): {
  readonly results: PlaceResult[];
  /** Until each sender has begun and ended so many more. */
  more(count: number): Promise<void>;
  end(): Promise<void>;
} {
  const results: PlaceResult[] = [];
  const turns = Array.from({ length: SENDERS }, () => 0);
  const game = required(rig.games[0], "a game");
  let isOver = false;
  const sender = async (_: unknown, index: number): Promise<void> => {
    while (!isOver) {
      results.push(
        await rig.place(game, {
          count: countCenti(100),
          ...restingAt(100_000),
        }),
      );
      turns[index] = (turns[index] ?? 0) + 1;
    }
  };
  const senders = Array.from({ length: SENDERS }, sender);
  const more = async (count: number): Promise<void> => {
    const before = [...turns];
    const isShort = (turn: number, index: number): boolean => turn < (before[index] ?? 0) + count;
    while (turns.some(isShort)) await sleep(5);
  };
  const end = async (): Promise<void> => {
    isOver = true;
    await Promise.all(senders);
  };
  return { results, more, end };
}

it(
  "P3: no entry reaches the exchange's journal once the kill has answered, however many send",
  async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const sending = sendAll();
      await sending.more(1);
      const levels: readonly KillLevel[] = ["no-entries", "reduce-only", "cancel-all", "flatten"];
      const level = required(levels[round % levels.length], "a level");
      const kill = { killId: `kill-${round}`, mode: "paper", level } as const;
      await throwKill(rig.cloned.db, { ...kill, reason: "test", by: "test" });
      const acknowledged = await acknowledgeKill(rig.cloned.db, kill);
      const answered = await rig.journaled();
      await sending.more(2);
      await sending.end();
      expect(acknowledged.isQuiet).toBe(true);
      expect(answered.length).toBeGreaterThan(0);
      expect(await rig.journaled()).toEqual(answered);
      await liftKills(rig.cloned.db, { mode: "paper", by: "test", reason: "next round" });
    }
  },
  TIMEOUT_MS,
);

it(
  "P3: an entry that waits for the venue's budget is not sent once a kill has answered",
  async () => {
    const game = required(rig.games[0], "a game");
    const { ticker: marketTicker, exchangeIndex } = required(game.markets[0], "a market");
    const { exchange, orderDeps } = rig;
    const pem = await readFile(exchange.key.privateKeyPath, "utf8");
    // The venue's basic tier, and much asked of it before us: a second and a half of it.
    const venue = createKalshiVenue({
      mode: "paper",
      restUrl: exchange.restUrl,
      keyId: exchange.key.keyId,
      privateKeyPem: new Secret(pem),
      bucket: createRateBudget(WALL, { ...AMPLE, write: { refillPerSecond: 100, capacity: 100 } }),
      clock: orderDeps.clock,
      log: SILENT,
    });
    const others = Array.from({ length: 75 }, (_, n) =>
      venue.cancelOrder({ venueOrderId: `none-${n}`, marketTicker, exchangeIndex }, 10_000),
    );
    const before = await rig.journaled();
    const placing = rig.place(game, {}, venue);
    await sleep(100);
    const kill = { killId: "kill-budget", mode: "paper", level: "cancel-all" } as const;
    await throwKill(rig.cloned.db, { ...kill, reason: "test", by: "test" });
    const acknowledged = await acknowledgeKill(rig.cloned.db, kill);
    expect(acknowledged).toMatchObject({ isQuiet: true, inFlight: [] });
    expect(await placing).toMatchObject({ kind: "refused", code: "kill_switch" });
    await Promise.all(others);
    expect(await rig.journaled()).toEqual(before);
    await liftKills(rig.cloned.db, { mode: "paper", by: "test", reason: "next test" });
  },
  TIMEOUT_MS,
);

it(
  "a file named KILL stops every sender right before the wire, and its going lets them on",
  async () => {
    const game = required(rig.games[0], "a game");
    await rig.buy(game, "home", 1);
    const sending = sendAll();
    await sending.more(1);
    await writeFile(rig.killFile, "level: reduce-only\nreason: by hand\n");
    // Whoever had looked before the file was there has sent by then.
    await sending.more(1);
    const before = await rig.journaled();
    await sending.more(2);
    await sending.end();
    expect(await rig.journaled()).toEqual(before);
    expect(sending.results.at(-1)).toMatchObject({ kind: "refused", code: "kill_switch" });
    const price = priceMicros(500_000);
    const sale = await rig.place(game, {
      purpose: "exit",
      exitType: "take-profit",
      side: "ask",
      isReduceOnly: true,
      // Not all of it: who has left does not come back, and would not show that entries go on.
      count: countCenti(50),
      limitPrice: price,
      plan: {
        price,
        timeInForce: "immediate_or_cancel",
        isPostOnly: false,
        expectedFillProbability: 1,
        expectedPrice: price,
      },
    });
    expect(sale).toMatchObject({ kind: "order", status: "filled" });
    await rm(rig.killFile);
    const again = sendAll();
    await again.more(1);
    await again.end();
    // The sale, and each sender's entry.
    expect((await rig.journaled()).length).toBeGreaterThan(before.length + SENDERS);
  },
  TIMEOUT_MS,
);
