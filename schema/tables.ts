// Written by scripts/db-dump.ts from a migrated database. Do not edit.
import type { Generated, GeneratedAlways } from "kysely";
import type { ClientOrderId } from "../core/domain/order.ts";
import type { CountCenti, PositionCenti, PriceMicros, UsdMicros } from "../core/domain/units.ts";

interface AccountObservationsTable {
  observation_id: GeneratedAlways<number>;
  mode: "shadow" | "paper";
  kind: "order" | "fill" | "transfer";
  venue_id: string;
  market_ticker: string | null;
  details: string;
  happened_at: Date;
  observed_at: Date;
  recorded_at: Generated<Date>;
}

interface AlarmsTable {
  alarm_id: GeneratedAlways<number>;
  run_id: string | null;
  game_id: string | null;
  severity: "info" | "warning" | "critical";
  code: string;
  field: string | null;
  message: string;
  details: Generated<string>;
  raised_at: Date;
  count: Generated<number>;
  last_at: Date;
  cleared_at: Date | null;
  recorded_at: Generated<Date>;
  nature: Generated<"condition" | "fact">;
  source: string | null;
  notices: Generated<number>;
  next_notice_at: Generated<Date | null>;
  acknowledged_at: Date | null;
  acknowledged_by: string | null;
}

interface AlertDeliveriesTable {
  delivery_id: GeneratedAlways<number>;
  alarm_id: number;
  sink: string;
  round: number;
  status: Generated<"pending" | "sending" | "delivered" | "failed" | "unsure">;
  attempts: Generated<number>;
  next_at: Generated<Date>;
  said: string | null;
  delivered_at: Date | null;
  recorded_at: Generated<Date>;
}

interface AlertOutboxTable {
  outbox_id: GeneratedAlways<number>;
  kind: string;
  facts: string;
  recorded_at: Generated<Date>;
}

interface AuditChainTable {
  audit_id: number;
  previous: string;
  hash: string;
}

interface AuditLogTable {
  audit_id: GeneratedAlways<number>;
  mode: "shadow" | "paper";
  kind: string;
  actor: string;
  subject: string;
  details: Generated<string>;
  at: Date;
  recorded_at: Generated<Date>;
}

interface BreakerConditionsTable {
  mode: "shadow" | "paper";
  breaker: string;
  holds: boolean;
  cause: string;
  numbers: Generated<string>;
  at: Date;
  recorded_at: Generated<Date>;
}

interface BtcCyclesTable {
  mode: "shadow" | "paper";
  series: string;
  run_id: string;
  cycle_no: number;
  started_at: Date;
  ended_at: Date;
  contracts: number;
  selected: number;
  excluded: string;
  evaluated: number;
  proposed: number;
  quotes_written: number;
  spot_age_ms: number | null;
  duration_wall_ms: number;
}

interface BtcDecisionsTable {
  decided_at: Date;
  repeats: number;
  mode: "shadow" | "paper";
  run_id: string;
  market_ticker: string;
  code: string;
  reason: string | null;
  config_hash: string;
  limits_hash: string | null;
  input: string;
  rules: string;
  order_terms: string | null;
}

interface BtcGapsTable {
  mode: "shadow" | "paper";
  table_name: string;
  series: string;
  from_at: Date;
  to_at: Date;
  missing_rows: number;
  cause: string;
  noticed_at: Date;
  filled_at: Date | null;
}

interface BtcLoopErrorsTable {
  mode: "shadow" | "paper";
  name: string;
  series: string;
  class: string;
  minute_at: Date;
  errors: number;
}

interface BtcLoopsTable {
  mode: "shadow" | "paper";
  name: string;
  series: string;
  last_at: Date;
  last_wall: Date;
}

interface BtcProgressTable {
  mode: "shadow" | "paper";
  work: "catalogue" | "gap_search";
  series: string;
  until_at: Date;
  sent_back: Generated<number>;
}

interface BtcRunSeriesTable {
  run_id: string;
  series: string;
  started_at: Date;
  ended_at: Date | null;
  ended_because: string | null;
}

interface BtcSpotSpellsTable {
  mode: "shadow" | "paper";
  from_at: Date;
  because: string;
  to_at: Date | null;
}

interface CircuitBreakersTable {
  breaker_id: GeneratedAlways<number>;
  mode: "shadow" | "paper";
  breaker: string;
  cause: string;
  numbers: Generated<string>;
  level: "no-entries" | "reduce-only" | "cancel-all" | "flatten";
  run_id: string | null;
  tripped_at: Date;
  recorded_at: Generated<Date>;
  released_at: Date | null;
  released_by: string | null;
  release_reason: string | null;
}

interface ConfigsTable {
  config_hash: string;
  config: string;
  recorded_at: Generated<Date>;
}

interface CyclesTable {
  game_id: string;
  cycle_no: number;
  started_at: Date;
  ended_at: Date;
  evaluations: number;
  candidates: number;
  proposed: number;
  skipped: string;
  edges: string;
  recorded_at: Generated<Date>;
  decision_id: string | null;
}

interface DecisionsTable {
  decision_id: string;
  game_id: string;
  decided_at: Date;
  reason: string;
  input: string;
  output: string;
  config_hash: string;
  raw_ids: Generated<string>;
  recorded_at: Generated<Date>;
  limits_hash: string | null;
}

interface DrillsTable {
  drill_id: GeneratedAlways<number>;
  mode: "shadow" | "paper";
  kind: "kill" | "restore";
  run_id: string | null;
  kill_id: string | null;
  passed: boolean;
  report: string;
  by: string;
  at: Generated<Date>;
}

interface EquityHighWaterTable {
  mode: "shadow" | "paper";
  result_micros: UsdMicros;
  at: Date;
}

interface FillsTable {
  fill_id: string;
  client_order_id: ClientOrderId;
  venue_order_id: string;
  market_ticker: string;
  side: "bid" | "ask";
  price_micros: PriceMicros;
  count_centi: CountCenti;
  fee_micros: UsdMicros;
  expected_fee_micros: UsdMicros;
  liquidity: "maker" | "taker";
  filled_at: Date;
  recorded_at: Generated<Date>;
}

interface ForeignExposureTable {
  mode: "shadow" | "paper";
  market_ticker: string;
  position_centi: PositionCenti;
  resting_orders: number;
  at_risk_micros: UsdMicros;
  observed_at: Date;
  recorded_at: Generated<Date>;
}

interface GamesTable {
  game_id: string;
  run_id: string;
  event_ticker: string;
  home: string;
  away: string;
  tip_at: Date;
  espn_event_id: string | null;
  nba_game_id: string | null;
  match_confidence: number;
  match_reasons: string;
  phase: string;
  result: string | null;
  home_score: number | null;
  away_score: number | null;
  reconstructed: Generated<string>;
  workflow_run_id: string | null;
  live_state: string | null;
  updated_at: Date;
  recorded_at: Generated<Date>;
}

interface GatePassesTable {
  pass_id: string;
  from_stage: "shadow" | "paper" | "micro" | "small" | "medium" | "standard";
  to_stage: "shadow" | "paper" | "micro" | "small" | "medium" | "standard";
  config_hash: string;
  limits_hash: string;
  gates_hash: string;
  code_commit: string;
  data_from: string;
  data_to: string;
  run_ids: string;
  conditions: string;
  passed_by: string;
  passed_at: Date;
  signed_by: string;
  signature: string;
  night_commits: string | null;
}

interface IncidentsTable {
  incident_id: GeneratedAlways<number>;
  mode: "shadow" | "paper";
  source: "alarm" | "breaker" | "kill" | "window";
  source_id: string | null;
  what: string;
  from_at: Date;
  to_at: Date;
  opened_at: Generated<Date>;
  opened_by: string;
  archive: string | null;
  archive_sha256: string | null;
  closed_at: Date | null;
  closed_by: string | null;
  resolution: string | null;
}

interface IntentsTable {
  client_order_id: ClientOrderId;
  parent_id: ClientOrderId | null;
  intent_key: string;
  decision_id: string;
  run_id: string;
  occasion_id: string;
  strategy:
    | "pregame-anchored"
    | "model-edge"
    | "mean-reversion"
    | "model-trees"
    | "btc-edge"
    | "drill"
    | `own-${string}`;
  purpose: "entry" | "exit";
  exit_type: "lock" | "take-profit" | "stop-loss" | "kill" | null;
  phase: "pregame" | "live";
  terms: string;
  rules: string;
  refusal_code: string | null;
  proposed_at: Date;
  recorded_at: Generated<Date>;
  limits_hash: string | null;
  basis: string | null;
}

interface JudgementsTable {
  judgement_id: GeneratedAlways<number>;
  kind: "nightly" | "weekly" | "validation";
  mode: "shadow" | "paper";
  from_date: string;
  to_date: string;
  config_hash: string | null;
  limits_hash: string | null;
  verdict: string;
  report_dir: string;
  report_sha256: string;
  made_by: string;
  recorded_at: Generated<Date>;
  tried: string | null;
}

interface KalshiContractScoresTable {
  mode: "shadow" | "paper";
  market_ticker: string;
  corrections: number;
  snapshots: number;
  scored_at: Date;
}

interface KalshiContractSettlementsTable {
  market_ticker: string;
  settlement_no: number;
  outcome: "yes" | "no" | "scalar" | "void";
  payout_micros: UsdMicros | null;
  settled_ts: Date;
  recorded_at: Generated<Date>;
}

interface KalshiContractsTable {
  market_ticker: string;
  event_ticker: string;
  series_ticker: string;
  strike_type: string;
  floor_strike_micros: UsdMicros | null;
  cap_strike_micros: UsdMicros | null;
  bounds_known_at: Date | null;
  open_at: Date;
  close_at: Date;
  expiration_at: Date | null;
  outcome: "yes" | "no" | "scalar" | "void" | null;
  settled_ts: Date | null;
  settlement_value_micros: UsdMicros | null;
  payout_micros: UsdMicros | null;
  corrections: Generated<number>;
}

interface KalshiEdgeSnapshotScoresTable {
  computed_at: Date;
  scored_at: Date;
  horizon_bucket: number | null;
  brier_model: number | null;
  brier_market: number | null;
  log_loss_model: number | null;
  log_loss_market: number | null;
  implied_mid: number | null;
  drift: number | null;
  pnl_yes_micros: UsdMicros | null;
  pnl_no_micros: UsdMicros | null;
  payout_micros: UsdMicros;
  mode: "shadow" | "paper";
  market_ticker: string;
}

interface KalshiEdgeSnapshotsTable {
  computed_at: Date;
  model_probability: number | null;
  spot_micros: UsdMicros | null;
  mean_micros: UsdMicros | null;
  deviation_micros: UsdMicros | null;
  cycle_no: number;
  confidence: number | null;
  bid_micros: PriceMicros | null;
  ask_micros: PriceMicros | null;
  edge_yes_micros: number | null;
  edge_no_micros: number | null;
  mode: "shadow" | "paper";
  market_ticker: string;
  code: string;
  model_version: string | null;
}

interface KalshiEdgesTable {
  mode: "shadow" | "paper";
  market_ticker: string;
  computed_at: Date;
  run_id: string;
  cycle_no: number;
  model_probability: number | null;
  confidence: number | null;
  bid_micros: PriceMicros | null;
  ask_micros: PriceMicros | null;
  edge_yes_micros: number | null;
  edge_no_micros: number | null;
  code: string;
  spot_micros: UsdMicros | null;
  mean_micros: UsdMicros | null;
  deviation_micros: UsdMicros | null;
  model_version: string | null;
}

interface KalshiMarketsTable {
  market_ticker: string;
  event_ticker: string;
  series_ticker: string;
  status: string;
  price_grid: string;
  exchange_index: number;
  fee_kind: string;
  fee_multiplier_milli: number;
  first_seen_at: Date;
  refreshed_at: Date;
  raw: string;
}

interface KalshiQuotesTable {
  observed_at: Date;
  bid_size_centi: CountCenti | null;
  ask_size_centi: CountCenti | null;
  bid_micros: PriceMicros | null;
  ask_micros: PriceMicros | null;
  market_ticker: string;
  stale_because: string | null;
}

interface KillSwitchTable {
  kill_id: string;
  mode: "shadow" | "paper";
  level: "no-entries" | "reduce-only" | "cancel-all" | "flatten";
  reason: string;
  by: string;
  thrown_at: Generated<Date>;
  acknowledged_at: Date | null;
  no_resting_at: Date | null;
  report: string | null;
  released_at: Date | null;
  released_by: string | null;
  release_reason: string | null;
  breaker_id: number | null;
  flat_at: Date | null;
}

interface LedgerDaysTable {
  mode: "shadow" | "paper";
  trading_date: string;
  cash_micros: UsdMicros;
  capital_micros: UsdMicros;
  result_micros: UsdMicros;
}

interface LedgerEntriesTable {
  entry_id: GeneratedAlways<number>;
  transaction_id: number;
  account: string;
  amount_micros: UsdMicros;
}

interface LedgerTransactionsTable {
  transaction_id: GeneratedAlways<number>;
  mode: "shadow" | "paper";
  kind: "deposit" | "withdrawal" | "fill" | "settlement";
  reference: string;
  run_id: string | null;
  happened_at: Date;
  recorded_at: Generated<Date>;
}

interface ManualItemsTable {
  item: string;
  note: string;
  ticked_by: string;
  ticked_at: Date;
  signed_by: string;
  signature: string;
}

interface MarketsTable {
  game_id: string;
  market_ticker: string;
  team: "home" | "away";
  exchange_index: number;
  status: string;
  result: "yes" | "no" | "scalar" | null;
  settlement_value_micros: UsdMicros | null;
}

interface OccasionsTable {
  occasion_id: string;
  run_id: string;
  mode: "shadow" | "paper";
  domain: "nba" | "btc";
  event_ticker: string;
  opened_at: Date;
  recorded_at: Generated<Date>;
}

interface OrderGroupsTable {
  run_id: string;
  exchange_index: number;
  order_group_id: string;
  limit_centi: CountCenti;
  created_at: Generated<Date>;
}

interface OrderUpdatesTable {
  update_id: GeneratedAlways<number>;
  client_order_id: ClientOrderId;
  kind: string;
  status: string;
  details: Generated<string>;
  at: Date;
  recorded_at: Generated<Date>;
}

interface OrdersTable {
  client_order_id: ClientOrderId;
  parent_id: ClientOrderId | null;
  root_id: ClientOrderId;
  run_id: string;
  occasion_id: string;
  strategy:
    | "pregame-anchored"
    | "model-edge"
    | "mean-reversion"
    | "model-trees"
    | "btc-edge"
    | "drill"
    | `own-${string}`;
  purpose: "entry" | "exit";
  exit_type: "lock" | "take-profit" | "stop-loss" | "kill" | null;
  phase: "pregame" | "live";
  market_ticker: string;
  exchange_index: number;
  side: "bid" | "ask";
  price_micros: PriceMicros;
  count_centi: CountCenti;
  time_in_force: "good_till_canceled" | "immediate_or_cancel" | "fill_or_kill";
  is_post_only: boolean;
  is_reduce_only: boolean;
  status:
    | "intended"
    | "submitted"
    | "working"
    | "filled"
    | "canceled"
    | "expired"
    | "rejected"
    | "unknown";
  filled_centi: Generated<CountCenti>;
  venue_order_id: string | null;
  reserved_micros: UsdMicros;
  expected_fill_probability: number;
  expected_price_micros: PriceMicros;
  reject_code: string | null;
  quote_received_at: Date | null;
  quote_received_wall_ms: number | null;
  sent_wall_ms: number | null;
  intended_at: Date;
  submitted_at: Date | null;
  closed_at: Date | null;
  recorded_at: Generated<Date>;
  updated_at: Generated<Date>;
  is_known_sent: Generated<boolean>;
}

interface PartnerProbabilitiesTable {
  event_ticker: string;
  home_probability: number;
  set_by: string;
  set_at: Date;
  recorded_at: Generated<Date>;
}

interface PlanVerdictsTable {
  verdict_id: GeneratedAlways<number>;
  plan_hash: string;
  verdict: "confirmed" | "not_confirmed" | "not_enough_data";
  details: string;
  made_by: string;
  recorded_at: Generated<Date>;
  mode: "shadow" | "paper";
}

interface PositionsTable {
  occasion_id: string;
  strategy:
    | "pregame-anchored"
    | "model-edge"
    | "mean-reversion"
    | "model-trees"
    | "btc-edge"
    | "drill"
    | `own-${string}`;
  market_ticker: string;
  position_centi: PositionCenti;
  cost_micros: UsdMicros;
  fees_micros: Generated<UsdMicros>;
  realized_micros: Generated<UsdMicros>;
  opened_at: Date | null;
  updated_at: Date;
}

interface RawResponsesTable {
  raw_id: string;
  source: string;
  endpoint: string;
  body: string;
  fetched_at: Date;
  received_at: Date;
  recorded_at: Generated<Date>;
}

interface ReconciliationsTable {
  reconciliation_id: GeneratedAlways<number>;
  run_id: string | null;
  at: Date;
  differences: string;
  venue_cash_micros: UsdMicros | null;
  ledger_cash_micros: UsdMicros | null;
  recorded_at: Generated<Date>;
  foreign_cash_micros: UsdMicros | null;
}

interface RiskLimitsInForceTable {
  in_force_id: GeneratedAlways<number>;
  mode: "shadow" | "paper";
  hash: string;
  text: string;
  by: string;
  reason: string;
  at: Generated<Date>;
}

interface RunsTable {
  run_id: string;
  mode: "shadow" | "paper";
  trading_date: string;
  source: string;
  seed: number | null;
  speed: number;
  code_commit: string;
  config_hash: string;
  config: string;
  manifest: string;
  started_at: Date;
  ended_at: Date | null;
  verdict: "passed" | "failed" | "stopped" | null;
  recorded_at: Generated<Date>;
  domain: Generated<"nba" | "btc">;
}

interface ScheduleDaysTable {
  trading_date: string;
  mode: string;
  status: "started" | "missed" | "refused";
  details: string;
  at: Generated<Date>;
}

interface SchemaMigrationsTable {
  name: string;
  checksum: string;
  applied_at: Generated<Date>;
}

interface ScoresTable {
  game_id: string;
  instant_name: string;
  scored_at: Date;
  model_probability: number | null;
  market_probability: number | null;
  home_won: boolean;
}

interface SettlementCorrectionsTable {
  occasion_id: string;
  market_ticker: string;
  strategy:
    | "pregame-anchored"
    | "model-edge"
    | "mean-reversion"
    | "model-trees"
    | "btc-edge"
    | "drill"
    | `own-${string}`;
  correction_no: number;
  result: "yes" | "no" | "scalar" | "void";
  value_micros: UsdMicros | null;
  revenue_micros: UsdMicros;
  told_at: Date;
  corrected_at: Date;
  recorded_at: Generated<Date>;
}

interface SettlementsTable {
  occasion_id: string;
  market_ticker: string;
  strategy:
    | "pregame-anchored"
    | "model-edge"
    | "mean-reversion"
    | "model-trees"
    | "btc-edge"
    | "drill"
    | `own-${string}`;
  result: "yes" | "no" | "scalar" | "void";
  value_micros: UsdMicros | null;
  position_centi: PositionCenti;
  revenue_micros: UsdMicros;
  settled_at: Date;
  recorded_at: Generated<Date>;
}

interface SnapshotsTable {
  snapshot_id: GeneratedAlways<number>;
  game_id: string;
  observed_at: Date;
  cursor_no: number;
  trigger: string;
  home_bid_micros: PriceMicros | null;
  home_bid_size_centi: CountCenti | null;
  home_ask_micros: PriceMicros | null;
  home_ask_size_centi: CountCenti | null;
  away_bid_micros: PriceMicros | null;
  away_bid_size_centi: CountCenti | null;
  away_ask_micros: PriceMicros | null;
  away_ask_size_centi: CountCenti | null;
  home_quoted_at: Date | null;
  away_quoted_at: Date | null;
  mid_micros: number | null;
  spread_micros: number | null;
  quality: string;
  period: number | null;
  clock_seconds: number | null;
  home_score: number | null;
  away_score: number | null;
  clock_state: string | null;
  clock_stale: string | null;
  espn_home_probability: number | null;
  model_home_probability: number | null;
  recorded_at: Generated<Date>;
}

interface SpooledFilesTable {
  file_name: string;
  rows: number;
  taken_in_at: Generated<Date>;
}

interface SpotTicksTable {
  spot_micros: UsdMicros;
  source_at: Date;
  received_at: Date;
  trade_id: number | null;
  source: string;
}

interface StageMovesTable {
  move_no: number;
  kind: "promotion" | "step-up" | "demotion" | "step-back";
  from_stage: "shadow" | "paper" | "micro" | "small" | "medium" | "standard";
  from_step: number;
  to_stage: "shadow" | "paper" | "micro" | "small" | "medium" | "standard";
  to_step: number;
  pass_id: string | null;
  cause: string | null;
  reason: string;
  moved_by: string;
  moved_at: Date;
  previous: string;
  signed_by: string;
  signature: string;
}

interface TestLocksTable {
  lock_id: string;
  mode: "shadow" | "paper";
  reason: string;
  snapshot: string;
  snapshot_hash: string;
  created_by: string;
  created_at: Date;
  signed_by: string;
  signature: string;
  unlocked_at: Date | null;
  unlocked_by: string | null;
  unlock_reason: string | null;
}

interface TestPlansTable {
  plan_hash: string;
  name: string;
  mode: "shadow" | "paper";
  content: string;
  from_date: string;
  to_date: string;
  config_hash: string;
  limits_hash: string;
  locked_by: string;
  locked_at: Generated<Date>;
}

interface VerdictsTable {
  decision_id: string;
  strategy: string;
  code: string;
  edge_micros: number | null;
}

interface WouldTradesTable {
  decision_id: string;
  mode: "shadow" | "paper";
  run_id: string;
  market_ticker: string;
  decided_at: Date;
  code: string;
  reason: string | null;
  input: string;
  rules: string;
  verdict: string;
  order_terms: string | null;
  outcome: "yes" | "no" | null;
  config_hash: string;
  limits_hash: string | null;
  client_order_id: ClientOrderId | null;
  refusal_code: string | null;
  fill_status: "filled" | "partial" | "unfilled" | null;
  filled_centi: CountCenti | null;
  fill_price_micros: PriceMicros | null;
  fill_cost_micros: UsdMicros | null;
  fee_micros: UsdMicros | null;
  filled_at: Date | null;
  payout_micros: UsdMicros | null;
  pnl_micros: UsdMicros | null;
  settled_at: Date | null;
}

/** Every table of the schema `public`. */
export interface Database {
  account_observations: AccountObservationsTable;
  alarms: AlarmsTable;
  alert_deliveries: AlertDeliveriesTable;
  alert_outbox: AlertOutboxTable;
  audit_chain: AuditChainTable;
  audit_log: AuditLogTable;
  breaker_conditions: BreakerConditionsTable;
  btc_cycles: BtcCyclesTable;
  btc_decisions: BtcDecisionsTable;
  btc_gaps: BtcGapsTable;
  btc_loop_errors: BtcLoopErrorsTable;
  btc_loops: BtcLoopsTable;
  btc_progress: BtcProgressTable;
  btc_run_series: BtcRunSeriesTable;
  btc_spot_spells: BtcSpotSpellsTable;
  circuit_breakers: CircuitBreakersTable;
  configs: ConfigsTable;
  cycles: CyclesTable;
  decisions: DecisionsTable;
  drills: DrillsTable;
  equity_high_water: EquityHighWaterTable;
  fills: FillsTable;
  foreign_exposure: ForeignExposureTable;
  games: GamesTable;
  gate_passes: GatePassesTable;
  incidents: IncidentsTable;
  intents: IntentsTable;
  judgements: JudgementsTable;
  kalshi_contract_scores: KalshiContractScoresTable;
  kalshi_contract_settlements: KalshiContractSettlementsTable;
  kalshi_contracts: KalshiContractsTable;
  kalshi_edge_snapshot_scores: KalshiEdgeSnapshotScoresTable;
  kalshi_edge_snapshots: KalshiEdgeSnapshotsTable;
  kalshi_edges: KalshiEdgesTable;
  kalshi_markets: KalshiMarketsTable;
  kalshi_quotes: KalshiQuotesTable;
  kill_switch: KillSwitchTable;
  ledger_days: LedgerDaysTable;
  ledger_entries: LedgerEntriesTable;
  ledger_transactions: LedgerTransactionsTable;
  manual_items: ManualItemsTable;
  markets: MarketsTable;
  occasions: OccasionsTable;
  order_groups: OrderGroupsTable;
  order_updates: OrderUpdatesTable;
  orders: OrdersTable;
  partner_probabilities: PartnerProbabilitiesTable;
  plan_verdicts: PlanVerdictsTable;
  positions: PositionsTable;
  raw_responses: RawResponsesTable;
  reconciliations: ReconciliationsTable;
  risk_limits_in_force: RiskLimitsInForceTable;
  runs: RunsTable;
  schedule_days: ScheduleDaysTable;
  schema_migrations: SchemaMigrationsTable;
  scores: ScoresTable;
  settlement_corrections: SettlementCorrectionsTable;
  settlements: SettlementsTable;
  snapshots: SnapshotsTable;
  spooled_files: SpooledFilesTable;
  spot_ticks: SpotTicksTable;
  stage_moves: StageMovesTable;
  test_locks: TestLocksTable;
  test_plans: TestPlansTable;
  verdicts: VerdictsTable;
  would_trades: WouldTradesTable;
}
