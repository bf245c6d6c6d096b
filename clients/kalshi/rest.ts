import type { z } from "zod";
import { TradingError } from "../../core/domain/errors.ts";
import type { RunClock } from "../../core/domain/time.ts";
import type { Sending } from "../../core/domain/venue.ts";
import { type Jitter, retryRead } from "../http/backoff.ts";
import { faultOf, parsePayload } from "../http/payload.ts";
import type { FeedFault } from "../../core/domain/feeds.ts";
import { type HttpOutcome, request } from "../http/request.ts";
import type { RateBudget } from "../http/token-bucket.ts";
import { readFailure, worthAsking } from "./answers.ts";
import type { DriftSentinel } from "./drift.ts";
import type { Signer } from "./sign.ts";

/** Query parameters; undefined ones are left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** One write; its cost is taken from the write budget first. */
export interface Write {
  readonly method: "POST" | "PUT" | "DELETE";
  readonly path: string;
  readonly query?: Query;
  readonly body?: object;
  readonly cost: number;
  readonly timeoutMs: number;
  /** Sent even when the budget stays empty for the whole timeout: for what only reduces risk. */
  readonly isUrgent: boolean;
  /** The sender's last word; without it only the budget is asked. */
  readonly sending?: Sending;
}

export interface RestOptions {
  /** Up to and with `/trade-api/v2`. */
  readonly baseUrl: string;
  /** Null asks without a signature: public data only. */
  readonly signer: Signer | null;
  readonly clock: RunClock;
  readonly budget: RateBudget;
  /** Whether its requests go before those of others that share the budget. */
  readonly goesFirst: boolean;
  readonly drift: DriftSentinel;
  readonly readTimeoutMs: number;
  readonly jitter: Jitter;
}

const READ_COST = 10;
const READ_RETRY = { attempts: 4, firstMs: 100, maxMs: 1_000 };
/** More pages than any account or slate has; a cursor that goes in circles ends here at the latest. */
const PAGES_MAX = 500;

/** Signed requests to one host of the venue. Reads are repeated while it helps; writes never are. */
export class KalshiRest {
  readonly #options: RestOptions;
  constructor(options: RestOptions) {
    this.#options = options;
  }

  /** @throws TradingError by what came instead of the answer. */
  async read<T>(path: string, query: Query, schema: z.ZodType<T>, cost = READ_COST): Promise<T> {
    const outcome = await this.#ask(path, query, cost);
    if (outcome.kind !== "ok") throw readFailure(path, outcome);
    return this.#parse(schema, outcome.json);
  }

  /** As `read`, but null where the venue knows no such thing. */
  async find<T>(
    path: string,
    query: Query,
    schema: z.ZodType<T>,
    cost = READ_COST,
  ): Promise<T | null> {
    const outcome = await this.#ask(path, query, cost);
    if (outcome.kind === "http-error" && outcome.status === 404) return null;
    if (outcome.kind !== "ok") throw readFailure(path, outcome);
    return this.#parse(schema, outcome.json);
  }

  /** Walks all pages of a list, the same filters on each. */
  async pages<Page extends { readonly cursor?: string | null | undefined }, Item>(
    path: string,
    query: Query,
    schema: z.ZodType<Page>,
    itemsOf: (page: Page) => readonly Item[],
  ): Promise<Item[]> {
    const items: Item[] = [];
    const seen = new Set<string>();
    let cursor: string | undefined;
    do {
      const page = await this.read(path, { ...query, cursor }, schema);
      items.push(...itemsOf(page));
      cursor = page.cursor === null || page.cursor === "" ? undefined : page.cursor;
      if (cursor !== undefined && (seen.has(cursor) || seen.size >= PAGES_MAX)) {
        // Half a list taken for the whole would prove absences that are none.
        throw new TradingError("VENUE_UNAVAILABLE", { path, reason: "pages do not end" });
      }
      if (cursor !== undefined) seen.add(cursor);
    } while (cursor !== undefined);
    return items;
  }

  /** Reads the items of a list one by one: what is wrong with one is told, and it is left out. */
  readEach<T>(
    schema: z.ZodType<T>,
    items: readonly unknown[],
    what: { readonly path: string; readonly idOf: (item: unknown) => string | null },
    onInvalid: (fault: FeedFault) => void,
  ): T[] {
    return items.flatMap((item) => {
      this.#options.drift.observe(`rest.${what.path}`, schema, item);
      const { success, data, error } = schema.safeParse(item);
      if (success) return [data];
      onInvalid(faultOf("kalshi", error, { path: what.path, externalId: what.idOf(item) }));
      return [];
    });
  }

  /** Waits for the write budget. @returns false when it does not allow this cost in time. */
  pay(cost: number, withinMs: number): Promise<boolean> {
    const { budget, goesFirst } = this.#options;
    return budget.write.take(cost, withinMs, goesFirst);
  }

  /** Sends once. @returns `null` when nothing was sent: the budget did not allow it in time, or the sender not. */
  async write(write: Write): Promise<HttpOutcome | null> {
    const isPaid = write.sending?.isPaid === true || (await this.pay(write.cost, write.timeoutMs));
    if (!isPaid && !write.isUrgent) return null;
    const url = this.#url(write.path, write.query ?? {});
    // A content type without content is refused by strict servers, and a cancel with it.
    const content = write.body === undefined ? {} : { "content-type": "application/json" };
    const headers = { ...this.#sign(write.method, url), ...content };
    if (write.sending?.maySend() === false) return null;
    return request(
      {
        method: write.method,
        url: url.href,
        headers,
        ...(write.body === undefined ? {} : { body: JSON.stringify(write.body) }),
        timeoutMs: write.timeoutMs,
      },
      this.#options.clock,
    );
  }

  #ask(path: string, query: Query, cost: number): Promise<HttpOutcome> {
    const { budget, goesFirst, clock, readTimeoutMs, jitter } = this.#options;
    const url = this.#url(path, query);
    const once = async (): Promise<HttpOutcome> => {
      await budget.read.take(cost, readTimeoutMs, goesFirst);
      const headers = this.#sign("GET", url);
      return request({ method: "GET", url: url.href, headers, timeoutMs: readTimeoutMs }, clock);
    };
    return retryRead(once, worthAsking, READ_RETRY, jitter);
  }

  #parse<T>(schema: z.ZodType<T>, json: unknown): T {
    this.#options.drift.observe("rest", schema, json);
    return parsePayload("kalshi", schema, json);
  }

  #url(path: string, query: Query): URL {
    const url = new URL(this.#options.baseUrl + path);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    return url;
  }

  #sign(method: string, url: URL): Record<string, string> {
    return this.#options.signer?.(method, url.pathname) ?? {};
  }
}

/**
 * A lower bound in the venue's whole seconds, a second early: whether its bound counts itself is not
 * documented. The exact filter is the caller's.
 */
export function toMinTs(since: number): number {
  return Math.max(0, Math.floor(since / 1_000) - 1);
}
