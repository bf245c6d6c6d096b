import { expect, it } from "vitest";
import { isDatabaseAway } from "./away.ts";

const withCode = (code: string): Error => Object.assign(new Error("no"), { code });

it.each(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "08006", "25006", "53100", "57P01", "58030"])(
  "is away by %s, also where several addresses were tried",
  (code) => {
    expect(isDatabaseAway(withCode(code))).toBe(true);
    expect(isDatabaseAway(new AggregateError([withCode("23505"), withCode(code)]))).toBe(true);
  },
);

it.each(["23505", "22P02", "25001", "40001", "57014", ""])(
  "refuses the row, and is there: %s",
  (code) => {
    expect(isDatabaseAway(withCode(code))).toBe(false);
  },
);
