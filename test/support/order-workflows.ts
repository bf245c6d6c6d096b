import type { KillStarter } from "../../activities/kill-driver.ts";
import type { RescueDeps } from "../../activities/order-rescue.ts";

type Asked = ReturnType<RescueDeps["client"]["workflow"]["getHandle"]>;

/** Temporal as reconciliation asks it: what it says of a workflow; a kill's workflow just starts. */
export function workflowsSaid(
  describe: (workflowId: string) => ReturnType<Asked["describe"]>,
): RescueDeps["client"] & KillStarter {
  return {
    connection: { withDeadline: (_deadline, ask) => ask() },
    workflow: {
      getHandle: (workflowId) => ({ describe: () => describe(workflowId) }),
      start: () => Promise.resolve(),
    },
  };
}
