export { drill } from "./drill.ts";
export { game } from "./game.ts";
export { killSwitch } from "./kill-switch.ts";
export { nightlyScoring } from "./nightly-scoring.ts";
export { order } from "./order.ts";
export { reconcile } from "./reconcile.ts";
export { scheduledDay } from "./scheduled-day.ts";
export { tradingDay } from "./trading-day.ts";
