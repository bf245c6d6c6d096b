import { expect, it } from "vitest";
import { loadGameNight, playGameNight } from "../../bench/game-night/play.ts";
import { isAsPublished } from "../../bench/game-night/published.ts";
import { type NightChecksum, referenceNight } from "../../bench/game-night/reference.ts";
import { nightSettings } from "../../bench/game-night/settings.ts";
import { nightCsv, readNight } from "../../bench/game-night/workload.ts";

const csv = nightCsv();
const [WHOLE, CUT, LONGER_CUT] = [9_000, 900, 1_500];

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

it.each([WHOLE, CUT, LONGER_CUT])(
  "the product comes to the published totals of %i quotes a game, and to the bare loop fill by fill",
  (quotes) => {
    const games = readNight(csv, quotes);
    const { checksum } = playGameNight(loadGameNight(games), nightSettings("settings.yaml"));
    expect(isAsPublished(checksum, quotes)).toBe(true);
    expect(checksum).toEqual(referenceNight(games));
  },
);
