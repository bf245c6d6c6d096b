import Fastify from "fastify";
import { required } from "../../core/domain/assert.ts";
import { type Instant, instant } from "../../core/domain/units.ts";
import type { Fact, FactSource } from "../facts.ts";
import type { FaultKind, FaultTarget } from "../faults/faults.ts";
import { feedsPlugin } from "./plugin.ts";
import { FeedState } from "./state.ts";

/** Feeds served over real HTTP for tests, and set to any moment of a night. */
export interface ServedFeeds {
  /** Shows what had been received by then, and nothing later. */
  playTo(at: number): void;
  /** Puts a fault in force, or ends it. */
  setFault(kind: FaultKind | null): void;
  /** Targets and paths the fault hook was asked about. */
  readonly asked: readonly (readonly [FaultTarget, string])[];
  readonly baseUrl: string;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** The parsed body; fails unless the answer is 200. The NBA's referer is sent. */
  get(path: string): Promise<unknown>;
  close(): Promise<void>;
}

const NBA_REFERER = { referer: "https://www.nba.com/" };

/** Serves the feeds of a source on a port of its own. */
export async function serveFeeds(
  source: Pick<FactSource, "manifest" | "pastGames">,
  facts: readonly Fact[],
): Promise<ServedFeeds> {
  let state = new FeedState(source);
  let now: Instant = source.manifest.startAt;
  let fault: FaultKind | null = null;
  const asked: [FaultTarget, string][] = [];
  const app = Fastify({ forceCloseConnections: true });
  await app.register(feedsPlugin, {
    state: () => state,
    now: () => now,
    fault: (target: FaultTarget, path: string) => {
      asked.push([target, path]);
      return fault;
    },
  });
  const base = await app.listen({ port: 0, host: "127.0.0.1" });
  const fetchPath = (path: string, init?: RequestInit): Promise<Response> =>
    fetch(base + path, init);
  return {
    asked,
    baseUrl: base,
    fetch: fetchPath,
    playTo: (at) => {
      state = new FeedState(source);
      now = instant(at);
      for (const fact of facts) if (fact.receivedAt <= at) state.apply(fact);
    },
    setFault: (kind) => {
      fault = kind;
    },
    get: async (path) => {
      const response = await fetchPath(path, { headers: NBA_REFERER });
      if (response.status !== 200) throw new Error(`${path} answered ${response.status}`);
      return response.json();
    },
    close: () => app.close(),
  };
}

/** The value at a dotted path such as `events.0.status`; undefined where there is none. */
export function pick(value: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((inner, key) => {
    if (typeof inner !== "object" || inner === null) return undefined;
    const entries = new Map<string, unknown>(Object.entries(inner));
    return key === "-1" ? [...entries.values()].at(-1) : entries.get(key);
  }, value);
}

/** The list at a dotted path. */
export function rows(value: unknown, path: string): readonly unknown[] {
  const list = pick(value, path);
  if (!Array.isArray(list)) throw new Error(`${path} is not a list`);
  return list;
}

/** The text or number at a dotted path, as a number. */
export function number(value: unknown, path: string): number {
  return Number(required(pick(value, path), path));
}
