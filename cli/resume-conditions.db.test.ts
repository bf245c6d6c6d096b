import { dirname } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createKillActivities } from "../activities/kill.ts";
import { required } from "../core/domain/assert.ts";
import type { KillLevel } from "../core/domain/kill.ts";
import type { OrderIntent } from "../core/domain/order.ts";
import { countCenti } from "../core/domain/units.ts";
import { homeAt } from "../runtime/home.ts";
import { throwKill } from "../schema/queries/kill.ts";
import { restingAt } from "../test/db/night.ts";
import { type KillRig, startKillRig } from "../test/support/kill-rig.ts";
import { ToldTemporal } from "../test/support/told-temporal.ts";
import { lookAtAll } from "./resume-conditions.ts";

let rig: KillRig;
beforeEach(async () => {
  rig = await startKillRig(1);
});
afterEach(() => rig.stop());

/** A condition, where a comparison answers what is given. */
async function condition(name: string, compared: unknown = null) {
  const temporal = new ToldTemporal();
  temporal.answer = compared;
  const seen = await lookAtAll({
    running: { home: homeAt(dirname(rig.killFile)), mode: "paper" },
    database: rig.cloned.db,
    temporal: temporal.asClient(),
    venue: rig.venue,
  });
  return seen.find((one) => one.name === name);
}

const resting = () => condition("no order rests that a kill forbids");

async function thrown(level: KillLevel) {
  const kill = { killId: level, mode: "paper", level, reason: "test", by: "test" } as const;
  await throwKill(rig.cloned.db, kill);
  return kill;
}

async function swept(kill: Awaited<ReturnType<typeof thrown>>): Promise<void> {
  const workflow = { list: async function* () {}, getHandle: () => ({ signal: neverAsked }) };
  const { sweepVenue } = createKillActivities({ ...rig.deps, client: { workflow } });
  while (!(await sweepVenue(kill)).isDone);
}
const neverAsked = (): Promise<void> => Promise.reject(new Error("a sweep tells nobody"));

const game = () => required(rig.games[0], "the game");
const ticker = (index: 0 | 1): string => required(game().markets[index], "its market").ticker;

async function rest(change: Partial<OrderIntent> = {}): Promise<void> {
  await rig.place(game(), { ...restingAt(100_000), ...change });
}

it.each(["no-entries", "reduce-only"] as const)(
  "is held under %s once our entries are swept: a bid placed by hand stays where the sweep leaves it",
  async (level) => {
    await rest();
    await rig.bot.place({ ticker: ticker(0), price: "0.0200", count: "1.00" });
    const kill = await thrown(level);
    expect(await resting()).toMatchObject({ isHeld: false, detail: "1 at the exchange" });
    await swept(kill);
    expect(await rig.venue.orders({ status: "resting" })).toHaveLength(1);
    expect(await resting()).toMatchObject({ isHeld: true, detail: "0 at the exchange" });
  },
);

it("is held under no-entries while a lock rests, which buys, and not under reduce-only", async () => {
  await rig.buy(game(), "home", 10);
  const lock = { purpose: "exit", exitType: "lock", count: countCenti(1_000) } as const;
  await rest({ ...lock, marketTicker: ticker(1) });
  await swept(await thrown("no-entries"));
  expect(await rig.venue.orders({ status: "resting" })).toHaveLength(1);
  expect(await resting()).toMatchObject({ isHeld: true });
  await thrown("reduce-only");
  expect(await resting()).toMatchObject({ isHeld: false, detail: "1 at the exchange" });
});

it.each(["cancel-all", "flatten"] as const)(
  "is not held under %s while anything rests, placed by hand too",
  async (level) => {
    await rig.bot.place({ ticker: ticker(0), price: "0.0200", count: "1.00" });
    await thrown(level);
    expect(await resting()).toMatchObject({ isHeld: false, detail: "1 at the exchange" });
  },
);

it("is held while no kill stands, whatever rests", async () => {
  await rest();
  expect(await resting()).toMatchObject({ isHeld: true });
});

const NOTHING_COMPARED = {
  ...{ ordersFollowed: 0, foreign: [], transfersBooked: 0 },
  corrections: { booked: [], refused: [] },
};
const difference = { kind: "cash", what: "cash", venue: 1, ledger: 2 } as const;
it.each([
  ["no_books", [], true, /^not compared: there are no books yet/],
  [
    "other_night",
    [],
    true,
    /^not compared: the exchange has a night loaded .* once a day of this mode runs$/,
  ],
  [null, [], true, /^compared just now$/],
  [null, [difference], false, /^cash cash$/],
] as const)(
  "says of account and ledger what a comparison that was skipped for %s found: %j",
  async (skipped, differences, isHeld, detail) => {
    const cash = skipped === null ? { venue: 1, ledger: 2, foreign: 0 } : null;
    const compared = { ...NOTHING_COMPARED, cash, skipped, differences };
    const agree = await condition("account and ledger agree", compared);
    expect(agree).toMatchObject({ isHeld });
    expect(agree?.detail).toMatch(detail);
  },
);
