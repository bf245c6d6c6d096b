import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { instant, usdMicros } from "../../../core/domain/units.ts";
import { FAULT_KINDS, FAULT_TARGETS, type FaultBook } from "../../faults/faults.ts";
import { SPEED_RANGE } from "../clock.ts";
import { ApiError } from "../errors.ts";
import type { Night } from "../night.ts";
import type { Nights } from "../nights.ts";
import { NBA_SHARD } from "../shards.ts";
import { LoadRequest } from "../sources.ts";
import { parseBody } from "./order-requests.ts";

const Lease = z.object({ holder: z.string().min(1), ttlMs: z.number().min(50).max(5_000) });
const Speed = z.object({ speed: z.number().min(SPEED_RANGE.min).max(SPEED_RANGE.max) });
const ShardRequest = z.strictObject({
  exchangeIndex: z.number().int().default(NBA_SHARD),
  isExchangeActive: z.boolean().default(true),
  isTradingActive: z.boolean().default(true),
});
const FaultRequest = z.strictObject({
  target: z.enum(FAULT_TARGETS),
  kind: z.enum(FAULT_KINDS),
  match: z.string().min(1).nullable().default(null),
  untilMs: z.number().int().nullable().default(null),
});
const Transfer = z.strictObject({
  /** Negative takes out. */
  amountUsd: z
    .number()
    .refine((usd) => usd !== 0 && Math.abs(usd) <= 1e6, "more than nothing, at most 1,000,000"),
});
const FaultId = z.object({ id: z.coerce.number().int().optional() });

const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/;

export interface ControlOptions {
  readonly nights: Nights;
  readonly faults: FaultBook;
  readonly connections: () => number;
}

/** `/sim/v1`: the clock, the source, the owner's money and the faults. Unsigned, so for this machine only. */
export function controlRoutes(app: FastifyInstance, options: ControlOptions): void {
  const { nights, faults } = options;
  const need = (): Night => {
    if (nights.night !== null) return nights.night;
    throw new ApiError(404, "not_found", "no night is loaded", "POST /sim/v1/load first");
  };
  app.addHook("onRequest", async (request) => {
    if (!LOOPBACK.test(request.ip)) {
      throw new ApiError(403, "forbidden", "the control side answers this machine only");
    }
    await nights.night?.catchUp();
  });
  app.get("/clock", () => clockState(nights.night));
  app.post("/lease", ({ body }) => {
    const { ttlMs } = parseBody(Lease, body);
    nights.night?.clock.renewLease(ttlMs);
    return clockState(nights.night);
  });
  app.post("/load", async ({ body }) => {
    const night = await nights.load(parseBody(LoadRequest, body));
    return { manifest: night.manifest, clock: clockState(night) };
  });
  app.post("/speed", async ({ body }) => {
    const { speed } = parseBody(Speed, body);
    await need().setSpeed(speed);
    return clockState(nights.night);
  });
  app.get("/manifest", () => need().manifest);
  app.get("/past-games", () => need().source.pastGames);
  app.get("/state", () => ({
    loaded: nights.request?.source ?? null,
    request: nights.request,
    ...clockState(nights.night),
    connections: options.connections(),
    resting: nights.night?.engine.account.resting.size ?? 0,
    faults: faults.list(nights.night?.playedTo ?? instant(0)),
  }));
  // What its owner does at the bank; the API itself moves no money.
  app.post("/transfer", async ({ body }) => {
    const { amountUsd } = parseBody(Transfer, body);
    const transferId = randomUUID();
    await need().transfer(transferId, usdMicros(Math.round(amountUsd * 100) * 10_000));
    return { transferId };
  });
  app.post("/shard", async ({ body }) => {
    const { exchangeIndex, ...activity } = parseBody(ShardRequest, body);
    await need().setShard({ kind: "shard", exchangeIndex, ...activity });
    return { shards: need().engine.shards.statuses(need().playedTo) };
  });
  app.post("/fault", ({ body }) => faults.add(parseBody(FaultRequest, body)));
  app.delete("/fault", ({ query }) => ({ ended: faults.clear(parseBody(FaultId, query).id) }));
}

/** Time as it may be shown: no later than what was played. */
function clockState(night: Night | null): object {
  if (night === null) return { nowMs: 0, speed: 1, isRunning: false, isDone: false };
  const { clock, playedTo, isDone } = night;
  return { nowMs: playedTo, speed: clock.speed, isRunning: clock.isRunning, isDone };
}
