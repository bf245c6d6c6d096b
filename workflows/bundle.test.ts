import { fileURLToPath } from "node:url";
import { bundleWorkflowCode, DefaultLogger } from "@temporalio/worker";
import { expect, it } from "vitest";
import * as workflows from "./index.ts";

it("bundles small, without zod, and exports the workflow types that clients start", async () => {
  const { code } = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL("./index.ts", import.meta.url)),
    logger: new DefaultLogger("ERROR"),
  });
  const [executable = ""] = code.split("//# sourceMappingURL");
  // Import weight is paid at every workflow start: 511 KiB is the SDK alone, zod would add as much.
  expect(executable.length).toBeLessThan(780_000);
  expect(executable).not.toContain("node_modules/zod");
  expect(Object.keys(workflows).sort()).toEqual([
    "btcContract",
    "btcReport",
    "btcRetention",
    "btcSeries",
    "btcSweep",
    "drill",
    "game",
    "killSwitch",
    "nightlyScoring",
    "order",
    "reconcile",
    "scheduledDay",
    "tradingDay",
    "weeklyReview",
  ]);
});
