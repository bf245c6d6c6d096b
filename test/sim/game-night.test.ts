import { expect, it } from "vitest";
import { measureWorkload } from "../../bench/game-night/measure.ts";
import { isAsPublished } from "../../bench/game-night/published.ts";
import { type NightChecksum, referenceNight } from "../../bench/game-night/reference.ts";
import { nightCsv, readNight } from "../../bench/game-night/workload.ts";

const csv = nightCsv();
const [WHOLE, CUT, LONGER_CUT] = [9_000, 900, 1_500];
/** It measures too: six passes, on a machine that may be busy with other tests. */
const PATIENCE_MS = 240_000;

it.each([WHOLE, CUT, LONGER_CUT])(
  "the bare loop comes to the published totals of %i quotes a game, and to no others",
  (quotes) => {
    const found = referenceNight(readNight(csv, quotes));
    expect(isAsPublished(found, quotes)).toBe(true);
    const others: readonly Partial<NightChecksum>[] = [
      { entries: found.entries + 1 },
      { closed: found.closed - 1 },
      { settled: found.settled + 1 },
      { result: found.result + 1 },
      { fees: found.fees - 100 },
    ];
    for (const other of others) expect(isAsPublished({ ...found, ...other }, quotes)).toBe(false);
  },
);

it("totals of one length are not those of another, and of no other length any are published", () => {
  const found = referenceNight(readNight(csv, CUT));
  expect(isAsPublished(found, LONGER_CUT)).toBe(false);
  expect(isAsPublished(found, CUT + 1)).toBe(false);
});

it(
  "the product comes to them too, whole and cut, and to the bare loop fill by fill",
  () => {
    const { isEqual, checksum } = measureWorkload("night");
    expect(isEqual).toBe(true);
    // −445.0 cents times contracts, in tenths of a cent; 18.6083 USD.
    expect(checksum).toMatchObject({ entries: 57, closed: 57, settled: 0 });
    expect(checksum).toMatchObject({ result: -4_450, fees: 18_608_300 });
  },
  PATIENCE_MS,
);
