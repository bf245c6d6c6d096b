import { z } from "zod";
import { type GameStrategy, isGameStrategy } from "../core/domain/order.ts";
import type { RouterConfig, RouterRule } from "../core/strategies/router.ts";
import { bounded } from "./config-file.ts";

const Rule = z.strictObject({
  strategy: z.custom<GameStrategy>((name) => typeof name === "string" && isGameStrategy(name), {
    error: "expected the name of a strategy",
  }),
  volatility: z.enum(["calm", "volatile"]).optional(),
  liquidity: z.enum(["deep", "thin"]).optional(),
  phase: z.enum(["pregame", "live"]).optional(),
  standing: z.enum(["favourite", "dog", "even"]).optional(),
  weight: bounded(0, 1),
});

/** Section `router` of `config/tipoff.yaml`. */
export const RouterFile = z.strictObject({
  enabled: z.boolean({ error: "expected true or false" }),
  volatileRangeCents: bounded(0.1, 99),
  thinSpreadCents: bounded(0.1, 99),
  favouriteGapCents: bounded(0, 50),
  rules: z.array(Rule),
});
type RouterFile = z.infer<typeof RouterFile>;

/** The rules in the units of the core, whether the section is switched on or not. */
export function toRouter(file: RouterFile): RouterConfig {
  const micros = (cents: number): number => Math.round(cents * 10_000);
  return {
    borders: {
      volatileRangeMicros: micros(file.volatileRangeCents),
      thinSpreadMicros: micros(file.thinSpreadCents),
      favouriteGapMicros: micros(file.favouriteGapCents),
    },
    rules: file.rules.map(toRule),
  };
}

/** A field that is absent stays absent: it fits every regime. */
function toRule({
  volatility,
  liquidity,
  phase,
  standing,
  ...rest
}: z.infer<typeof Rule>): RouterRule {
  return {
    ...rest,
    ...(volatility === undefined ? {} : { volatility }),
    ...(liquidity === undefined ? {} : { liquidity }),
    ...(phase === undefined ? {} : { phase }),
    ...(standing === undefined ? {} : { standing }),
  };
}
