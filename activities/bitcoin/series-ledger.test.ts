import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { noLedger } from "../../test/support/btc-session.ts";
import { SILENT } from "../../test/support/kalshi.ts";
import { LedgerView } from "./series-ledger.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => void vi.useRealTimers());
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it("is read anew once a second, and no look waits for it", async () => {
  let reads = 0;
  const read = () => Promise.resolve({ ...noLedger, limitsHash: `read ${++reads}` });
  const view = await LedgerView.open(read, SILENT);
  vi.advanceTimersByTime(999);
  expect(view.current().limitsHash).toBe("read 1");
  await settled();
  expect(view.current().limitsHash).toBe("read 1");
  vi.advanceTimersByTime(1);
  expect(view.current().limitsHash).toBe("read 1");
  await settled();
  expect(view.current().limitsHash).toBe("read 2");
});

it("bars every entry once its word is older than ten seconds, until it is read again", async () => {
  let isAway = false;
  const read = () => (isAway ? Promise.reject(new Error("away")) : Promise.resolve(noLedger));
  const view = await LedgerView.open(read, SILENT);
  isAway = true;
  vi.advanceTimersByTime(10_000);
  expect(view.current().of("ONE")).toBeNull();
  await settled();
  vi.advanceTimersByTime(1_000);
  expect(view.current().of("ONE")).toBe("ledger_unread");
  await settled();
  isAway = false;
  vi.advanceTimersByTime(1_000);
  view.current();
  await settled();
  expect(view.current().of("ONE")).toBeNull();
});
