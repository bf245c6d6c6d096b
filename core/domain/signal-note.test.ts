import { expect, it } from "vitest";
import { passOn, readSignalNote } from "./signal-note.ts";

it.each([undefined, null, 7, "stop", [], {}, { reason: 3, by: "" }])(
  "reads a note of anything: %j",
  (payload) => {
    expect(readSignalNote(payload)).toEqual({
      reason: "no reason given",
      by: "signal",
      isPassedOn: false,
    });
  },
);

it("keeps who and why when it is passed on, and says so", () => {
  const sent = passOn({ reason: "a strange price", by: "ada", level: "x" }, "trading-day/1");
  expect(sent).toEqual({ reason: "a strange price", by: "ada", passedOnBy: "trading-day/1" });
  expect(readSignalNote(sent)).toEqual({ reason: "a strange price", by: "ada", isPassedOn: true });
});
