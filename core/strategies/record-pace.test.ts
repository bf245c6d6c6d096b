import { describe, expect, it } from "vitest";
import { instant } from "../domain/units.ts";
import { RecordPace } from "./record-pace.ts";

const RULES = { decisionIntervalMs: 60_000, verdictIntervalMs: 5_000 };
const FIRST = 1_790_000_000_000;
const at = (seconds: number) => instant(FIRST + seconds * 1_000);
const say = (...codes: string[]) => codes.map((code) => ({ code }));

describe("RecordPace", () => {
  it("keeps the first decision, then a sign of life a minute after the last one kept", () => {
    const pace = new RecordPace(RULES);
    expect(pace.why(say("hold"), false, false, at(0))).toBe("verdict-changed");
    expect(pace.why(say("hold"), false, false, at(59))).toBeNull();
    expect(pace.isDue(at(60))).toBe(true);
    expect(pace.why(say("hold"), false, false, at(60))).toBe("interval");
    expect(pace.why(say("hold"), false, false, at(61))).toBeNull();
  });

  it("keeps a changed verdict once five seconds have gone by, against the last that was kept", () => {
    const pace = new RecordPace(RULES);
    pace.why(say("hold", "closing"), false, false, at(0));
    expect(pace.why(say("hold", "not_live"), false, false, at(4))).toBeNull();
    expect(pace.why(say("hold", "closing"), false, false, at(5))).toBeNull();
    expect(pace.why(say("hold", "not_live"), false, false, at(6))).toBe("verdict-changed");
  });

  it("keeps every proposal and every new phase at once", () => {
    const pace = new RecordPace(RULES);
    pace.why(say("hold"), false, false, at(0));
    expect(pace.why(say("propose"), true, false, at(1))).toBe("proposal");
    expect(pace.why(say("propose"), true, false, at(1))).toBe("proposal");
    expect(pace.why(say("hold"), false, true, at(2))).toBe("phase");
  });
});
