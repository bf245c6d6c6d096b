import { afterEach, beforeEach, expect, it } from "vitest";
import { until, SILENT } from "../../test/support/kalshi.ts";
import { KeptSessions } from "./kept-sessions.ts";

const OF = { runId: "one", series: "KXBTCD" } as const;
const GOES_ON = { isOver: false };

let said: string[];
let ended: Set<string>;
let looks: number;
let isDatabaseAway: boolean;
let alive = 0;
let kept: KeptSessions<{ readonly close: () => void }>;
beforeEach(() => {
  said = [];
  ended = new Set();
  looks = 0;
  isDatabaseAway = false;
  kept = new KeptSessions({
    isEnded: ({ runId }) => {
      looks += 1;
      if (isDatabaseAway) return Promise.reject(new Error("away"));
      return Promise.resolve(ended.has(runId));
    },
    log: SILENT,
    lookMs: 5,
  });
});

// None of a test looks on in the next.
afterEach(async () => {
  isDatabaseAway = false;
  for (const runId of ["one", "two"]) ended.add(runId);
  await until(() => alive === 0);
});

function chunk(
  of: { readonly runId: string; readonly series: "KXBTCD" | "KXBTC" } = OF,
  watch: () => Promise<{ readonly isOver: boolean }> = () => Promise.resolve(GOES_ON),
) {
  const open = () => {
    const name = `${of.runId}/${of.series}`;
    said.push(`open ${name}`);
    alive += 1;
    const close = (): void => {
      said.push(`close ${name}`);
      alive -= 1;
    };
    return Promise.resolve({ close });
  };
  return kept.use(of, open, watch);
}

it("keeps a session from chunk to chunk while its series goes on", async () => {
  await chunk();
  await until(() => looks >= 3);
  await chunk();
  expect(said).toEqual(["open one/KXBTCD"]);
});

it("closes the session of a series that was stopped, whatever its last chunk ended by", async () => {
  await expect(chunk(OF, () => Promise.reject(new Error("cancelled")))).rejects.toThrow();
  ended.add("one");
  await until(() => said.length > 1);
  expect(said).toEqual(["open one/KXBTCD", "close one/KXBTCD"]);
  const before = looks;
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(looks).toBe(before);
});

it("does not close while a chunk runs: what was stopped may have been started again", async () => {
  let end = (): void => undefined;
  const running = chunk(OF, async () => {
    await new Promise<void>((resolve) => {
      end = resolve;
    });
    return GOES_ON;
  });
  // One that is superseded ends while the other runs.
  await chunk();
  ended.add("one");
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(said).toEqual(["open one/KXBTCD"]);
  end();
  await running;
  await until(() => said.length > 1);
});

it("asks again after a database that was away", async () => {
  isDatabaseAway = true;
  await chunk();
  await until(() => looks >= 2);
  expect(said).toEqual(["open one/KXBTCD"]);
  isDatabaseAway = false;
  ended.add("one");
  await until(() => said.length > 1);
});

it("closes at once what is over, and the session of the run before when another begins", async () => {
  await chunk(OF, () => Promise.resolve({ isOver: true }));
  expect(said).toEqual(["open one/KXBTCD", "close one/KXBTCD"]);
  said = [];
  await chunk();
  await chunk({ runId: "one", series: "KXBTC" });
  await chunk({ runId: "two", series: "KXBTCD" });
  expect(said).toEqual([
    ...["open one/KXBTCD", "open one/KXBTC", "close one/KXBTCD", "open two/KXBTCD"],
  ]);
});

it("opens anew where opening failed", async () => {
  const open = () => Promise.reject(new Error("no venue"));
  await expect(kept.use(OF, open, () => Promise.resolve(GOES_ON))).rejects.toThrow("no venue");
  await chunk();
  expect(said).toEqual(["open one/KXBTCD"]);
});
