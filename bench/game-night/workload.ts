import { createHash } from "node:crypto";
import { assert, required } from "../../core/domain/assert.ts";

/** GAME-NIGHT, version 1: games, and one-second quotes of each. */
const GAMES = 15;
const QUOTES = 9_000;
const SEED = 20_260_101;
/** Of the file that every engine reads: another one is another workload. */
const SHA256 = "221c2e81a2ef565995ede7ec351436d6f853c67bccee4426a88764e5093d9a3b";

/** One game of the workload. Prices are tenths of a cent, so that every sum of them is exact. */
export interface NightGame {
  /** What the model holds the home team for. */
  readonly model: number;
  readonly homeWins: boolean;
  /** One mid a second: bid and ask alike. */
  readonly prices: readonly number[];
}

/**
 * Writes the workload as every engine reads it, a line a game: number, model and result, then its prices in
 * cents with one decimal. A walk of uniform steps of at most 0.6 cents between 1 and 99, from within 5 cents
 * of a model between 40 and 60; the dice are the linear congruential generator of ANSI C.
 *
 * @throws InvariantError when the text is not that of the definition, byte for byte.
 */
export function nightCsv(): string {
  const next = dice(SEED);
  const lines: string[] = [];
  for (let game = 0; game < GAMES; game += 1) {
    const model = toTenth(40 + 20 * next());
    let price = model + toTenth((next() - 0.5) * 10);
    const prices: string[] = [];
    for (let second = 0; second < QUOTES; second += 1) {
      price = Math.min(99, Math.max(1, toTenth(price + (next() - 0.5) * 1.2)));
      prices.push(price.toFixed(1));
    }
    lines.push(`${game},${model.toFixed(1)},${price >= 50 ? 1 : 0},${prices.join(" ")}\n`);
  }
  const text = lines.join("");
  assert(sha256(text) === SHA256, "the workload is that of the definition");
  return text;
}

/** Reads the workload, each game cut to its first `quotes`. */
export function readNight(csv: string, quotes = QUOTES): readonly NightGame[] {
  return csv
    .trimEnd()
    .split("\n")
    .map((line) => {
      const [, model, result, prices] = line.split(",");
      return {
        model: toTenths(required(model, "a model")),
        homeWins: result === "1",
        prices: required(prices, "prices").split(" ").slice(0, quotes).map(toTenths),
      };
    });
}

/** SHA-256 of a text, in hex. */
export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(1_103_515_245, state) + 12_345) & 0x7fff_ffff;
    return state / 0x7fff_ffff;
  };
}

function toTenth(cents: number): number {
  return Number(cents.toFixed(1));
}

function toTenths(cents: string): number {
  return Math.round(Number(cents) * 10);
}
