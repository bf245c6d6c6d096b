import {
  proxySinks,
  type Sinks,
  type WorkflowInterceptorsFactory,
  workflowInfo,
} from "@temporalio/workflow";

/** How the workflow's side tells the worker that a step was reached. */
interface CarrySinks extends Sinks {
  readonly carry: { reached(step: string): void };
}

const { carry } = proxySinks<CarrySinks>();

/** Tells the steps around continue-as-new. Bundled for the worker that dies, never for the product's. */
export const interceptors: WorkflowInterceptorsFactory = () => ({
  inbound: [
    {
      execute: async (input, next) => {
        if (workflowInfo().continuedFromExecutionRunId !== undefined) {
          carry.reached("carry.2-continued");
        }
        return await next(input);
      },
    },
  ],
  outbound: [
    {
      continueAsNew: async (input, next) => {
        carry.reached("carry.1-continuing");
        return await next(input);
      },
    },
  ],
});
