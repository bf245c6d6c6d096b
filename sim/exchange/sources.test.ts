import { expect, it } from "vitest";
import { ACCOUNT_CASH_USD_MAX, STARTING_CASH_USD } from "../../core/domain/paper-cash.ts";
import { LoadRequest, openSource } from "./sources.ts";

const WORLD = { source: "world:7", speed: 60, startingCashUsd: 100 } as const;

it("takes each Bitcoin series once, for an hour to a week", () => {
  const parse = (more: object): boolean => LoadRequest.safeParse({ ...WORLD, ...more }).success;
  expect(parse({ series: ["KXBTC15M", "KXBTCD"], hours: 168 })).toBe(true);
  expect(parse({ series: [] })).toBe(false);
  expect(parse({ series: ["KXBTC15M", "KXBTC15M"] })).toBe(false);
  expect(parse({ series: ["KXETH"] })).toBe(false);
  expect(parse({ series: ["KXBTC"], hours: 0 })).toBe(false);
  expect(parse({ series: ["KXBTC"], hours: 169 })).toBe(false);
});

it("takes every cash that the settings take, and an account that has grown beyond", () => {
  const parse = (startingCashUsd: number): boolean =>
    LoadRequest.safeParse({ ...WORLD, startingCashUsd }).success;
  expect(parse(STARTING_CASH_USD.min)).toBe(true);
  expect(parse(STARTING_CASH_USD.max)).toBe(true);
  // What a night left, and a transfer into it.
  expect(parse(STARTING_CASH_USD.max + 1_000_000)).toBe(true);
  expect(parse(0)).toBe(false);
  expect(parse(ACCOUNT_CASH_USD_MAX + 1)).toBe(false);
});

it("refuses a world that plays nothing, and series where they cannot be chosen", async () => {
  const refused = { code: "invalid_parameters" };
  await expect(openSource({ ...WORLD, games: 0 })).rejects.toMatchObject(refused);
  await expect(openSource({ ...WORLD, hours: 2 })).rejects.toMatchObject(refused);
  const recording = { ...WORLD, source: "recording:none", series: ["KXBTC" as const] };
  await expect(openSource(recording)).rejects.toMatchObject(refused);
});
