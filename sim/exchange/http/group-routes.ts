import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { SERIES } from "../series.ts";
import { notFound } from "../errors.ts";
import { groupLimit } from "../order-groups.ts";
import type { GroupWish } from "../night.ts";
import { type ApiContext, requireNight } from "./context.ts";
import { GroupLimit, parseBody } from "./order-requests.ts";
import { DEFAULT_COST } from "./tokens.ts";
import { groupWire } from "./wire.ts";

const PATH = "/portfolio/order_groups";

interface ById {
  Params: { id: string };
}

/** Order groups: orders that are canceled together when too much of them is matched in a short time. */
export function groupRoutes(app: FastifyInstance, context: ApiContext): void {
  const submit = async (wish: GroupWish): Promise<object> => {
    const night = requireNight(context);
    context.buckets().write.take(DEFAULT_COST);
    await night.submitGroup(wish);
    return {};
  };
  app.get(PATH, () => ({
    order_groups: requireNight(context).engine.groups.list().map(groupWire),
  }));
  app.get<ById>(`${PATH}/:id`, ({ params }) => {
    const { engine } = requireNight(context);
    const group = engine.groups.get(params.id);
    const orders = [...engine.account.resting.values()].filter(
      ({ terms }) => terms.orderGroupId === group.id,
    );
    return { ...groupWire(group), orders: orders.map(({ terms }) => terms.orderId) };
  });
  app.post(`${PATH}/create`, async ({ body }, reply) => {
    const { exchange_index, ...wish } = parseBody(GroupLimit, body);
    const shard = exchange_index ?? 0;
    // Where nothing is listed no order of ours could belong to it.
    const isUsed = [...SERIES.values()].some((series) => series.shard === shard);
    if (!isUsed) throw notFound(`shard ${shard}`);
    const groupId = randomUUID();
    await submit({ kind: "group-create", groupId, exchangeIndex: shard, limit: limitOf(wish) });
    return reply.status(201).send({ order_group_id: groupId });
  });
  app.put<ById>(`${PATH}/:id/limit`, ({ params, body }) =>
    submit({
      kind: "group-limit",
      groupId: params.id,
      limit: limitOf(parseBody(GroupLimit, body)),
    }),
  );
  app.put<ById>(`${PATH}/:id/reset`, ({ params }) =>
    submit({ kind: "group-reset", groupId: params.id }),
  );
  app.put<ById>(`${PATH}/:id/trigger`, ({ params }) =>
    submit({ kind: "group-trigger", groupId: params.id }),
  );
  app.delete<ById>(`${PATH}/:id`, ({ params }) =>
    submit({ kind: "group-delete", groupId: params.id }),
  );
}

function limitOf(body: Pick<GroupLimit, "contracts_limit" | "contracts_limit_fp">) {
  return groupLimit(body.contracts_limit ?? null, body.contracts_limit_fp ?? null);
}
