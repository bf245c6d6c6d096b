import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { FaultKind } from "../faults/faults.ts";
import {
  candlesAnswer,
  PRODUCT,
  statsAnswer,
  tickerAnswer,
  timeText,
  tradesAnswer,
} from "./coinbase.ts";
import { countOf, type FeedsOptions, send, textOf } from "./answers.ts";
import type { SpotTape } from "./spot-tape.ts";

const BASE = "/coinbase";
const MINUTE_SECONDS = "60";

/** What a route answers; null when there is no such thing. */
type Build = (asked: {
  readonly tape: SpotTape;
  readonly fault: FaultKind | null;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}) => object | null;

/** Serves the look-alike of Coinbase Exchange's public REST. */
export function coinbaseRoutes(app: FastifyInstance, options: FeedsOptions): void {
  const get = (path: string, build: Build): void => {
    app.get(`${BASE}${path}`, (request, reply) => {
      // The real edge refuses callers that do not say who they are.
      if (request.headers["user-agent"] === undefined) {
        return reply.code(400).send({ message: "User-Agent header is required" });
      }
      const fault = options.fault?.("coinbase", request.url) ?? null;
      const tape = options.state()?.spot ?? null;
      const payload = tape && build({ tape, fault, request, reply });
      if (payload === null) return reply.code(404).send({ message: "NotFound" });
      return reply.sent ? reply : send(reply, payload, fault);
    });
  };
  const product: (build: Build) => Build = (build) => (asked) => {
    const isKnown = textOf(asked.request.params, "product") === PRODUCT && !asked.tape.isEmpty;
    return isKnown ? build(asked) : null;
  };
  get("/time", ({ fault }) => {
    const iso = timeText(options.now(), fault);
    return { iso, epoch: Date.parse(iso) / 1_000 };
  });
  get(
    "/products/:product/ticker",
    product(({ tape, fault }) => tickerAnswer(tape, fault)),
  );
  get(
    "/products/:product/stats",
    product(({ tape }) => statsAnswer(tape)),
  );
  get("/products/:product/trades", product(trades));
  get("/products/:product/candles", product(candles));
}

const trades: Build = ({ tape, fault, request, reply }) => {
  const [after, before, limit] = ["after", "before", "limit"].map((name) =>
    countOf(request.query, name),
  );
  const query = { after: after ?? null, before: before ?? null, limit: limit ?? null };
  const { rows, newest, oldest } = tradesAnswer(tape, query, fault);
  reply.header("cb-before", String(newest)).header("cb-after", String(oldest));
  return rows;
};

const candles: Build = ({ tape, request, reply }) => {
  if (textOf(request.query, "granularity") !== MINUTE_SECONDS) {
    return reply.code(400).send({ message: "Unsupported granularity" });
  }
  const start = timeOf(request.query, "start") ?? 0;
  const end = timeOf(request.query, "end") ?? Number.MAX_SAFE_INTEGER;
  return candlesAnswer(tape, { start, end });
};

/**
 * A time of a query, ISO or Unix seconds, in milliseconds; null when there is none or it is not
 * one.
 */
function timeOf(query: unknown, name: string): number | null {
  const text = textOf(query, name) ?? "";
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text);
  return Number.isFinite(ms) ? ms : null;
}
