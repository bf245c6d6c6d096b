import { ServiceError, WorkflowNotFoundError } from "@temporalio/client";
import proto, { type temporal } from "@temporalio/proto";
import { expect, it } from "vitest";
import { type HistoryClient, workflowFigures } from "./workflow-figures.ts";

const { EventType } = proto.temporal.api.enums.v1;
const STARTED = { eventType: EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED };
const SCHEDULED = { eventType: EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED };

type History = readonly temporal.api.history.v1.IHistoryEvent[];

/** A server that answers for each workflow with a history, or fails. */
function serverWith(answers: Record<string, History | Error>): HistoryClient {
  const answer = (id: string): History => {
    const found = answers[id] ?? new WorkflowNotFoundError("not found", id, undefined);
    if (found instanceof Error) throw found;
    return found;
  };
  const getHandle = (id: string) => ({
    describe: () => Promise.resolve().then(() => (answer(id), { runId: `run of ${id}` })),
    fetchHistory: () => Promise.resolve().then(() => ({ events: answer(id) })),
  });
  return { workflow: { getHandle } };
}

const away = new ServiceError("the server is away");

it("adds up what a game and its orders cost", async () => {
  const server = serverWith({ game: [STARTED, SCHEDULED], order: [STARTED] });
  expect(await workflowFigures(server, "game", ["order", "never-followed"])).toEqual({
    ...{ gameId: "game", runId: "run of game", historyEvents: 3, actions: 3 },
  });
});

it("counts the local activities of one workflow task as one action, and a patch as none", async () => {
  const marked = (markerName: string, workflowTaskCompletedEventId: number) => ({
    eventType: EventType.EVENT_TYPE_MARKER_RECORDED,
    markerRecordedEventAttributes: { markerName, workflowTaskCompletedEventId },
  });
  const [local, patch] = ["core_local_activity", "core_patch"];
  const events = [STARTED, marked(local, 4), marked(local, 4), marked(local, 9), marked(patch, 9)];
  const { actions } = await workflowFigures(serverWith({ game: events }), "game", []);
  expect(actions).toBe(3);
});

it.each([
  ["its game's", { game: away, order: [STARTED] }, null],
  ["an order's", { game: [STARTED], order: away }, "run of game"],
])("knows nothing of the cost when %s history was not answered", async (_, answers, runId) => {
  expect(await workflowFigures(serverWith(answers), "game", ["order"])).toEqual({
    ...{ gameId: "game", runId, historyEvents: null, actions: null },
  });
});

it("counts nothing for a game that no workflow ever played", async () => {
  expect(await workflowFigures(serverWith({}), "game", [])).toEqual({
    ...{ gameId: "game", runId: null, historyEvents: 0, actions: 0 },
  });
});
