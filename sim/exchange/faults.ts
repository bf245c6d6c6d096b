import type { FaultKind } from "../faults/faults.ts";

/** What a misbehaving exchange answers instead of the truth. */
export interface SpoiltAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

const JSON_TYPE = "application/json; charset=utf-8";
const HTML = "<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1></body></html>";

/** Kinds that strike before a request is looked at: nothing was done. */
export function answerInstead(kind: FaultKind): SpoiltAnswer | "hang" | null {
  switch (kind) {
    case "html":
      return { status: 200, contentType: "text/html; charset=utf-8", body: HTML };
    case "500":
      return json(500, { error: { code: "internal_server_error", message: "", details: "" } });
    case "429":
      return json(429, { error: { code: "too_many_requests", message: "", details: "" } });
    case "hang":
      return "hang";
    default:
      return null;
  }
}

/** Kinds that strike after the work is done: the truth `body` is hidden or bent. */
export function spoilAnswer(
  kind: FaultKind,
  isWrite: boolean,
  body: string,
): SpoiltAnswer | "hang" | null {
  switch (kind) {
    case "timeout-after-accept":
      return isWrite ? "hang" : null;
    case "500-after-accept":
      return isWrite
        ? json(500, { error: { code: "internal_server_error", message: "", details: "" } })
        : null;
    case "empty-after-accept":
      return isWrite ? json(200, {}) : null;
    case "truncated":
      return { status: 200, contentType: JSON_TYPE, body: body.slice(0, body.length / 2) };
    case "missing-field":
    case "nan":
    case "off-grid":
    case "crossed":
    case "swapped":
      return isWrite ? null : { status: 200, contentType: JSON_TYPE, body: bend(kind, body) };
    default:
      return null;
  }
}

/** What a stream's book message says instead; the same text where the kind means nothing to it. */
export function bend(kind: FaultKind, text: string): string {
  switch (kind) {
    case "missing-field":
      return text
        .replaceAll('"price_dollars"', '"price_renamed"')
        .replaceAll('"yes_dollars"', '"yes_renamed"')
        .replaceAll('"orderbook_fp"', '"orderbook_renamed"')
        .replaceAll('"price_ranges"', '"price_ranges_renamed"')
        .replaceAll('"balance_dollars"', '"balance_renamed"');
    case "nan":
      return text.replace(/"(\d+\.\d{4,6})"/g, '"NaN"');
    case "off-grid":
      return text.replace(/"(0\.\d\d)00"/g, '"$137"');
    case "crossed":
      // A bid of YES at 99 cents where the price of any bid stands.
      return text
        .replace(/"price_dollars":"[^"]*"/, '"price_dollars":"0.9900"')
        .replace(/"yes_dollars":\[/, '"yes_dollars":[["0.9900","100.00"],');
    case "swapped":
      return text
        .replaceAll('"yes', '"\u0000')
        .replaceAll('"no', '"yes')
        .replaceAll('"\u0000', '"no');
    default:
      return text;
  }
}

function json(status: number, body: object): SpoiltAnswer {
  return { status, contentType: JSON_TYPE, body: JSON.stringify(body) };
}
