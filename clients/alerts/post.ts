import { instant } from "../../core/domain/units.ts";
import { type HttpRequest, request } from "../http/request.ts";
import { SEND_TIMEOUT_MS, type SinkAnswer } from "./sink.ts";

/** People's messages are timed by the wall: run time may stand still just when they matter. */
const WALL = { now: () => instant(Date.now()), speed: 1 };
/** A webhook answers with a word or with what was posted; more is not looked at. */
const ANSWER_BYTES = 64 * 1024;

/**
 * Sends a message over HTTP. The address may be a secret, so the answer names the status and nothing of
 * the request; a body is not repeated either, since servers like to quote what they were sent.
 */
export async function post(
  message: Omit<HttpRequest, "timeoutMs" | "maxBytes">,
): Promise<SinkAnswer> {
  const req = { ...message, timeoutMs: SEND_TIMEOUT_MS, maxBytes: ANSWER_BYTES };
  const outcome = await request(req, WALL);
  switch (outcome.kind) {
    case "ok":
    case "invalid": // A 2xx of whatever content: Slack answers "ok", gateways answer XML.
      return { kind: "delivered", said: `http ${outcome.status}` };
    case "http-error":
      return { kind: "failed", said: `http ${outcome.status}` };
    case "timeout":
      return { kind: "failed", said: `no answer within ${SEND_TIMEOUT_MS / 1_000} s` };
    case "network":
      // Codes such as ECONNREFUSED; a text of the runtime's own may hold the address.
      return {
        kind: "failed",
        said: /^[A-Z_]+$/.test(outcome.reason) ? outcome.reason : "not connected",
      };
  }
}
