import type { FastifyReply } from "fastify";
import type { Instant } from "../../core/domain/units.ts";
import type { FaultKind, FaultTarget } from "../faults/faults.ts";
import { jsonAnswer, spoil } from "./faults.ts";
import type { FeedState } from "./state.ts";

/** What the feeds are made of. */
export interface FeedsOptions {
  /** The night being played; null while none is loaded. */
  readonly state: () => FeedState | null;
  /** Now, in run time. */
  readonly now: () => Instant;
  /** What is wrong with a path of a feed now; null when all is well. */
  readonly fault?: (target: FaultTarget, path: string) => FaultKind | null;
}

/** Sends an answer as the fault has it. */
export async function send(
  reply: FastifyReply,
  payload: object,
  fault: FaultKind | null,
): Promise<FastifyReply> {
  const answered = fault === null ? jsonAnswer(payload) : spoil(payload, fault);
  if (answered === null) {
    // Fastify forgets the request; the caller waits until it, or the server, hangs up.
    reply.hijack();
    return reply;
  }
  return reply.code(answered.status).type(answered.contentType).send(answered.body);
}

/** A text of a query or of a path's parameters. */
export function textOf(from: unknown, name: string): string | null {
  if (typeof from !== "object" || from === null) return null;
  const value = new Map<string, unknown>(Object.entries(from)).get(name);
  return typeof value === "string" && value !== "" ? value : null;
}

/** A count of 1 or more; null when there is none or it is not one. */
export function countOf(from: unknown, name: string): number | null {
  const value = Number(textOf(from, name));
  return Number.isInteger(value) && value >= 1 ? value : null;
}
