import type { Client } from "@temporalio/client";
import { historyToJSON } from "@temporalio/common/lib/proto-utils.js";
import type { SecretNet } from "../../runtime/scrub.ts";
import type { WallWindow } from "../../schema/queries/incident-rows.ts";
import type { ArchiveFolder } from "./archive.ts";

/** Histories of one archive; a window of minutes has some dozens. */
const HISTORIES_MAX = 1_000;

/** Adds the history of every workflow that ran in the window, each as one line of JSON. */
export async function addHistories(
  archive: ArchiveFolder,
  client: Client,
  { from, to }: WallWindow,
  scrubber: SecretNet,
): Promise<void> {
  const query =
    `StartTime <= '${to.toISOString()}' AND ` +
    `(ExecutionStatus = 'Running' OR CloseTime >= '${from.toISOString()}')`;
  let seen = 0;
  for await (const { workflowId, runId, type, status } of client.workflow.list({ query })) {
    seen += 1;
    if (seen > HISTORIES_MAX) continue;
    try {
      const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
      const head = JSON.stringify({ workflowId, runId, type, status: status.name }).slice(0, -1);
      const events = scrubPayloads(historyToJSON(history), scrubber);
      // One line, so that a history is one record beside the others; it replays as it is.
      await archive.add(fileName(type, workflowId, runId), [
        `${head},"history":${JSON.stringify(JSON.parse(events))}}`,
      ]);
    } catch (error) {
      archive.leftOut.push(`history of ${workflowId} (${runId}): ${String(error)}`);
    }
  }
  if (seen > HISTORIES_MAX) {
    archive.leftOut.push(`histories: ${seen - HISTORIES_MAX} beyond ${HISTORIES_MAX}`);
  }
}

/** Payloads are base64: what is inside is looked through and put back, changed only where it must be. */
function scrubPayloads(json: string, scrubber: SecretNet): string {
  return json.replace(
    /("data":\s*")([A-Za-z0-9+/=]+)(?=")/g,
    (found, head: string, data: string) => {
      const text = Buffer.from(data, "base64").toString("utf8");
      const clean = scrubber.scrub(text);
      return clean === text ? found : head + Buffer.from(clean).toString("base64");
    },
  );
}

function fileName(type: string, workflowId: string, runId: string): string {
  const safe = workflowId.replaceAll(/[^A-Za-z0-9._-]+/g, "_").slice(0, 120);
  return `histories/${type}/${safe}.${runId.slice(0, 8)}.json`;
}
