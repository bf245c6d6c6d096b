import type { FaultKind } from "../faults/faults.ts";

/** A response before it leaves: status, content type and body. */
export interface FeedAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

const JSON_TYPE = "application/json; charset=utf-8";

/** The healthy answer. */
export function jsonAnswer(payload: object, status = 200): FeedAnswer {
  return textAnswer(JSON.stringify(payload), status);
}

function textAnswer(body: string, status = 200): FeedAnswer {
  return { status, contentType: JSON_TYPE, body };
}

/**
 * What a misbehaving feed answers instead.
 *
 * @returns `null` when it answers nothing at all and leaves the caller hanging.
 */
export function spoil(payload: object, kind: FaultKind): FeedAnswer | null {
  switch (kind) {
    case "hang":
      return null;
    case "html":
      return {
        status: 200,
        contentType: "text/html; charset=utf-8",
        body: "<!DOCTYPE html><html><body><h1>Access to this page has been denied</h1></body></html>",
      };
    case "500":
      return jsonAnswer({ code: 500, message: "internal server error" }, 500);
    case "429":
      return jsonAnswer({ code: 429, message: "too many requests" }, 429);
    case "truncated": {
      const whole = JSON.stringify(payload);
      return textAnswer(whole.slice(0, whole.length / 2));
    }
    case "missing-field":
      return textAnswer(rewrite(payload, withoutField));
    case "nan":
      return textAnswer(rewrite(payload, notANumber));
    case "swapped":
      return textAnswer(rewrite(payload, swapped));
    case "frozen-clock":
      return textAnswer(rewrite(payload, frozen));
    case "off-grid":
    case "crossed":
    case "timeout-after-accept":
    case "500-after-accept":
    case "empty-after-accept":
    case "reset-after-accept":
    case "401":
    case "404":
    case "409":
    case "reset":
    case "empty-list":
    case "doubled":
    case "reversed":
    case "uncounted-fills":
    case "stream-gap":
    case "stream-stall":
    case "stream-drop":
    case "jump":
    case "skew":
      // Of the venue, or of a stream, or acted out where the payload is made.
      return jsonAnswer(payload);
  }
}

type Fields = Readonly<Record<string, unknown>>;

/** The payload's text with every object in it changed, from the outside in. */
function rewrite(payload: object, change: (fields: Fields) => Fields): string {
  return JSON.stringify(payload, (_key, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? change({ ...value })
      : value,
  );
}

/** Fields that somebody prices with. */
const PRICED = ["score", "homeWinPercentage", "scoreHome", "scoreAway", "price"];

function withoutField(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).filter(
      // An injury's status is a text; a game's is an object, whose parts are left alone.
      ([key, value]) => !PRICED.includes(key) && !(key === "status" && typeof value === "string"),
    ),
  );
}

function notANumber(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key, PRICED.includes(key) ? "NaN" : value]),
  );
}

/** Pairs whose values change places when home and away are mistaken for one another. */
const PAIRS = [
  ["homeTeam", "awayTeam"],
  ["homeWinPercentage", "awayWinPercentage"],
  ["scoreHome", "scoreAway"],
] as const;

function swapped(fields: Fields): Fields {
  const changed = { ...fields };
  for (const [home, away] of PAIRS) {
    if (home in fields && away in fields) {
      changed[home] = fields[away];
      changed[away] = fields[home];
    }
  }
  const side = fields["homeAway"];
  if (side !== undefined) changed["homeAway"] = side === "home" ? "away" : "home";
  return changed;
}

/** A running clock stands at six minutes while scores and plays go on; a stopped one is left. */
function frozen(fields: Fields): Fields {
  const changed = { ...fields };
  if (typeof fields["clock"] === "number" && fields["clock"] > 0) {
    changed["clock"] = 360;
    changed["displayClock"] = "6:00";
  }
  for (const key of ["clock", "gameClock"]) {
    const value = fields[key];
    if (typeof value === "string" && /[1-9]/.test(value)) changed[key] = "PT06M00.00S";
  }
  return changed;
}
