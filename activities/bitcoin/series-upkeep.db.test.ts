import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type Instant, instant, usdMicros } from "../../core/domain/units.ts";
import {
  catalogueKnownUntil,
  gapSearchProgress,
  recordGapSearch,
} from "../../schema/queries/btc-progress.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import { emptyDatabase } from "../../test/db/empty.ts";
import {
  btcMarket,
  EVENT,
  FEES,
  SESSION_AT,
  SESSION_CLOSE,
} from "../../test/support/btc-session.ts";
import { END, ONE, OTHER, UpkeepDesk } from "../../test/support/upkeep-desk.ts";
import { keepMarkets } from "./keep-markets.ts";

let clone: ClonedDatabase;
beforeAll(async () => {
  clone = await cloneDatabase();
});
afterAll(() => clone.drop());
beforeEach(() => emptyDatabase(clone.db));

const NEXT_EVENT = "KXBTCD-26NOV2021";
const NEXT = `${NEXT_EVENT}-T79900`;
const newDesk = (endsAt: Instant | null = null, listedAt: Instant | null = null): UpkeepDesk =>
  new UpkeepDesk(clone.db, endsAt, listedAt);

afterEach(() => vi.useRealTimers());

describe("the beginning of an upkeep", () => {
  it("reads the catalogue and what an earlier process left unsettled", async () => {
    const old = btcMarket("KXBTCD-26NOV2019-T1", { closeAt: instant(SESSION_AT - 3_600_000) });
    const kept = { series: "KXBTCD", feesOf: () => FEES, at: SESSION_AT } as const;
    await keepMarkets(clone.db, { ...kept, markets: [old] });
    const desk = newDesk();
    await desk.upkeep.begin([]);
    // What is open now does not wait for the past, and the series is not over before it.
    expect(desk.asked).toEqual(["list open", "list unopened"]);
    expect(desk.upkeep.isSettled()).toBe(false);
    await desk.work(100);
    expect(desk.asked).toEqual(["list open", "list unopened", `look ${old.ticker}`]);
    expect(desk.upkeep.isSettled()).toBe(true);
  });

  it("that failed is made good by the next: nothing that was left is forgotten", async () => {
    const old = btcMarket("KXBTCD-26NOV2019-T1", { closeAt: instant(SESSION_AT - 3_600_000) });
    const kept = { series: "KXBTCD", feesOf: () => FEES, at: SESSION_AT } as const;
    await keepMarkets(clone.db, { ...kept, markets: [old] });
    const desk = newDesk();
    desk.listed.push(old);
    desk.isVenueAway = true;
    await expect(desk.upkeep.begin([])).rejects.toThrow("away");
    desk.isVenueAway = false;
    await desk.upkeep.begin([]);
    await desk.work(100);
    expect(desk.markets.get(old.ticker)).not.toBeNull();
  });

  it("does without fees where the venue lists nothing, and asks once it lists an event", async () => {
    const desk = newDesk();
    const listed = desk.listed.splice(0);
    desk.fees = { kind: "quadratic", multiplierMilli: 500 };
    await desk.upkeep.begin([]);
    desk.listed.push(...listed);
    desk.at(60_000);
    await desk.work(300);
    expect(desk.askedFees).toEqual([EVENT]);
    expect(desk.markets.get(ONE)?.fees).toEqual(desk.fees);
  });

  it("asks the fees of each event that is open or about to open, again after ten minutes", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const desk = newDesk();
    const half = { kind: "quadratic", multiplierMilli: 500 } as const;
    const openAt = instant(SESSION_AT + 3_600_000);
    const life = { openAt, closeAt: instant(openAt + 3_600_000) };
    desk.listed = [
      ...[btcMarket(ONE), btcMarket(OTHER)],
      btcMarket(NEXT, { eventTicker: NEXT_EVENT }),
      btcMarket("KXBTCD-26NOV2022-T1", { eventTicker: "KXBTCD-26NOV2022", ...life }),
    ];
    desk.feesOfEvent.set(NEXT_EVENT, half);
    const kept = async () => {
      const rows = await clone.db
        .selectFrom("kalshi_markets")
        .select(["market_ticker", "fee_multiplier_milli"])
        .where("market_ticker", "in", [ONE, NEXT])
        .orderBy("market_ticker")
        .execute();
      return rows.map((row) => row.fee_multiplier_milli);
    };
    await desk.upkeep.begin([]);
    expect([desk.markets.get(ONE)?.fees, desk.markets.get(NEXT)?.fees]).toEqual([FEES, half]);
    expect(await kept()).toEqual([1_000, 500]);
    // One refresh later they are as they were; ten minutes later they are asked again.
    desk.fees = { kind: "quadratic", multiplierMilli: 2_000 };
    vi.advanceTimersByTime(599_999);
    desk.at(60_000);
    await desk.work(300);
    expect(await kept()).toEqual([1_000, 500]);
    vi.advanceTimersByTime(1_000);
    desk.at(120_000);
    await desk.work(300);
    expect(await kept()).toEqual([2_000, 500]);
    expect(desk.markets.get(ONE)?.fees).toEqual(desk.fees);
    expect(desk.askedFees).toEqual([EVENT, NEXT_EVENT, EVENT, NEXT_EVENT]);
  });

  it("keeps the fees that it knows of an event of which the venue says none, and goes on", async () => {
    const desk = newDesk();
    desk.isFeesAway = true;
    await desk.upkeep.begin([]);
    expect([desk.markets.get(ONE)?.fees, desk.errors]).toEqual([FEES, ["Error"]]);
    desk.isFeesAway = false;
    desk.fees = { kind: "quadratic", multiplierMilli: 500 };
    desk.at(60_000);
    await desk.work(300);
    expect(desk.markets.get(ONE)?.fees).toEqual(desk.fees);
  });

  it("looks for followed contracts that no catalogue names, and goes on without", async () => {
    const desk = newDesk();
    await desk.upkeep.begin([]);
    await desk.upkeep.begin(["KXBTCD-26NOV2019-T1"]);
    expect(desk.asked.at(-1)).toBe("look KXBTCD-26NOV2019-T1");
    desk.isVenueAway = true;
    await desk.upkeep.begin(["KXBTCD-26NOV2019-T1"]);
    expect(desk.errors).toEqual(["Error"]);
  });
});

describe("what opened and closed unseen", () => {
  const HOUR_MS = 3_600_000;
  const missed = btcMarket("KXBTCD-26NOV2019-T1", { closeAt: instant(SESSION_AT - 60_000) });

  const MODE_OF_SERIES = { mode: "shadow", series: "KXBTCD" } as const;
  const looks = (desk: UpkeepDesk) => desk.asked.filter((one) => one.startsWith("missed"));
  const knownUntil = () => catalogueKnownUntil(clone.db, MODE_OF_SERIES, instant(8e12));

  it("is learned of by a process that begins an hour after the last, and settled", async () => {
    await recordGapSearch(clone.db, "shadow", { until: SESSION_AT, sentBack: 0 });
    const desk = newDesk(null, instant(SESSION_AT - HOUR_MS));
    desk.unseen = [missed];
    await desk.upkeep.begin([]);
    desk.settled = [missed.ticker];
    await desk.work(600);
    expect(desk.asked.slice(2, 4)).toEqual(["missed 60 min", `look ${missed.ticker}`]);
    // One that has closed has no book.
    expect(desk.followed).toEqual([[ONE, OTHER]]);
    expect(desk.markets.get(missed.ticker)?.end).toEqual(END);
    expect(await knownUntil()).toBe(SESSION_AT);
    // It lacks every row: the search for gaps was sent back.
    expect(await gapSearchProgress(clone.db, "shadow")).toEqual({
      until: SESSION_AT - HOUR_MS,
      sentBack: 1,
    });
  });

  it("is not looked for where the series was never watched, or just now", async () => {
    for (const listedAt of [null, instant(SESSION_AT - 299_999)]) {
      const desk = newDesk(null, listedAt);
      await desk.upkeep.begin([]);
      await desk.work(100);
      expect(desk.asked).toEqual(["list open", "list unopened"]);
      expect(await knownUntil()).toBe(SESSION_AT);
    }
  });

  it("is not forgotten where a process dies before it has looked back, however long it lived", async () => {
    const since = instant(SESSION_AT - HOUR_MS);
    const first = newDesk(null, since);
    await first.upkeep.begin([]);
    first.isPastAway = true;
    for (const minute of [1, 2, 20]) {
      first.at(minute * 60_000);
      await first.work(600);
    }
    expect(looks(first)).not.toEqual([]);
    expect(await knownUntil()).toBe(since);
    const next = newDesk(null, await knownUntil());
    next.at(21 * 60_000);
    await next.upkeep.begin([]);
    await next.work(100);
    expect(looks(next)).toEqual(["missed 81 min"]);
    expect(await knownUntil()).toBe(next.now);
  });

  it("keeps nothing from being settled while it fails, and is not asked for at every turn", async () => {
    const desk = newDesk(null, instant(SESSION_AT - HOUR_MS));
    await desk.upkeep.begin([]);
    desk.isPastAway = true;
    desk.now = SESSION_CLOSE;
    desk.settled = [ONE, OTHER];
    await desk.work(1_500);
    expect(desk.markets.get(ONE)?.end).toEqual(END);
    expect(looks(desk)).toHaveLength(1);
    expect(desk.upkeep.isSettled()).toBe(false);
  });

  it("is looked for also after a venue that was away for long", async () => {
    const desk = newDesk(null, instant(SESSION_AT - 60_000));
    await desk.upkeep.begin([]);
    await desk.work(100);
    desk.isVenueAway = true;
    for (const minute of [2, 4, 6]) {
      desk.at(minute * 60_000);
      await desk.work(300);
    }
    desk.isVenueAway = false;
    desk.at(8 * 60_000);
    await vi.waitFor(
      async () => {
        await desk.work(100);
        expect(looks(desk)).toEqual(["missed 8 min"]);
      },
      { timeout: 8_000 },
    );
  });

  it("goes back three days at most", async () => {
    const desk = newDesk(null, instant(SESSION_AT - 100 * HOUR_MS));
    await desk.upkeep.begin([]);
    await desk.work(100);
    expect(looks(desk)).toEqual([`missed ${72 * 60} min`]);
  });
});

describe("the books of a series", () => {
  it("are followed in one subscription for what closes together, and left when all has ended", async () => {
    const desk = newDesk();
    desk.listed.push(btcMarket("KXBTCD-26NOV2021-T1", { closeAt: instant(SESSION_CLOSE + 1) }));
    await desk.upkeep.begin([]);
    expect(desk.followed).toEqual([[ONE, OTHER], ["KXBTCD-26NOV2021-T1"]]);
    desk.now = SESSION_CLOSE;
    desk.settled = [ONE];
    await desk.work();
    expect(desk.left).toEqual([]);
    desk.settled = [ONE, OTHER];
    desk.now = instant(SESSION_CLOSE + 5_000);
    await desk.work();
    expect(desk.left).toEqual([[ONE, OTHER]]);
    desk.upkeep.stop();
    expect(desk.left).toEqual([[ONE, OTHER], ["KXBTCD-26NOV2021-T1"]]);
  });

  it("and all else are forgotten half an hour after the close of what has ended", async () => {
    const desk = newDesk();
    await desk.upkeep.begin([]);
    desk.now = SESSION_CLOSE;
    desk.settled = [ONE, OTHER];
    await desk.work();
    desk.listed = [];
    desk.now = instant(SESSION_CLOSE + 29 * 60_000);
    await desk.work();
    expect(desk.markets.get(ONE)).toMatchObject({ end: END });
    desk.now = instant(SESSION_CLOSE + 31 * 60_000);
    await desk.work();
    expect([...desk.markets.all()]).toEqual([]);
    expect(new Set(desk.forgotten)).toEqual(new Set([ONE, OTHER]));
  });
});

describe("what is due", () => {
  it("is the catalogue once a minute, and every two seconds while a strike is awaited", async () => {
    const desk = newDesk();
    await desk.upkeep.begin([]);
    desk.at(59_000);
    await desk.work(300);
    expect(desk.count("list open")).toBe(1);
    desk.at(60_000);
    const strikes = { strikeType: "greater_or_equal", floorStrike: null, capStrike: null } as const;
    desk.listed.push(btcMarket("KXBTC15M-26NOV202000-00", { strikes }));
    await desk.work(300);
    expect(desk.count("list open")).toBe(2);
    desk.at(62_000);
    await desk.work(300);
    expect(desk.count("list open")).toBe(3);
    const floorStrike = usdMicros(80_000_000_000);
    desk.listed = [btcMarket("KXBTC15M-26NOV202000-00", { strikes: { ...strikes, floorStrike } })];
    desk.at(64_000);
    await desk.work(300);
    desk.at(66_000);
    await desk.work(300);
    expect(desk.count("list open")).toBe(4);
  });

  it("is the catalogue at once where it is known to have changed, once", async () => {
    const desk = newDesk();
    await desk.upkeep.begin([]);
    const closeAt = instant(SESSION_CLOSE - 60_000);
    desk.listed = [btcMarket(ONE, { closeAt }), btcMarket(OTHER)];
    desk.at(1_000);
    desk.upkeep.refreshSoon();
    await desk.work(300);
    expect(desk.markets.get(ONE)?.contract.closeAt).toBe(closeAt);
    const kept = clone.db.selectFrom("kalshi_contracts").select("close_at");
    expect(await kept.where("market_ticker", "=", ONE).execute()).toEqual([
      { close_at: new Date(closeAt) },
    ]);
    desk.at(2_000);
    await desk.work(300);
    expect(desk.count("list open")).toBe(2);
  });

  it("takes back nothing that the stream told while the list was under way", async () => {
    const desk = newDesk();
    desk.listed = [btcMarket(ONE)];
    await desk.upkeep.begin([]);
    desk.afterList = () => {
      desk.markets.told(ONE, { status: "inactive" }, performance.now());
    };
    desk.upkeep.refreshSoon();
    await desk.work(100);
    expect([desk.count("list open"), desk.markets.get(ONE)?.status]).toEqual([2, "inactive"]);
  });

  it("is not kept from the catalogue by settlements that fail, and both are tried again", async () => {
    const desk = newDesk();
    desk.isSettlerBroken = true;
    await desk.upkeep.begin([]);
    for (let minute = 10; minute < 13; minute += 1) {
      desk.at(minute * 60_000);
      await desk.work();
    }
    expect(desk.count("list open")).toBe(4);
    expect(desk.count("settle 2")).toBe(3);
    desk.isSettlerBroken = false;
    desk.settled = [ONE, OTHER];
    desk.at(13 * 60_000);
    await desk.work();
    expect(desk.markets.unsettled(desk.now)).toEqual([]);
    expect(desk.errors).toEqual(["Error", "Error", "Error"]);
  });
});

describe("signs of life", () => {
  it("are given by both loops while nothing is due, and by settling while contracts wait", async () => {
    const desk = newDesk();
    await desk.upkeep.begin([]);
    await desk.work(300);
    expect([...desk.beats].sort()).toEqual(["settlement", "upkeep"]);
    desk.beats.clear();
    desk.now = SESSION_CLOSE;
    await desk.work();
    expect(desk.markets.unsettled(desk.now)).toHaveLength(2);
    expect([...desk.beats].sort()).toEqual(["settlement", "upkeep"]);
  });

  it("are not given by what fails, until it works again", async () => {
    const desk = newDesk();
    desk.isSettlerBroken = true;
    await desk.upkeep.begin([]);
    desk.now = SESSION_CLOSE;
    // The catalogue is read, and nothing is settled.
    await desk.work(900);
    expect([...desk.beats]).toEqual(["upkeep"]);
    expect(new Set(desk.failing)).toEqual(new Set(["settlement"]));
    desk.isSettlerBroken = false;
    desk.isVenueAway = true;
    desk.beats.clear();
    desk.now = instant(SESSION_CLOSE + 60_000);
    await desk.work(900);
    expect([...desk.beats]).toEqual(["settlement"]);
    expect(desk.failing.at(-1)).toBe("upkeep");
  });
});

describe("the end of a source", () => {
  const endsAt = instant(SESSION_CLOSE + 60_000);

  it("waits for a look after it: that one before found nothing says nothing", async () => {
    const desk = newDesk(endsAt);
    await desk.upkeep.begin([]);
    desk.now = SESSION_CLOSE;
    await desk.work();
    expect(desk.upkeep.isSettled()).toBe(false);
    desk.now = endsAt;
    desk.settled = [ONE];
    await desk.work(1_200);
    expect(desk.markets.get(ONE)?.end).toEqual(END);
    // The other is never settled: time stands still, and nothing more will be said.
    expect(desk.markets.get(OTHER)?.end).toBeNull();
    expect(desk.upkeep.isSettled()).toBe(true);
  });

  it("needs no look where nothing is left", async () => {
    const desk = newDesk(endsAt);
    desk.listed = [];
    await desk.upkeep.begin([]);
    await desk.work(100);
    desk.now = endsAt;
    expect(desk.upkeep.isSettled()).toBe(true);
  });
});
