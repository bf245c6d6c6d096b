import { type Client, WorkflowNotFoundError } from "@temporalio/client";

/** A workflow as a list shows it. */
interface Listed {
  readonly workflowId: string;
  readonly type: string;
  readonly mode: string;
}

/** A Temporal that knows how some workflows stand, lists some that run, and keeps what is started. */
export class ToldTemporal {
  /** Ids of what was started. */
  readonly started: string[] = [];
  readonly #statuses: Readonly<Record<string, string>>;
  readonly #listed: readonly Listed[];
  /** What a workflow that is executed answers. */
  answer: unknown = null;

  constructor(statuses: Readonly<Record<string, string>> = {}, listed: readonly Listed[] = []) {
    this.#statuses = statuses;
    this.#listed = listed;
  }

  asClient(): Client {
    const list = this.#listed;
    const workflow = {
      getHandle: (id: string) => ({
        describe: () => {
          const name = this.#statuses[id];
          if (name !== undefined) return Promise.resolve({ status: { name } });
          return Promise.reject(new WorkflowNotFoundError("none", id, undefined));
        },
      }),
      execute: () => Promise.resolve(this.answer),
      list: async function* ({ query }: { readonly query: string }) {
        await Promise.resolve();
        yield* list.filter(
          ({ mode, type }) => query.includes(`'${mode}'`) && query.includes(`'${type}'`),
        );
      },
      start: (_type: string, { workflowId }: { readonly workflowId: string }) => {
        this.started.push(workflowId);
        return Promise.resolve();
      },
    };
    const withAbortSignal = <T>(_signal: AbortSignal, use: () => Promise<T>): Promise<T> => use();
    return { workflow, withAbortSignal } as unknown as Client; // Test boundary: anything else would throw.
  }
}
