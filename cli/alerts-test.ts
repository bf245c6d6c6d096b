import { randomUUID } from "node:crypto";
import type { SinkAnswer } from "../activities/checks/readiness.ts";
import type { OpenedAlerts } from "./alerting.ts";

/** Sends a test through every configured sink at once, and waits for what each answers. */
export async function testSinks({ sinks, scrub }: OpenedAlerts): Promise<readonly SinkAnswer[]> {
  const id = `test-${randomUUID()}`;
  const line = "test: this sink can be reached; nothing has happened";
  const message = { id, severity: "warning", title: `Tipoff ${line}`, lines: [line] } as const;
  return Promise.all(
    sinks.map(async (sink) => {
      const answer = await sink.send(message);
      const isReached = answer.kind === "delivered";
      return { sink: sink.name, kind: sink.kind, isReached, said: scrub(answer.said) };
    }),
  );
}
