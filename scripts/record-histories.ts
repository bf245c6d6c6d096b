/**
 * Records the workflow histories of a home's last night, or of its last hour of Bitcoin, for the replay suite:
 * `node dist/scripts/record-histories.js --home DIR [--btc]` while `npx tipoff up --home DIR` runs.
 *
 * Record anew only when a change of the workflows is meant to break open runs; otherwise a history
 * that no longer replays is the finding.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { historyToJSON } from "@temporalio/common/lib/proto-utils.js";
import { findRunning, openHome } from "../cli/context.ts";
import { PACKAGE_ROOT } from "../runtime/package-root.ts";
import { connectTemporal } from "../runtime/temporal-client.ts";

/** Enough to cover every branch the night took, few enough to stay small. */
const PER_TYPE = 6;
const NIGHT = [
  "tradingDay",
  "game",
  "order",
  "killSwitch",
  "nightlyScoring",
  "reconcile",
  "weeklyReview",
];
const BITCOIN = ["btcSeries", "btcContract", "btcSweep", "btcReport"];

const { values } = parseArgs({ options: { home: { type: "string" }, btc: { type: "boolean" } } });
const opened = openHome(values);
const { temporalAddress } = await findRunning(opened);
const client = await connectTemporal(temporalAddress);
const folder = join(PACKAGE_ROOT, "test/replay/histories");
await mkdir(folder, { recursive: true });
for (const type of values.btc === true ? BITCOIN : NIGHT) {
  let taken = 0;
  const query = `WorkflowType = '${type}' AND ExecutionStatus = 'Completed'`;
  for await (const { workflowId, runId } of client.workflow.list({ query })) {
    if (taken >= PER_TYPE) break;
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    const name = `${type}-${String((taken += 1))}.json.gz`;
    // No time stamp in the gzip header: the same history gives the same bytes.
    const events: unknown = JSON.parse(historyToJSON(history));
    const json = JSON.stringify({ workflowId, history: events });
    await writeFile(join(folder, name), gzipSync(anonymous(json), { level: 9 }));
    process.stdout.write(`${name}  ${history.events?.length ?? 0} events  ${workflowId}\n`);
  }
}
await client.connection.close();

/** A history names the machine it was made on; a replay needs no name. */
function anonymous(json: string): string {
  return json
    .replaceAll(/"identity":"[^"]*"/g, '"identity":"worker"')
    .replaceAll(PACKAGE_ROOT, "")
    .replaceAll(/"data":"([^"]*)"/g, (payload, data: string) => {
      const text = Buffer.from(data, "base64").toString("utf8");
      if (!text.includes(opened.home.path)) return payload;
      const moved = Buffer.from(text.replaceAll(opened.home.path, "home")).toString("base64");
      return `"data":"${moved}"`;
    });
}
