import { z } from "zod";
import type { BtcSeries } from "../core/domain/btc-contract.ts";
import type { Mode } from "../core/domain/decision.ts";
import { TradingError } from "../core/domain/errors.ts";
import { askLoopback } from "./loopback.ts";

const TIMEOUT_MS = 30_000;
/** A live night looks at the venue and each feed before it begins, and waits for them a while. */
const LOAD_TIMEOUT_MS = 90_000;

/** State of the clock that the player owns. */
const ClockState = z.object({
  nowMs: z.number().int(),
  speed: z.number().positive(),
  isRunning: z.boolean(),
  isDone: z.boolean(),
});
export type ClockState = z.infer<typeof ClockState>;

/** What is being played. The part of the source's manifest that Tipoff itself needs. */
const Manifest = z.looseObject({
  kind: z.enum(["world", "recording", "live"]),
  name: z.string(),
  seed: z.number().int().nullable(),
  date: z.iso.date(),
  startAt: z.number().int(),
  endAt: z.number().int(),
  lacks: z.array(z.string()),
  isDerivedBook: z.boolean(),
  description: z.string(),
  games: z.array(
    z.looseObject({
      eventTicker: z.string(),
      reconstructed: z.array(z.string()),
      lacks: z.array(z.string()).optional(),
    }),
  ),
  bitcoin: z.looseObject({ series: z.array(z.string()) }).optional(),
});
export type PlayedManifest = z.infer<typeof Manifest>;

const PastGame = z.object({
  date: z.iso.date(),
  season: z.number().int(),
  home: z.string(),
  away: z.string(),
  homePoints: z.number().int(),
  awayPoints: z.number().int(),
  isNeutral: z.boolean(),
});

const Partner = z.object({
  eventTicker: z.string(),
  homeProbability: z.number().gt(0).lt(1),
  knownAt: z.number().int(),
});
type PartnerNote = z.infer<typeof Partner>;

const PlayerState = z.looseObject({
  loaded: z.string().nullable(),
  /** What was asked for; spread and mode only where they were named. */
  request: z
    .looseObject({
      spreadCents: z.number().int().optional(),
      mode: z.enum(["shadow", "paper"]).optional(),
    })
    .nullable(),
  isDone: z.boolean(),
  resting: z.number().int(),
});

/**
 * Whether what is loaded is known to be for another mode than this: its account is then of other books. A night
 * that was loaded without a mode is taken for anybody's.
 */
export function isOfOtherMode(
  { request }: Pick<z.infer<typeof PlayerState>, "request">,
  mode: Mode,
): boolean {
  return (request?.mode ?? mode) !== mode;
}

/** How the exchange says no. */
const Refusal = z.object({
  error: z.object({
    message: z.string(),
    details: z.string().default(""),
    next_step: z.string().optional(),
  }),
});

/** What a night is loaded with. */
interface LoadRequest {
  readonly source: string;
  readonly speed: number;
  readonly games?: number;
  /** Bitcoin series that a world plays, and for how long; with them `games` may be 0. */
  readonly series?: readonly BtcSeries[];
  readonly hours?: number;
  readonly edge?: "default" | "none";
  readonly date?: string;
  readonly startingCashUsd: number;
  /** Whose books the account is of. */
  readonly mode?: Mode;
  readonly spreadCents?: number;
  /** Begins at the start, in the place of what is loaded, also of a night that is unfinished and holds nothing. */
  readonly isAnew?: boolean;
}

/** The control side of the exchange process: its clock, its source and its faults. Loopback only. */
export interface ExchangeControl {
  clock(): Promise<ClockState>;
  lease(holder: string, ttlMs: number): Promise<ClockState>;
  load(request: LoadRequest): Promise<void>;
  /** Run time per wall time from now on, 1 to 240. */
  setSpeed(speed: number): Promise<void>;
  /** Pauses trading on a shard, or ends the pause. */
  setTrading(exchangeIndex: number, isTradingActive: boolean): Promise<void>;
  manifest(): Promise<PlayedManifest>;
  pastGames(): Promise<readonly z.infer<typeof PastGame>[]>;
  partners(): Promise<readonly PartnerNote[]>;
  state(): Promise<z.infer<typeof PlayerState>>;
  addFault(fault: Record<string, unknown>): Promise<void>;
  clearFaults(): Promise<void>;
}

/** Opens the control side of the exchange at `baseUrl`, such as `http://127.0.0.1:7440`. */
export function createExchangeControl(baseUrl: string): ExchangeControl {
  const call = async <T>(
    method: string,
    path: string,
    schema: z.ZodType<T>,
    body?: object,
    timeoutMs = TIMEOUT_MS,
  ): Promise<T> => {
    const { status, text } = await send(method, `${baseUrl}/sim/v1/${path}`, timeoutMs, body);
    if (status < 200 || status > 299) {
      // A fault of what stands behind the exchange passes; what it refuses, it refuses again.
      const code = status >= 500 ? "VENUE_UNAVAILABLE" : "VENUE_REFUSED";
      throw new TradingError(code, { path, status, ...reasonIn(text) });
    }
    return schema.parse(text === "" ? undefined : JSON.parse(text));
  };
  const done = z.unknown();
  return {
    clock: () => call("GET", "clock", ClockState),
    lease: (holder, ttlMs) => call("POST", "lease", ClockState, { holder, ttlMs }),
    load: async (request) => {
      await call("POST", "load", done, request, LOAD_TIMEOUT_MS);
    },
    setSpeed: async (speed) => {
      await call("POST", "speed", done, { speed });
    },
    setTrading: async (exchangeIndex, isTradingActive) => {
      await call("POST", "shard", done, { exchangeIndex, isTradingActive });
    },
    manifest: () => call("GET", "manifest", Manifest),
    pastGames: () => call("GET", "past-games", z.array(PastGame)),
    partners: () => call("GET", "partners", z.array(Partner)),
    state: () => call("GET", "state", PlayerState),
    addFault: async (fault) => {
      await call("POST", "fault", done, fault);
    },
    clearFaults: async () => {
      await call("DELETE", "fault", done);
    },
  };
}

/** Why, and what to do, as the exchange said it. */
function reasonIn(text: string): { readonly reason: string; readonly nextStep?: string } {
  const { success, data } = z.preprocess(parsed, Refusal).safeParse(text);
  if (!success) return { reason: text.slice(0, 500) };
  const { message, details, next_step: nextStep } = data.error;
  const reason = [message, details].filter((part) => part !== "").join(": ");
  return { reason, ...(nextStep !== undefined && { nextStep }) };
}

function parsed(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return null;
  }
}

async function send(method: string, url: string, timeoutMs: number, body?: object) {
  try {
    return await askLoopback(url, { method, body, timeoutMs });
  } catch (error) {
    throw new TradingError("VENUE_UNAVAILABLE", { url, reason: String(error) }, { cause: error });
  }
}
