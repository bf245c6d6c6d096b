import { describe, expect, it } from "vitest";
import { required } from "../../core/domain/assert.ts";
import type { Fact } from "../facts.ts";
import { PlainBook } from "./books.ts";
import { TICK_MICROS } from "./ladder.ts";
import { createWorld, type World } from "./world.ts";

const WORLDS = [
  createWorld({ seed: 7, games: 2 }),
  createWorld({ seed: 8, games: 2, edge: "none" }),
];

/** Calls `see` with each fact of a market and the book as it stood before the fact. */
function walk(world: World, see: (fact: Fact & { marketTicker: string }, book: PlainBook) => void) {
  const books = new Map<string, PlainBook>();
  for (const fact of world.facts()) {
    if (!("marketTicker" in fact)) continue;
    const book = books.get(fact.marketTicker) ?? new PlainBook();
    books.set(fact.marketTicker, book);
    see(fact, book);
    if (fact.kind === "level") book.apply(fact);
  }
}

describe.each(WORLDS)("the books of a world with edge $edge", (world) => {
  it("are never crossed, not even between two levels of one change", () => {
    walk(world, (_fact, { bid, ask }) => {
      if (bid !== null && ask !== null && bid >= ask) expect.fail(`crossed: ${bid} and ${ask}`);
    });
  });

  it("keep to whole cents from 1 to 99, and to whole contracts", () => {
    const bad: Fact[] = [];
    walk(world, (fact) => {
      if (fact.kind !== "level") return;
      const tick = fact.price / TICK_MICROS;
      const isOnGrid = Number.isInteger(tick) && tick >= 1 && tick <= 99;
      if (!isOnGrid || fact.size % 100 !== 0) bad.push(fact);
    });
    expect(bad).toEqual([]);
  });

  it("print trades at the best price, up to the size displayed, and the level shows it", () => {
    let trades = 0;
    walk(world, (fact, book) => {
      if (fact.kind !== "trade") return;
      trades += 1;
      const side = fact.takerSide === "bid" ? book.no : book.yes;
      const yesTick = fact.price / TICK_MICROS;
      expect(yesTick).toBe(fact.takerSide === "bid" ? book.ask : book.bid);
      const ownTick = fact.takerSide === "bid" ? 100 - yesTick : yesTick;
      expect(fact.count).toBeGreaterThan(0);
      expect(fact.count).toBeLessThanOrEqual(side.get(ownTick) ?? 0);
    });
    expect(trades).toBeGreaterThan(1_000);
  });

  it("are mostly one or two cents wide, with several levels on both sides", () => {
    const game = required(world.games[0], "a game");
    const ticker = required(game.slate.marketTickers[0], "home's market");
    const wide = new Map<number, number>();
    let before = 0;
    let depth = 0;
    walk(world, (fact, { bid, ask, yes, no }) => {
      if (fact.marketTicker !== ticker || fact.kind !== "level") return;
      if (fact.receivedAt > before && before > 0 && bid !== null && ask !== null) {
        wide.set(ask - bid, (wide.get(ask - bid) ?? 0) + fact.receivedAt - before);
        if (bid > 10 && ask < 90) depth = Math.max(depth, 8 - Math.min(yes.size, no.size));
      }
      before = fact.receivedAt;
    });
    const all = [...wide.values()].reduce((sum, ms) => sum + ms, 0);
    const narrow = (wide.get(1) ?? 0) + (wide.get(2) ?? 0);
    expect(narrow / all).toBeGreaterThan(0.75);
    expect(narrow / all).toBeLessThan(0.99);
    // A level may be bought out for a moment; never more than two of the eight.
    expect(depth).toBeLessThanOrEqual(2);
  });

  it("change every two to four seconds in play, every ten to thirty before, within the budget", () => {
    const game = required(world.games[0], "a game");
    for (const ticker of game.slate.marketTickers) {
      const seen = { pregame: new Set<number>(), play: new Set<number>() };
      walk(world, (fact) => {
        if (fact.marketTicker !== ticker || fact.kind === "market-status") return;
        const phase = fact.receivedAt < game.startAt ? "pregame" : "play";
        seen[phase].add(fact.receivedAt);
      });
      const inPlay = (game.script.endAt - game.startAt) / 1000 / seen.play.size;
      const before = (game.startAt - world.manifest.startAt) / 1000 / seen.pregame.size;
      expect(inPlay).toBeGreaterThan(2);
      expect(inPlay).toBeLessThan(4);
      expect(before).toBeGreaterThan(10);
      expect(before).toBeLessThan(30);
    }
    let levels = 0;
    walk(world, (fact) => {
      if (fact.kind === "level") levels += 1;
    });
    expect(levels / world.games.length).toBeLessThan(25_000);
  });

  it("stand still once the market is closed", () => {
    const closed = new Set<string>();
    walk(world, (fact) => {
      if (fact.kind === "market-status") {
        if (fact.status === "closed") closed.add(fact.marketTicker);
      } else expect(closed.has(fact.marketTicker)).toBe(false);
    });
    expect(closed.size).toBe(2 * world.games.length);
  });
});
