import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { Agent, type Dispatcher, request as send } from "undici";
import type { RunClock } from "../../core/domain/time.ts";
import type { Instant } from "../../core/domain/units.ts";

/** One request. Times out on the wall clock: sockets do not run on simulated time. */
export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs: number;
  /** Answers beyond this are cut off and refused. */
  readonly maxBytes?: number;
}

/** What came of it. `fetchedAt` and `receivedAt` are run time: when we asked, when all was here. */
export type HttpOutcome = {
  readonly fetchedAt: Instant;
  readonly receivedAt: Instant;
} & (
  | { readonly kind: "ok"; readonly status: number; readonly body: string; readonly json: unknown }
  /** Not a 2xx; redirects are not followed and end here. */
  | {
      readonly kind: "http-error";
      readonly status: number;
      readonly body: string;
      readonly json: unknown;
      /** What the host asks to wait before the next request, wall time; null when it does not say. */
      readonly retryAfterMs: number | null;
    }
  /** A 2xx that is not JSON by its content type or by its text, or is too large. */
  | {
      readonly kind: "invalid";
      readonly status: number;
      readonly body: string;
      readonly reason: string;
    }
  | { readonly kind: "timeout" }
  | { readonly kind: "network"; readonly reason: string }
);

const MAX_BYTES = 32 * 1024 * 1024;
/** Enough of a bad answer to recognise it by. */
const KEPT_OF_TOO_LARGE = 4_096;

/**
 * All requests share its connections. The same client as the platform's `fetch`, without its web streams:
 * half the processor time, and a board is asked for several times a second in each game.
 */
const dispatcher = new Agent();
const USUAL_HEADERS = { accept: "application/json", "accept-encoding": "gzip" } as const;
const unpack = promisify(gunzip);

/**
 * Sends one request and says what came; throws for nothing that the wire can do. Redirects are not
 * followed: they would carry signed headers to a host that nobody allowed.
 */
export async function request(req: HttpRequest, clock: RunClock): Promise<HttpOutcome> {
  const { method, url, body = null, timeoutMs, maxBytes = MAX_BYTES } = req;
  const fetchedAt = clock.now();
  const timeout = new AbortController();
  const timer = setTimeout(() => {
    timeout.abort();
  }, timeoutMs);
  const at = (): { fetchedAt: Instant; receivedAt: Instant } => ({
    fetchedAt,
    receivedAt: clock.now(),
  });
  try {
    const headers = { ...USUAL_HEADERS, ...req.headers };
    const { signal } = timeout;
    const response = await send(url, { method, headers, body, dispatcher, signal });
    const answer = await readText(response, maxBytes);
    return { ...at(), ...judge(response, answer) };
  } catch (error) {
    if (timeout.signal.aborted) return { ...at(), kind: "timeout" };
    return { ...at(), kind: "network", reason: networkReason(error) };
  } finally {
    clearTimeout(timer);
  }
}

type Judged =
  | { kind: "ok"; status: number; body: string; json: unknown }
  | {
      kind: "http-error";
      status: number;
      body: string;
      json: unknown;
      retryAfterMs: number | null;
    }
  | { kind: "invalid"; status: number; body: string; reason: string };

function judge({ statusCode: status, headers }: Response, { text: body, isWhole }: Answer): Judged {
  const type = headerOf(headers, "content-type") ?? "";
  const isJson = /^application\/(?:[a-z.-]+\+)?json\b/i.test(type);
  const json = isWhole && isJson && body !== "" ? parseJson(body) : undefined;
  if (status < 200 || status > 299) {
    const retryAfterMs = readRetryAfter(headerOf(headers, "retry-after"));
    return { kind: "http-error", status, body, json, retryAfterMs };
  }
  if (!isWhole) return { kind: "invalid", status, body, reason: "answer is too large" };
  if (body === "") return { kind: "ok", status, body, json: null };
  if (!isJson) {
    return { kind: "invalid", status, body, reason: `content type is ${type || "missing"}` };
  }
  if (json === undefined) return { kind: "invalid", status, body, reason: "text is not JSON" };
  return { kind: "ok", status, body, json };
}

/** Only seconds are read: a date would be compared with a clock that may be wrong. */
function readRetryAfter(header: string | null): number | null {
  return header !== null && /^\d{1,6}$/.test(header.trim()) ? Number(header) * 1_000 : null;
}

type Response = Pick<Dispatcher.ResponseData, "statusCode" | "headers" | "body">;

/** A body as text; only its beginning when it is too large. */
interface Answer {
  readonly text: string;
  readonly isWhole: boolean;
}

async function readText({ headers, body }: Response, maxBytes: number): Promise<Answer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Boundary cast: a body is typed as a stream of anything.
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.byteLength;
    // Leaving the loop ends the connection, and with it the rest of the download.
    if (bytes > maxBytes) return cutOff(Buffer.concat(chunks));
  }
  const whole = Buffer.concat(chunks);
  if (headerOf(headers, "content-encoding") !== "gzip") return wholeAnswer(whole);
  try {
    return wholeAnswer(await unpack(whole, { maxOutputLength: maxBytes }));
  } catch (error) {
    if (codeOf(error) === "ERR_BUFFER_TOO_LARGE") return cutOff(whole);
    throw error;
  }
}

const UTF_8 = new TextDecoder();

function wholeAnswer(bytes: Buffer): Answer {
  return { text: UTF_8.decode(bytes), isWhole: true };
}

function cutOff(bytes: Buffer): Answer {
  return { text: UTF_8.decode(bytes.subarray(0, KEPT_OF_TOO_LARGE)), isWhole: false };
}

/** A header; the first where there are several of it. */
function headerOf(headers: Response["headers"], name: string): string | null {
  const found = headers[name];
  return (Array.isArray(found) ? found[0] : found) ?? null;
}

/** @returns `undefined` when the text is not JSON: no JSON text reads as undefined. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The system's code where there is one. */
function networkReason(error: unknown): string {
  return codeOf(error) ?? (error instanceof Error ? error.message : "unknown");
}

function codeOf(error: unknown): string | null {
  const hasCode = error instanceof Error && "code" in error && typeof error.code === "string";
  return hasCode ? String(error.code) : null;
}
