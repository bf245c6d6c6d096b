import { copyFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readEnvironment } from "../../runtime/config.ts";
import { loadRiskLimits } from "../../runtime/risk-limits.ts";
import { putInForce } from "../../schema/queries/limits.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import { type SigningHome, signingHome } from "../../test/db/signer.ts";
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
const look = (name: string) => {
  const context = {
    db: cloned.db,
    mode: "paper",
    signer: own.signer,
    places: { home: own.home, limitsFile },
    gatesHash: "gates",
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
