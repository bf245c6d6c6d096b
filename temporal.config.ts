/** Names and times that workflows, workers and clients share. Pure constants: workflows bundle this file. */
import { defineSearchAttributeKey, type SearchAttributePair } from "@temporalio/common";

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

/** Typed keys of the search attributes; registered by the server's start. */
export const attributes = {
  domain: defineSearchAttributeKey("TradeDomain", "KEYWORD"),
  mode: defineSearchAttributeKey("TradeMode", "KEYWORD"),
  phase: defineSearchAttributeKey("TradePhase", "KEYWORD"),
  event: defineSearchAttributeKey("EventTicker", "KEYWORD"),
  market: defineSearchAttributeKey("MarketTicker", "KEYWORD"),
  date: defineSearchAttributeKey("TradingDate", "DATETIME"),
  strategy: defineSearchAttributeKey("Strategy", "KEYWORD"),
} as const;

/** A trading date as a search attribute: noon UTC, so that no zone moves it to another day. */
export function dateAttribute(date: string): Date {
  return new Date(`${date}T12:00:00Z`);
}

/** The longest static summary that the server takes, in bytes, with room for its encoding. */
const SUMMARY_MAX = 190;

/** What the Web UI's list shows of a workflow. */
interface Shown {
  readonly staticSummary: string;
  readonly typedSearchAttributes: SearchAttributePair[];
}

/** How workflows that several places start are shown: the same whoever starts them. */
export const shown = {
  tradingDay: (day: { mode: string; date: string; source: string }, how = ""): Shown => ({
    staticSummary: `${day.mode} night of ${day.date}, ${day.source}${how}`,
    typedSearchAttributes: [
      { key: attributes.domain, value: "nba" },
      { key: attributes.mode, value: day.mode },
      { key: attributes.phase, value: "running" },
      { key: attributes.date, value: dateAttribute(day.date) },
    ],
  }),
  scheduledDay: (mode: string): Shown => ({
    staticSummary: `starts the ${mode} night of the day`,
    typedSearchAttributes: [
      { key: attributes.domain, value: "nba" },
      { key: attributes.mode, value: mode },
      { key: attributes.phase, value: "preparing" },
    ],
  }),
  /** Without a date it is the schedule's, which finds out whose scores are missing. */
  nightlyScoring: (mode: string, date: string | null): Shown => ({
    staticSummary: `scores and report of the ${date === null ? "last " : ""}${mode} night${date === null ? "" : ` of ${date}`}`,
    typedSearchAttributes: [
      { key: attributes.domain, value: "nba" },
      { key: attributes.mode, value: mode },
      { key: attributes.phase, value: "scoring" },
      ...(date === null ? [] : [{ key: attributes.date, value: dateAttribute(date) }]),
    ],
  }),
  weeklyReview: (mode: string): Shown => ({
    staticSummary: `review of the last ${mode} week`,
    typedSearchAttributes: [
      { key: attributes.domain, value: "nba" },
      { key: attributes.mode, value: mode },
      { key: attributes.phase, value: "reviewing" },
    ],
  }),
  btcSeries: (of: { mode: string; series: string; source: string; date: string }): Shown => ({
    staticSummary: `${of.series}, ${of.mode}, ${of.source}`,
    typedSearchAttributes: [
      { key: attributes.domain, value: "btc" },
      { key: attributes.mode, value: of.mode },
      { key: attributes.phase, value: "starting" },
      { key: attributes.date, value: dateAttribute(of.date) },
    ],
  }),
  btcContract: (of: {
    mode: string;
    marketTicker: string;
    eventTicker: string;
    phase: string;
    date: string;
  }): Shown => ({
    staticSummary: `${of.marketTicker}, ${of.mode}`,
    typedSearchAttributes: [
      { key: attributes.domain, value: "btc" },
      { key: attributes.mode, value: of.mode },
      { key: attributes.event, value: of.eventTicker },
      { key: attributes.market, value: of.marketTicker },
      { key: attributes.strategy, value: "btc-edge" },
      { key: attributes.phase, value: of.phase },
      { key: attributes.date, value: dateAttribute(of.date) },
    ],
  }),
  btcSweep: (mode: string, how: string): Shown => ({
    staticSummary: `settlements and scores of Bitcoin, ${mode}, ${how}`,
    typedSearchAttributes: [
      { key: attributes.domain, value: "btc" },
      { key: attributes.mode, value: mode },
      { key: attributes.phase, value: "sweeping" },
    ],
  }),
  btcReport: (of: { mode: string; kind: string; date: string }): Shown => ({
    staticSummary: `${of.kind} report of Bitcoin, ${of.mode}, ${of.date}`,
    typedSearchAttributes: [
      { key: attributes.domain, value: "btc" },
      { key: attributes.mode, value: of.mode },
      { key: attributes.phase, value: "scoring" },
    ],
  }),
  btcRetention: (mode: string): Shown => ({
    staticSummary: `old days of Bitcoin are dropped, ${mode}`,
    typedSearchAttributes: [
      { key: attributes.domain, value: "btc" },
      { key: attributes.mode, value: mode },
      { key: attributes.phase, value: "retaining" },
    ],
  }),
  /** Of the whole account, in whatever domain it trades. */
  reconcile: (mode: string, how: string): Shown => ({
    staticSummary: `account against ledger, ${mode}, ${how}`,
    typedSearchAttributes: [
      { key: attributes.mode, value: mode },
      { key: attributes.phase, value: "comparing" },
    ],
  }),
  kill: (kill: { mode: string; level: string; reason: string }): Shown => ({
    staticSummary: `kill ${kill.level}: ${kill.reason}`.slice(0, SUMMARY_MAX),
    typedSearchAttributes: [
      { key: attributes.mode, value: kill.mode },
      { key: attributes.phase, value: "killing" },
    ],
  }),
  drill: (mode: string): Shown => ({
    staticSummary: `rests what a drill's kill cancels, ${mode}`,
    typedSearchAttributes: [
      { key: attributes.mode, value: mode },
      { key: attributes.phase, value: "resting" },
    ],
  }),
} as const;

/** Workflow ids: one place builds them. */
export const workflowIds = {
  tradingDay: (mode: string, date: string): string => `trading-day/${mode}/${date}`,
  game: (mode: string, eventTicker: string): string => `game/${mode}/${eventTicker}`,
  btcSeries: (mode: string, series: string): string => `btc-series/${mode}/${series}`,
  btcContract: (mode: string, marketTicker: string): string =>
    `btc-contract/${mode}/${marketTicker}`,
  btcSweep: (mode: string): string => `btc-sweep/${mode}`,
  btcReport: (mode: string, kind: string): string => `btc-report/${mode}/${kind}`,
  order: (clientOrderId: string): string => `order/${clientOrderId}`,
  kill: (killId: string): string => `kill/${killId}`,
  drill: (killId: string): string => `drill/${killId}`,
} as const;

/** Schedule ids. */
export const SCHEDULES = {
  tradingDay: "trading-day",
  nightlyScoring: "nightly-scoring",
  weeklyReview: "weekly-review",
  reconcile: "reconcile",
  btcSweep: "btc-sweep",
  btcNightly: "btc-nightly",
  btcWeekly: "btc-weekly",
  btcRetention: "btc-retention",
} as const;

/** A machine that slept past the hour still starts the day; later than this it is missed. */
export const SCHEDULE_CATCH_UP_MS = 6 * 3_600_000;

/** Events at which the server suggests to continue as new: no history of Bitcoin grows beyond it. */
export const HISTORY_BOUND = 4_096;
/**
 * A series goes on as new above this, looked at between two chunks of watching, so that it stays below
 * `HISTORY_BOUND`. One chunk adds 6 events, at most 9 for each of 24 contracts that are admitted (start, its
 * answer and its end with their tasks), 5 for each of 48 that are told something, and as many for a brake
 * that is passed on: about 700.
 */
export const SERIES_HISTORY_MAX = HISTORY_BOUND - 1_000;
