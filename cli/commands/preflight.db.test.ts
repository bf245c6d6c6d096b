import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildElo } from "../elo-build.ts";
import { PACKAGE_ROOT } from "../../runtime/package-root.ts";
import { loadRiskLimits } from "../../runtime/risk-limits.ts";
import { loadTipoffConfig } from "../../runtime/tipoff-config.ts";
import { putInForce } from "../../schema/queries/limits.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import { runChecks } from "../../activities/checks/check.ts";
import { PREFLIGHT_CHECKS, type PreflightContext } from "../../activities/checks/preflight.ts";

const dir = mkdtempSync(join(tmpdir(), "tipoff-preflight-"));
const artifact = join(dir, "ratings");
const { config } = loadTipoffConfig(`${PACKAGE_ROOT}config/tipoff.yaml`);
let cloned: ClonedDatabase;
beforeAll(async () => {
  cloned = await cloneDatabase();
  const { text, hash } = loadRiskLimits(`${PACKAGE_ROOT}config/risk_limits.yaml`);
  const inForce = { mode: "paper", hash, text, by: "test", reason: "test", changes: [] } as const;
  await putInForce(cloned.db, inForce);
  const results = join(dir, "results.csv");
  const game = "2026,2026-06-10,False,True,ny,bos,90,120";
  writeFileSync(
    results,
    ["season,date,regular,playoffs,away,home,score_away,score_home", game].join("\n"),
  );
  const { elo } = config.decision.forecast;
  await buildElo({ results: [results], config: elo, out: artifact, now: new Date(0) });
});
afterAll(async () => {
  rmSync(dir, { recursive: true });
  await cloned.drop();
}, 60_000);

it.each([
  ["2026-06-18", "ok", null],
  ["2026-06-19", "not ok", "no result since 2026-06-10 is in them, max_model_age is 8 days"],
  ["2026-06-21", "not ok", "ratings_too_old"],
  ["2026-10-25", "ok", null],
])("says of the ratings of %s what risk will say of their age", async (date, state, evidence) => {
  const checks = PREFLIGHT_CHECKS.filter(({ name }) => name === "models");
  // Test boundary: this check asks for nothing else.
  const context = {
    ...{ db: cloned.db, mode: "paper", date },
    config: { ...config, ratings: { artifact, maxAgeDays: 10 } },
    control: { manifest: () => Promise.resolve({ name: "recording:a night" }) },
  } as PreflightContext;
  const [found] = await runChecks(checks, context);
  expect(found?.state).toBe(state);
  if (evidence !== null) expect(found?.evidence).toContain(evidence);
});
