import { afterEach, expect, it, vi } from "vitest";
import type { ReconcileResult } from "../activities/reconcile.ts";
import { captureOutput } from "../test/support/captured-output.ts";
import { tellComparison } from "./comparison-view.ts";

const NOTHING: ReconcileResult = {
  ordersFollowed: 0,
  differences: [],
  foreign: [],
  transfersBooked: 0,
  corrections: { booked: [], refused: [] },
  cash: null,
};

afterEach(() => {
  vi.restoreAllMocks();
});

function told(result: ReconcileResult): string {
  const captured = captureOutput();
  tellComparison(result);
  return captured.out;
}

it("tells why nothing was compared, and does not call it agreement", () => {
  const noBooks = told({ ...NOTHING, skipped: "no_books" });
  expect(noBooks).toBe("not compared: there are no books yet, since no day was started\n");
  const otherNight = told({ ...NOTHING, skipped: "other_night" });
  expect(otherNight).toMatch(/^not compared: the exchange has a night loaded /);
  expect(otherNight).not.toContain("no books");
});

it("claims no reason of an answer that names none, as one of an older worker does", () => {
  expect(told(NOTHING)).toMatch(
    /^not compared: there are no books yet, or the exchange has a night /,
  );
});

it("tells what was compared", () => {
  const compared = {
    ...NOTHING,
    cash: { venue: 5, ledger: 5, foreign: 0 },
    skipped: null,
  } as const;
  expect(told(compared)).toContain("account and ledger agree on orders, fills, positions and cash");
});
