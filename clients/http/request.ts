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

/** Sends one request and says what came; throws for nothing that the wire can do. */
export async function request(req: HttpRequest, clock: RunClock): Promise<HttpOutcome> {
  const fetchedAt = clock.now();
  const timeout = AbortSignal.timeout(req.timeoutMs);
  const at = (): { fetchedAt: Instant; receivedAt: Instant } => ({
    fetchedAt,
    receivedAt: clock.now(),
  });
  try {
    const response = await fetch(req.url, {
      method: req.method,
      headers: { accept: "application/json", ...req.headers },
      ...(req.body === undefined ? {} : { body: req.body }),
      // A redirect would carry signed headers to a host that nobody allowed.
      redirect: "manual",
      signal: timeout,
    });
    const { text, isWhole } = await readText(response, req.maxBytes ?? MAX_BYTES);
    return { ...at(), ...judge(response, text, isWhole) };
  } catch (error) {
    if (timeout.aborted) return { ...at(), kind: "timeout" };
    return { ...at(), kind: "network", reason: networkReason(error) };
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

function judge(response: Response, body: string, isWhole: boolean): Judged {
  const { status } = response;
  const type = response.headers.get("content-type") ?? "";
  const isJson = /^application\/(?:[a-z.-]+\+)?json\b/i.test(type);
  const json = isWhole && isJson && body !== "" ? parseJson(body) : undefined;
  if (!response.ok) {
    const retryAfterMs = readRetryAfter(response.headers.get("retry-after"));
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

async function readText(
  response: Response,
  maxBytes: number,
): Promise<{ text: string; isWhole: boolean }> {
  if (response.body === null) return { text: "", isWhole: true };
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  const chunks: AsyncIterable<Uint8Array> = response.body;
  for await (const chunk of chunks) {
    bytes += chunk.byteLength;
    // Leaving the loop cancels the stream, and with it the rest of the download.
    if (bytes > maxBytes) return { text: text.slice(0, KEPT_OF_TOO_LARGE), isWhole: false };
    text += decoder.decode(chunk, { stream: true });
  }
  return { text: text + decoder.decode(), isWhole: true };
}

/** @returns `undefined` when the text is not JSON: no JSON text reads as undefined. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function networkReason(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return "code" in cause && typeof cause.code === "string" ? cause.code : cause.message;
}
