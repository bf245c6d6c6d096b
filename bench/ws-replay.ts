import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { MarketHub } from "../activities/market-hub.ts";
import { createKalshiStream } from "../clients/kalshi/stream.ts";
import { nodeArguments } from "../runtime/package-root.ts";
import { SILENT, TEST_KEY, WALL } from "../test/support/kalshi.ts";
import type { BenchResult } from "./result.ts";

const SEED = 7;
const PASSES = 4;
const SECOND_MS = 1_000;
const PASS_TIMEOUT_MS = 120_000;
/** Answers to the subscriptions of a connection: two channels of markets, three of the account. */
const CONFIRMED = 5;

const ReplayedStreams = z.strictObject({
  wsUrl: z.url(),
  /** False: there is no recorded data, and the frames are those of a world. */
  isRecorded: z.boolean(),
  streams: z.array(z.strictObject({ tickers: z.array(z.string()).readonly(), frames: z.int() })),
});
export type ReplayedStreams = z.infer<typeof ReplayedStreams>;

/** What the books' way from the line came to. */
interface Pass {
  readonly frames: number;
  readonly ms: number;
  /** Frames in each whole second. */
  readonly seconds: readonly number[];
  readonly gaps: number;
  readonly doubts: number;
  readonly books: string;
}

/** Whole recorded streams of the venue through our client and into books, over real connections. */
export async function wsReplay(): Promise<BenchResult> {
  const server = spawn(process.execPath, nodeArguments("bench/ws-replay-server.ts"), {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const [line] = (await once(createInterface(server.stdout), "line")) as [string];
    const replayed = ReplayedStreams.parse(JSON.parse(line));
    const passes: Pass[] = [];
    for (let pass = 0; pass < PASSES; pass += 1) passes.push(await play(replayed));
    return resultOf(replayed, passes);
  } finally {
    server.kill();
  }
}

function resultOf({ isRecorded, streams }: ReplayedStreams, passes: readonly Pass[]): BenchResult {
  const sum = (of: (pass: Pass) => number): number =>
    passes.reduce((total, pass) => total + of(pass), 0);
  const frames = sum((pass) => pass.frames);
  const [books = "", ...others] = new Set(passes.map((pass) => pass.books));
  const what = isRecorded
    ? `the ${streams.length} recorded streams of a market each, with the venue's own sequence numbers`
    : `NOT RECORDED DATA, which is not here (TIPOFF_DATA): the books of a world in ${streams.length} streams`;
  return {
    name: "ws-replay",
    definition:
      `${what}, all at once, each on a WebSocket of its own from another process as fast as it goes, ` +
      `through the client (frames parsed and checked, sequence) and the hub into books with a quote for ` +
      `each change; ${PASSES} times, ${frames} messages; other results of the books than the first pass ` +
      "had, changes that do not fit a book and gaps are errors",
    seed: SEED,
    checksum: books,
    figures: [
      {
        ...{ name: "messages into books", unit: "a second", target: { atLeast: 20_000 } },
        value: Math.round((frames / sum(({ ms }) => ms)) * 1_000),
      },
      {
        ...{ name: "in the slowest whole second", unit: "messages", target: { atLeast: 20_000 } },
        value: Math.min(...passes.flatMap(({ seconds }) => seconds)),
      },
      {
        ...{ name: "sequence errors", unit: "gaps", target: { atMost: 0 } },
        value: sum(({ gaps }) => gaps),
      },
      {
        ...{ name: "books in doubt", unit: "times", target: { atMost: 0 } },
        value: sum(({ doubts }) => doubts) + others.length,
      },
    ],
  };
}

async function play({ wsUrl, streams }: ReplayedStreams): Promise<Pass> {
  let doubts = 0;
  const doubt = (): void => {
    doubts += 1;
  };
  const nothing = (): void => undefined;
  const lines = streams.map(({ tickers }) => {
    const stream = createKalshiStream({
      ...{ mode: "paper", wsUrl, keyId: "bench", privateKeyPem: TEST_KEY, clock: WALL },
      // The streams are of their own time, and stated on each outcome's own leg.
      ...{ log: SILENT, ageMaxMs: Number.MAX_SAFE_INTEGER, isYesLeg: false },
    });
    const hub = new MarketHub({ stream, clock: WALL, log: SILENT });
    hub.add(tickers, {
      ...{ onQuote: nothing, onTrade: nothing, onLifecycle: nothing },
      ...{ onStale: doubt, onInvalid: doubt },
    });
    return { stream, hub, tickers };
  });
  const total = streams.reduce((sum, { frames }) => sum + frames + CONFIRMED, 0);
  const received = (): number => lines.reduce((sum, { stream }) => sum + stream.health().frames, 0);
  const giveUpAt = performance.now() + PASS_TIMEOUT_MS;
  while (received() <= CONFIRMED * streams.length) await sleep(1);
  const startedAt = performance.now();
  const before = received();
  const marks = [{ at: startedAt, frames: before }];
  while (received() < total) {
    await sleep(5);
    const now = performance.now();
    if (now > giveUpAt) throw new Error(`${received()} of ${total} frames came`);
    const last = marks.at(-1);
    if (last && now - last.at >= SECOND_MS) marks.push({ at: now, frames: received() });
  }
  const ms = performance.now() - startedAt;
  const hash = createHash("sha256");
  for (const { hub, tickers } of lines) {
    for (const ticker of tickers) {
      const { yes, no } = hub.displayed(ticker) ?? { yes: null, no: null };
      hash.update(JSON.stringify([ticker, yes, no]));
    }
  }
  const gaps = lines.reduce((sum, { stream }) => sum + stream.health().gaps, 0);
  const seconds = marks.slice(1).map(({ at, frames }, n) => {
    const from = marks[n] ?? { at: 0, frames: 0 };
    return Math.round(((frames - from.frames) / (at - from.at)) * SECOND_MS);
  });
  const pass = { frames: total - before, ms, seconds, gaps, doubts, books: hash.digest("hex") };
  for (const { stream } of lines) stream.close();
  return pass;
}
