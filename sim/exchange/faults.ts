import type { FaultKind } from "../faults/faults.ts";

/** What a misbehaving exchange answers instead of the truth. */
interface SpoiltAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

const JSON_TYPE = "application/json; charset=utf-8";
const HTML = "<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1></body></html>";

const SERVER_ERROR = refusal(500, "internal_server_error", "internal server error");

/** What the caller gets instead of the answer: another one, none at all, or a closed connection. */
export type Spoilt = SpoiltAnswer | "hang" | "reset";

/** Kinds that strike before a request is looked at: nothing was done. */
export function answerInstead(kind: FaultKind): Spoilt | null {
  if (kind === "hang" || kind === "reset") return kind;
  // A key that was revoked, as the venue says it.
  if (kind === "401") return refusal(401, "authentication_error", "authentication error");
  if (kind === "404") return refusal(404, "not_found", "not found");
  if (kind === "409") return refusal(409, "conflict", "conflict");
  if (kind === "html") return { status: 200, contentType: "text/html; charset=utf-8", body: HTML };
  if (kind === "500") return SERVER_ERROR;
  if (kind === "429") return json(429, { error: "too many requests" });
  return null;
}

/** Kinds that strike after the work is done: the true `body` is hidden or bent. */
export function spoilAnswer(kind: FaultKind, isWrite: boolean, body: string): Spoilt | null {
  if (kind === "truncated") {
    return { status: 200, contentType: JSON_TYPE, body: body.slice(0, body.length / 2) };
  }
  if (!isWrite) {
    return kind in BENDS ? { status: 200, contentType: JSON_TYPE, body: bend(kind, body) } : null;
  }
  if (kind === "timeout-after-accept") return "hang";
  if (kind === "reset-after-accept") return "reset";
  if (kind === "500-after-accept") return SERVER_ERROR;
  if (kind === "empty-after-accept") return json(200, {});
  return null;
}

/** Fields that somebody prices with, by the names they lose. */
const PRICED = ["price_dollars", "yes_dollars", "orderbook_fp", "price_ranges", "balance_dollars"];

const BENDS: Partial<Record<FaultKind, (text: string) => string>> = {
  "missing-field": (text) =>
    PRICED.reduce((bent, name) => bent.replaceAll(`"${name}"`, `"${name}_renamed"`), text),
  nan: (text) => text.replace(/"\d+\.\d{4,6}"/g, '"NaN"'),
  "off-grid": (text) => text.replace(/"(0\.\d\d)00"/g, '"$137"'),
  // A bid of YES at 99 cents where the price of any bid stands.
  crossed: (text) =>
    text
      .replace(/"price_dollars":"[^"]*"/, '"price_dollars":"0.9900"')
      .replace(/"(yes_dollars(?:_fp)?)":\[/, '"$1":[["0.9900","100.00"],'),
  swapped: (text) =>
    text.replace(/"(yes|no)(?=["_])/g, (_match, side) => (side === "yes" ? '"no' : '"yes')),
  // The account's read side, which lags behind the engine and promises no sequence.
  "empty-list": (text) => bendLists(text, () => []),
  doubled: (text) => bendLists(text, (items) => items.flatMap((item) => [item, item])),
  reversed: (text) => bendLists(text, (items) => items.toReversed()),
  "uncounted-fills": (text) =>
    text.replaceAll(/"fill_count_fp":"[^"]*"/g, '"fill_count_fp":"0.00"'),
};

function bendLists(text: string, change: (items: unknown[]) => unknown[]): string {
  const payload = JSON.parse(text) as Record<string, unknown>; // Our own answer: an object.
  const bent = Object.entries(payload).map(([name, value]) => [
    name,
    Array.isArray(value) ? change(value) : value,
  ]);
  return JSON.stringify(Object.fromEntries(bent));
}

/** A payload or a stream's message as the fault has it; the same text where it means nothing to it. */
export function bend(kind: FaultKind, text: string): string {
  return BENDS[kind]?.(text) ?? text;
}

function refusal(status: number, code: string, message: string): SpoiltAnswer {
  return json(status, { error: { code, message, details: "" } });
}

function json(status: number, body: object): SpoiltAnswer {
  return { status, contentType: JSON_TYPE, body: JSON.stringify(body) };
}
