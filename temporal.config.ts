/** Names and times that workflows, workers and clients share. Pure constants: workflows bundle this file. */
export const NAMESPACE = "default";

/** Task queues by behaviour: eager dispatch works only where workflow and activity share one. */
export const TASK_QUEUES = {
  /** Workflows, and the short order activities. */
  trading: "trading",
  /** Long polls. */
  watch: "watch",
  /** Scoring and reports. */
  batch: "batch",
} as const;

/** Search attributes, all keywords but the date: the Web UI's list reads as a trading screen. */
export const SEARCH_ATTRIBUTES = {
  TradeDomain: "Keyword",
  TradeMode: "Keyword",
  TradePhase: "Keyword",
  EventTicker: "Keyword",
  MarketTicker: "Keyword",
  TradingDate: "Datetime",
  Strategy: "Keyword",
} as const;

/** Workflow ids: one place builds them. */
export const workflowIds = {
  tradingDay: (mode: string, date: string): string => `trading-day/${mode}/${date}`,
  game: (mode: string, eventTicker: string): string => `game/${mode}/${eventTicker}`,
  order: (clientOrderId: string): string => `order/${clientOrderId}`,
  kill: (killId: string): string => `kill/${killId}`,
} as const;

/** Schedule ids. */
export const SCHEDULES = {
  tradingDay: "trading-day",
  nightlyScoring: "nightly-scoring",
  reconcile: "reconcile",
} as const;
