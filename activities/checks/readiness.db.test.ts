import { copyFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { readEnvironment } from "../../runtime/config.ts";
import { loadRiskLimits } from "../../runtime/risk-limits.ts";
import { putInForce } from "../../schema/queries/limits.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import { type SigningHome, signingHome } from "../../test/db/signer.ts";
import { startWireServer } from "../../test/support/wire-server.ts";
import { READINESS_CHECKS } from "./readiness.ts";

let cloned: ClonedDatabase;
let own: SigningHome;
let limitsFile: string;
beforeAll(async () => {
  cloned = await cloneDatabase();
  own = await signingHome();
  limitsFile = join(own.home.path, "limits.yaml");
  await copyFile(readEnvironment().limitsFile, limitsFile);
});
afterAll(async () => {
  await cloned.drop();
  own.remove();
});

type Context = Parameters<(typeof READINESS_CHECKS)[number]["look"]>[0];
const look = (name: string, more: Partial<Context> = {}) => {
  const context = {
    db: cloned.db,
    mode: "paper",
    signer: own.signer,
    places: { home: own.home, limitsFile },
    gatesHash: "gates",
    ...more,
  };
  // No more is looked at by the checks below.
  return READINESS_CHECKS.find((check) => check.name === name)?.look(context as unknown as Context);
};

it("is not ready while the limits in force are not those of the file", async () => {
  expect(await look("thresholds")).toMatchObject({ state: "not ok" });
  const { hash, text } = loadRiskLimits(limitsFile);
  const first = { by: "test", reason: "first start", changes: [] };
  await putInForce(cloned.db, { mode: "paper", hash, text, ...first });
  expect(await look("thresholds")).toMatchObject({ state: "ok" });
  await writeFile(limitsFile, text.replace(/max_total_capital: \d+/, "max_total_capital: 90000"));
  expect(await look("thresholds")).toMatchObject({
    state: "not ok",
    next: expect.stringContaining("tipoff limits apply") as string,
  });
});

it.each([
  ["5 s behind", -5_000, "not ok"],
  ["5 s ahead", 5_000, "not ok"],
  ["a minute ahead", 60_000, "not ok"],
  ["right", 0, "ok"],
] as const)("names a clock that is %s of the venue's", async (_, offMs, state) => {
  const venue = await startWireServer();
  onTestFinished(() => venue.close());
  const date = (): string => new Date(Date.now() - offMs).toUTCString();
  venue.answer = () => ({ status: 200, json: {}, headers: { date: date() } });
  const found = await look("clock", { marketDataUrl: venue.url });
  expect(found).toMatchObject({ state });
  // The header hides up to a second, and half of one is taken for hidden.
  const said = Number(/^(-?\d+) ms from/.exec(found?.evidence ?? "")?.[1]);
  expect(Math.abs(said - offMs)).toBeLessThan(1_500);
  if (state === "not ok") expect(found?.next).toContain("NTP");
});

it("does not call a clock right that it cannot compare", async () => {
  const venue = await startWireServer();
  onTestFinished(() => venue.close());
  venue.answer = () => ({ status: 200, json: {}, headers: { date: "soon" } });
  expect(await look("clock", { marketDataUrl: venue.url })).toMatchObject({ state: "unknown" });
});
