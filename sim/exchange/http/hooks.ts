import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { FaultKind } from "../../faults/faults.ts";
import { ApiError, errorBody } from "../errors.ts";
import { answerInstead, spoilAnswer } from "../faults.ts";
import { authenticate, type KeyRing, signedHeaders } from "./auth.ts";
import { type ApiContext, requireNight } from "./context.ts";
import { DEFAULT_COST, SMALL_COST } from "./tokens.ts";

/** Calls that anyone may make unsigned. */
const PUBLIC =
  /^\/trade-api\/v2\/(exchange|series|events|markets|account\/endpoint_costs|historical\/(markets|trades|cutoff))(\/|\?|$)/;
const ONE_ORDER = /^\/trade-api\/v2\/portfolio\/orders\/[0-9a-f-]{36}$/;
const PORTFOLIO = /^\/trade-api\/v2\/(portfolio|historical\/(orders|fills|positions))/;

export interface HookOptions {
  readonly context: ApiContext;
  readonly ring: KeyRing;
  readonly fault: (path: string) => FaultKind | null;
}

/** What every call of the venue goes through: fault, signature, budget, and at the end durability. */
export function venueHooks(app: FastifyInstance, options: HookOptions): void {
  const { context, ring, fault } = options;
  const faultOf = (request: FastifyRequest): FaultKind | null =>
    fault(`${request.method} ${request.url}`);
  app.addHook("onRequest", async (request, reply) => {
    const kind = faultOf(request);
    const instead = kind === null ? null : answerInstead(kind);
    if (instead === "hang") return hang(reply);
    if (instead === "reset") return reset(reply);
    if (instead !== null) {
      return reply.code(instead.status).type(instead.contentType).send(instead.body);
    }
    const headers = signedHeaders(request.headers);
    // A public call that is signed all the same is checked like any other.
    if (headers.key !== undefined || !PUBLIC.test(request.url)) {
      authenticate(ring, headers, request.method, request.url, context.wallNow());
    }
    const night = context.night();
    if (night === null) return undefined;
    await night.catchUp();
    if (request.method === "GET") {
      const [path = ""] = request.url.split("?");
      context.buckets().read.take(ONE_ORDER.test(path) ? SMALL_COST : DEFAULT_COST);
    }
    return undefined;
  });
  app.addHook("onSend", async (request, reply, payload) => {
    // What the account is shown must still be there after a crash.
    if (PORTFOLIO.test(request.url) && context.night() !== null) {
      await requireNight(context).durable();
    }
    const kind = reply.statusCode < 300 ? faultOf(request) : null;
    const body = typeof payload === "string" ? payload : "";
    const spoilt = kind === null ? null : spoilAnswer(kind, request.method !== "GET", body);
    if (spoilt === null) return payload;
    if (spoilt === "reset") {
      reply.raw.destroy();
      return payload;
    }
    if (spoilt === "hang") {
      // The answer goes nowhere once the caller has given up.
      await new Promise((resolve) => reply.raw.once("close", resolve));
      return payload;
    }
    reply.code(spoilt.status).type(spoilt.contentType);
    reply.removeHeader("content-length");
    return spoilt.body;
  });
}

/** Errors in the venue's form; what is not foreseen is a 500 and is logged. */
export function errorAnswers(app: FastifyInstance, onError: (error: unknown) => void): void {
  app.setErrorHandler((error: { statusCode?: number; message: string }, _request, reply) => {
    if (error instanceof ApiError) return reply.code(error.status).send(errorBody(error));
    const isBadRequest = (error.statusCode ?? 500) < 500;
    if (!isBadRequest) onError(error);
    const answer = isBadRequest
      ? new ApiError(400, "invalid_parameters", "invalid parameters", error.message)
      : new ApiError(500, "internal_server_error", "internal server error");
    return reply.code(answer.status).send(errorBody(answer));
  });
  app.setNotFoundHandler((request, reply) =>
    reply
      .code(404)
      .send(
        errorBody(new ApiError(404, "not_found", "not found", `${request.method} ${request.url}`)),
      ),
  );
}

/** Hangs up without a word. */
function reset(reply: FastifyReply): FastifyReply {
  reply.hijack();
  reply.raw.destroy();
  return reply;
}

/** Answers nothing; the caller waits until it, or the server, hangs up. */
function hang(reply: FastifyReply): FastifyReply {
  reply.hijack();
  return reply;
}
