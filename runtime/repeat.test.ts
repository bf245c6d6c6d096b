import { setTimeout as sleep } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { repeat } from "./repeat.ts";

/** A work whose every round is ended by hand. */
function handWork(pause: number | (() => number) = 1) {
  const rounds: { readonly end: () => void; readonly fail: (error: Error) => void }[] = [];
  const errors: unknown[] = [];
  const work = (): Promise<void> =>
    new Promise((resolve, reject) => rounds.push({ end: resolve, fail: reject }));
  const stop = repeat(work, pause, (error) => errors.push(error));
  const begun = async (count: number): Promise<void> => {
    while (rounds.length < count) await sleep(1);
  };
  onTestFinished(async () => {
    for (const { end } of rounds) end();
    await stop();
  });
  return { rounds, errors, stop, begun };
}

it("begins at once, and again after each end, never twice at a time", async () => {
  const { rounds, begun } = handWork();
  expect(rounds).toHaveLength(1);
  await sleep(20);
  expect(rounds).toHaveLength(1);
  rounds[0]?.end();
  await begun(2);
  expect(rounds).toHaveLength(2);
});

it("tells of a work that throws, and does it again", async () => {
  const { rounds, errors, begun } = handWork(() => 1);
  rounds[0]?.fail(new Error("away"));
  await begun(2);
  expect(errors).toEqual([new Error("away")]);
});

it("ends with the round that is under way, and begins none after it", async () => {
  const { rounds, stop } = handWork();
  let hasStopped = false;
  const stopped = stop().then(() => {
    hasStopped = true;
  });
  await sleep(10);
  expect(hasStopped).toBe(false);
  rounds[0]?.end();
  await stopped;
  await sleep(10);
  expect(rounds).toHaveLength(1);
});

it("ends at once between two rounds", async () => {
  const { rounds, stop } = handWork(60_000);
  rounds[0]?.end();
  await sleep(5);
  await stop();
  expect(rounds).toHaveLength(1);
});
