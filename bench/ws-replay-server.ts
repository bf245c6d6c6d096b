/**
 * The venue's side of `ws-replay`, a process of its own: each client subscribes the books of one stream
 * and is sent all its frames, as fast as the line takes them. Says its port and its streams, as JSON.
 */
import { existsSync, readdirSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import type { WebSocket } from "ws";
import { formatCount } from "../core/domain/units.ts";
import { dollars } from "../sim/exchange/http/wire.ts";
import { createWorld } from "../sim/world/world.ts";
import { dataPath, linesOf } from "../test/recorded/data.ts";
import { startWireServer } from "../test/support/wire-server.ts";
import type { ReplayedStreams } from "./ws-replay.ts";

const RECORDED = dataPath("kalshi-btc", "ws_raw");
const SEED = 7;
/** As in the recorded streams. */
const BOOK_SID = 2;
const BATCH = 200;
const BUFFERED_MAX = 1 << 20;

/** One connection's worth of frames. */
interface Stream {
  readonly tickers: readonly string[];
  readonly frames: readonly string[];
}

const isRecorded = existsSync(RECORDED);
const streams = isRecorded
  ? readdirSync(RECORDED).map((name) => recorded(dataPath("kalshi-btc", "ws_raw", name)))
  : ofWorld();
const server = await startWireServer();
server.onSocket = (socket) => {
  let nextSid = BOOK_SID;
  socket.on("message", (data: Buffer) => {
    const command = JSON.parse(data.toString()) as Subscribe; // Our own client's words.
    if (command.cmd !== "subscribe") return;
    const { channels, market_tickers: [ticker = ""] = [] } = command.params;
    for (const channel of channels) {
      const sid = channel === "orderbook_delta" ? BOOK_SID : ++nextSid;
      socket.send(JSON.stringify({ type: "subscribed", id: command.id, msg: { channel, sid } }));
    }
    const stream = streams.find(({ tickers }) => tickers.includes(ticker));
    if (stream && channels.includes("orderbook_delta")) void play(stream, socket);
  });
};
const told: ReplayedStreams = {
  wsUrl: server.wsUrl,
  isRecorded,
  streams: streams.map(({ tickers, frames }) => ({ tickers, frames: frames.length })),
};
process.stdout.write(`${JSON.stringify(told)}\n`);

interface Subscribe {
  readonly id: number;
  readonly cmd: string;
  readonly params: {
    readonly channels: readonly string[];
    readonly market_tickers?: readonly string[];
  };
}

async function play({ frames }: Stream, socket: WebSocket): Promise<void> {
  for (let from = 0; from < frames.length; from += BATCH) {
    for (const frame of frames.slice(from, from + BATCH)) socket.send(frame);
    do await setImmediate();
    while (socket.bufferedAmount > BUFFERED_MAX);
    if (socket.readyState !== socket.OPEN) return;
  }
}

/** What the venue sent of one market, with its own numbers, tickers among it. */
function recorded(path: string): Stream {
  const tickers = new Set<string>();
  const frames = linesOf(path).flatMap((line) => {
    const { type, seq, msg } = JSON.parse(line) as {
      type: string;
      seq?: number;
      msg: { market_ticker?: string };
    };
    if (type !== "ticker" && !type.startsWith("orderbook_")) return [];
    if (msg.market_ticker !== undefined) tickers.add(msg.market_ticker);
    const sid = type === "ticker" ? 1 : BOOK_SID;
    return [JSON.stringify({ type, sid, ...(seq !== undefined && { seq }), msg })];
  });
  return { tickers: [...tickers], frames };
}

/** The books of a world, shared out to four streams, for a machine that has no recorded data. */
function ofWorld(): readonly Stream[] {
  const world = createWorld({ seed: SEED, bitcoin: { hours: 2 } });
  const parts = [0, 1, 2, 3].map(() => ({ tickers: [] as string[], changes: [] as object[] }));
  const partOf = new Map<string, (typeof parts)[number]>();
  const sizes = new Map<string, number>();
  for (const fact of world.facts()) {
    if (fact.kind !== "level") continue;
    const { marketTicker: market_ticker, outcome: side, price, size, receivedAt: ts_ms } = fact;
    const part = partOf.get(market_ticker) ?? parts[partOf.size % parts.length];
    if (part === undefined) continue;
    if (!partOf.has(market_ticker)) part.tickers.push(market_ticker);
    partOf.set(market_ticker, part);
    const key = `${market_ticker} ${side} ${price}`;
    const delta_fp = formatCount(size - (sizes.get(key) ?? 0));
    sizes.set(key, size);
    part.changes.push({ market_ticker, side, price_dollars: dollars(price), delta_fp, ts_ms });
  }
  return parts.map(({ tickers, changes }) => {
    const books = tickers.map((market_ticker) => ["orderbook_snapshot", { market_ticker }]);
    const all = [...books, ...changes.map((msg) => ["orderbook_delta", msg])];
    const frames = all.map(([type, msg], n) =>
      JSON.stringify({ type, sid: BOOK_SID, seq: n + 1, msg }),
    );
    return { tickers, frames };
  });
}
