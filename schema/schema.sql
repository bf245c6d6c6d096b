-- Written by scripts/db-dump.ts from a migrated database. Do not edit.

CREATE OR REPLACE FUNCTION public.append_only()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception '% is append-only', tg_table_name;
end $function$;

CREATE OR REPLACE FUNCTION public.ensure_day_partition(parent text, day date)
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
declare
  part text := parent || '_p' || to_char(day, 'YYYYMMDD');
begin
  if to_regclass(part) is not null then return false; end if;
  perform pg_advisory_xact_lock(7410);
  -- Whoever held the lock may have made it: to_regclass would answer from before.
  if exists (select from pg_class where relname = part and relnamespace = 'public'::regnamespace)
    then return false; end if;
  execute format('create table %I (like %I including defaults including constraints)', part, parent);
  if exists (select from pg_trigger where tgrelid = parent::regclass and tgname = 'no_truncate') then
    execute format('create trigger no_truncate before truncate on %I
      for each statement execute function append_only()', part);
  end if;
  execute format('alter table %I attach partition %I for values from (%L) to (%L)', parent, part,
    day::timestamp at time zone 'UTC', (day + 1)::timestamp at time zone 'UTC');
  return true;
end $function$;

CREATE OR REPLACE FUNCTION public.ledger_balances()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if (select coalesce(sum(amount_micros), 0) from ledger_entries
      where transaction_id = new.transaction_id) <> 0 then
    raise exception 'ledger transaction % does not balance', new.transaction_id;
  end if;
  return null;
end $function$;

CREATE OR REPLACE FUNCTION public.ledger_days_add()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  insert into ledger_days as d (mode, trading_date, cash_micros, capital_micros, result_micros)
  select t.mode, (t.happened_at at time zone 'America/New_York')::date,
    coalesce(sum(a.amount_micros) filter (where a.account = 'cash'), 0),
    coalesce(-sum(a.amount_micros) filter (where a.account = 'capital'), 0),
    coalesce(-sum(a.amount_micros) filter (where a.account = 'fees' or a.account like 'pnl:%'), 0)
  from added a join ledger_transactions t using (transaction_id)
  group by 1, 2
  on conflict (mode, trading_date) do update set
    cash_micros = d.cash_micros + excluded.cash_micros,
    capital_micros = d.capital_micros + excluded.capital_micros,
    result_micros = d.result_micros + excluded.result_micros;
  return null;
end $function$;

CREATE OR REPLACE FUNCTION public.lock_only_unlocks()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if tg_op = 'DELETE' then
    raise exception 'test_locks keeps every window';
  end if;
  if old.unlocked_at is not null or
     (to_jsonb(new) - array['unlocked_at', 'unlocked_by', 'unlock_reason']) <>
     (to_jsonb(old) - array['unlocked_at', 'unlocked_by', 'unlock_reason']) then
    raise exception 'a test window is unlocked once and otherwise never changed';
  end if;
  return new;
end $function$;

CREATE OR REPLACE FUNCTION public.queue_alert()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  insert into alert_outbox (kind, facts) values (tg_argv[0], to_jsonb(new)::text);
  return null;
end $function$;

CREATE OR REPLACE FUNCTION public.taker_fee_micros(multiplier_milli bigint, price_micros bigint)
 RETURNS bigint
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$
  select (2800 * multiplier_milli * price_micros * (1000000 - price_micros) + 3999999999999999)
    / 4000000000000000 * 100 $function$;

CREATE OR REPLACE FUNCTION public.would_trade_decided()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
declare
  later text[] := array['client_order_id', 'refusal_code', 'fill_status', 'filled_centi',
    'fill_price_micros', 'fill_cost_micros', 'fee_micros', 'filled_at', 'payout_micros',
    'pnl_micros', 'settled_at'];
begin
  if to_jsonb(new) - later is distinct from to_jsonb(old) - later then
    raise exception 'a decision of would_trades is never changed';
  end if;
  return new;
end $function$;

create table account_observations (
  observation_id bigint generated always as identity not null,
  mode text not null,
  kind text not null,
  venue_id text not null,
  market_ticker text,
  details text not null,
  happened_at timestamp with time zone not null,
  observed_at timestamp with time zone not null,
  recorded_at timestamp with time zone default now() not null,
  constraint account_observations_pkey PRIMARY KEY (observation_id),
  constraint account_observations_kind_check CHECK ((kind = ANY (ARRAY['order'::text, 'fill'::text, 'transfer'::text]))),
  constraint account_observations_mode_check CHECK ((mode = ANY (ARRAY['shadow'::text, 'paper'::text]))),
  constraint account_observations_mode_kind_venue_id_key UNIQUE (mode, kind, venue_id)
);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.account_observations FOR EACH ROW EXECUTE FUNCTION append_only();

create table alarms (
  alarm_id bigint generated always as identity not null,
  run_id text,
  game_id text,
  severity text not null,
  code text not null,
  field text,
  message text not null,
  details text default '{}'::text not null,
  raised_at timestamp with time zone not null,
  count integer default 1 not null,
  last_at timestamp with time zone not null,
  cleared_at timestamp with time zone,
  recorded_at timestamp with time zone default now() not null,
  nature text default 'condition'::text not null,
  source text,
  notices integer default 0 not null,
  next_notice_at timestamp with time zone default now(),
  acknowledged_at timestamp with time zone,
  acknowledged_by text,
  constraint alarms_pkey PRIMARY KEY (alarm_id),
  constraint alarms_nature_check CHECK ((nature = ANY (ARRAY['condition'::text, 'fact'::text]))),
  constraint alarms_notices_check CHECK ((notices >= 0)),
  constraint alarms_severity_check CHECK ((severity = ANY (ARRAY['info'::text, 'warning'::text, 'critical'::text]))),
  constraint alarms_source_key UNIQUE (source)
);
CREATE INDEX alarms_by_code ON public.alarms USING btree (code, recorded_at);
CREATE INDEX alarms_due ON public.alarms USING btree (next_notice_at) WHERE ((next_notice_at IS NOT NULL) AND (severity <> 'info'::text));
CREATE UNIQUE INDEX alarms_open ON public.alarms USING btree (COALESCE(run_id, ''::text), COALESCE(game_id, ''::text), code, COALESCE(field, ''::text)) WHERE (cleared_at IS NULL);

create table alert_deliveries (
  delivery_id bigint generated always as identity not null,
  alarm_id bigint not null,
  sink text not null,
  round integer not null,
  status text default 'pending'::text not null,
  attempts integer default 0 not null,
  next_at timestamp with time zone default now() not null,
  said text,
  delivered_at timestamp with time zone,
  recorded_at timestamp with time zone default now() not null,
  constraint alert_deliveries_pkey PRIMARY KEY (delivery_id),
  constraint alert_deliveries_alarm_id_fkey FOREIGN KEY (alarm_id) REFERENCES alarms(alarm_id),
  constraint alert_deliveries_alarm_id_sink_round_key UNIQUE (alarm_id, sink, round),
  constraint alert_deliveries_round_check CHECK ((round >= 0)),
  constraint alert_deliveries_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'sending'::text, 'delivered'::text, 'failed'::text, 'unsure'::text])))
);
CREATE INDEX alert_deliveries_due ON public.alert_deliveries USING btree (sink, next_at) WHERE (status = ANY (ARRAY['pending'::text, 'sending'::text]));

create table alert_outbox (
  outbox_id bigint generated always as identity not null,
  kind text not null,
  facts text not null,
  recorded_at timestamp with time zone default now() not null,
  constraint alert_outbox_pkey PRIMARY KEY (outbox_id)
);

create table audit_chain (
  audit_id bigint not null,
  previous text not null,
  hash text not null,
  constraint audit_chain_pkey PRIMARY KEY (audit_id),
  constraint audit_chain_audit_id_fkey FOREIGN KEY (audit_id) REFERENCES audit_log(audit_id),
  constraint audit_chain_hash_key UNIQUE (hash)
);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.audit_chain FOR EACH ROW EXECUTE FUNCTION append_only();

create table audit_log (
  audit_id bigint generated always as identity not null,
  mode text not null,
  kind text not null,
  actor text not null,
  subject text not null,
  details text default '{}'::text not null,
  at timestamp with time zone not null,
  recorded_at timestamp with time zone default clock_timestamp() not null,
  constraint audit_log_pkey PRIMARY KEY (audit_id),
  constraint audit_log_mode_check CHECK ((mode = ANY (ARRAY['shadow'::text, 'paper'::text])))
);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.audit_log FOR EACH ROW EXECUTE FUNCTION append_only();

create table breaker_conditions (
  mode text not null,
  breaker text not null,
  holds boolean not null,
  cause text not null,
  numbers text default '{}'::text not null,
  at timestamp with time zone not null,
  recorded_at timestamp with time zone default clock_timestamp() not null,
  constraint breaker_conditions_pkey PRIMARY KEY (mode, breaker),
  constraint breaker_conditions_mode_check CHECK ((mode = ANY (ARRAY['shadow'::text, 'paper'::text])))
);

create table btc_cycles (
  mode text not null,
  series text not null,
  run_id text not null,
  cycle_no integer not null,
  started_at timestamp with time zone not null,
  ended_at timestamp with time zone not null,
  contracts integer not null,
  selected integer not null,
  excluded text not null,
  evaluated integer not null,
  proposed integer not null,
  quotes_written integer not null,
  spot_age_ms bigint,
  duration_wall_ms double precision not null,
  constraint btc_cycles_pkey PRIMARY KEY (mode, series, run_id, cycle_no),
  constraint btc_cycles_mode_check CHECK ((mode = ANY (ARRAY['shadow'::text, 'paper'::text])))
);
CREATE INDEX btc_cycles_by_time ON public.btc_cycles USING btree (mode, series, started_at);

create table btc_decisions (
  decided_at timestamp with time zone not null,
  repeats integer not null,
  mode text not null,
  run_id text not null,
  market_ticker text not null,
  code text not null,
  reason text,
  config_hash text not null,
  limits_hash text,
  input text not null,
  rules text not null,
  order_terms text,
  constraint btc_decisions_pkey PRIMARY KEY (market_ticker, mode, decided_at),
  constraint btc_decisions_mode_check CHECK ((mode = ANY (ARRAY['shadow'::text, 'paper'::text]))),
  constraint btc_decisions_repeats_check CHECK ((repeats >= 0))
) partition by RANGE (decided_at);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.btc_decisions FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON public.btc_decisions FOR EACH STATEMENT EXECUTE FUNCTION append_only();

create table btc_gaps (
  mode text not null,
  table_name text not null,
  series text not null,
  from_at timestamp with time zone not null,
  to_at timestamp with time zone not null,
  missing_rows bigint not null,
  cause text not null,
  noticed_at timestamp with time zone not null,
  filled_at timestamp with time zone,
  constraint btc_gaps_pkey PRIMARY KEY (mode, table_name, series, from_at),
  constraint btc_gaps_check CHECK ((to_at > from_at)),
  constraint btc_gaps_mode_check CHECK ((mode = ANY (ARRAY['shadow'::text, 'paper'::text])))
);

create table btc_loop_errors (
  mode text not null,
  name text not null,
  series text not null,
  class text not null,
  minute_at timestamp with time zone not null,
  errors bigint not null,
  constraint btc_loop_errors_pkey PRIMARY KEY (mode, name, series, class, minute_at),
  constraint btc_loop_errors_errors_check CHECK ((errors > 0)),
  constraint btc_loop_errors_mode_check CHECK ((mode = ANY (ARRAY['shadow'::text, 'paper'::text])))
);
CREATE INDEX btc_loop_errors_by_time ON public.btc_loop_errors USING btree (mode, minute_at);

create table btc_loops (
  mode text not null,
  name text not null,
  series text not null,
  last_at timestamp with time zone not null,
  last_wall timestamp with time zone not null,
  constraint btc_loops_pkey PRIMARY KEY (mode, name, series),
  constraint btc_loops_mode_check CHECK ((mode = ANY (ARRAY['shadow'::text, 'paper'::text])))
);

create table btc_progress (
  mode text not null,
  work text not null,
  series text not null,
  until_at timestamp with time zone not null,
  sent_back bigint default 0 not null,
  constraint btc_progress_pkey PRIMARY KEY (mode, work, series),
  constraint btc_progress_mode_check CHECK ((mode = ANY (ARRAY['shadow'::text, 'paper'::text]))),
  constraint btc_progress_work_check CHECK ((work = ANY (ARRAY['catalogue'::text, 'gap_search'::text])))
);

create table btc_run_series (
  run_id text not null,
  series text not null,
  started_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  ended_because text,
  constraint btc_run_series_pkey PRIMARY KEY (run_id, series),
  constraint btc_run_series_run_id_fkey FOREIGN KEY (run_id) REFERENCES runs(run_id)
);

create table btc_spot_spells (
  mode text not null,
  from_at timestamp with time zone not null,
  because text not null,
  to_at timestamp with time zone,
  constraint btc_spot_spells_pkey PRIMARY KEY (mode, from_at, because),
  constraint btc_spot_spells_check CHECK ((to_at >= from_at)),
  constraint btc_spot_spells_mode_check CHECK ((mode = ANY (ARRAY['shadow'::text, 'paper'::text])))
);
CREATE INDEX btc_spot_spells_by_end ON public.btc_spot_spells USING btree (mode, to_at);

create table circuit_breakers (
  breaker_id bigint generated always as identity not null,
  mode text not null,
  breaker text not null,
  cause text not null,
  numbers text default '{}'::text not null,
  level text not null,
  run_id text,
  tripped_at timestamp with time zone not null,
  recorded_at timestamp with time zone default now() not null,
  released_at timestamp with time zone,
  released_by text,
  release_reason text,
  constraint circuit_breakers_pkey PRIMARY KEY (breaker_id),
  constraint circuit_breakers_level_check CHECK ((level = ANY (ARRAY['no-entries'::text, 'reduce-only'::text, 'cancel-all'::text, 'flatten'::text]))),
  constraint circuit_breakers_mode_check CHECK ((mode = ANY (ARRAY['shadow'::text, 'paper'::text]))),
  constraint circuit_breakers_run_id_fkey FOREIGN KEY (run_id) REFERENCES runs(run_id)
);
CREATE UNIQUE INDEX circuit_breakers_open ON public.circuit_breakers USING btree (mode, breaker) WHERE (released_at IS NULL);

create table configs (
  config_hash text not null,
  config text not null,
  recorded_at timestamp with time zone default now() not null,
  constraint configs_pkey PRIMARY KEY (config_hash)
);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.configs FOR EACH ROW EXECUTE FUNCTION append_only();

create table cycles (
  game_id text not null,
  cycle_no bigint not null,
  started_at timestamp with time zone not null,
  ended_at timestamp with time zone not null,
  evaluations integer not null,
  candidates integer not null,
  proposed integer not null,
  skipped text not null,
  edges text not null,
  recorded_at timestamp with time zone default now() not null,
  decision_id text,
  constraint cycles_pkey PRIMARY KEY (game_id, cycle_no)
);

create table decisions (
  decision_id text not null,
  game_id text not null,
  decided_at timestamp with time zone not null,
  reason text not null,
  input text not null,
  output text not null,
  config_hash text not null,
  raw_ids text default '[]'::text not null,
  recorded_at timestamp with time zone default now() not null,
  limits_hash text,
  constraint decisions_pkey PRIMARY KEY (decision_id)
);
CREATE INDEX decisions_by_game ON public.decisions USING btree (game_id, decided_at);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.decisions FOR EACH ROW EXECUTE FUNCTION append_only();

create table drills (
  drill_id bigint generated always as identity not null,
  mode text not null,
  kind text not null,
  run_id text,
  kill_id text,
  passed boolean not null,
  report text not null,
  by text not null,
  at timestamp with time zone default now() not null,
  constraint drills_pkey PRIMARY KEY (drill_id),
  constraint drills_kill_id_fkey FOREIGN KEY (kill_id) REFERENCES kill_switch(kill_id),
  constraint drills_kind_check CHECK ((kind = ANY (ARRAY['kill'::text, 'restore'::text]))),
  constraint drills_mode_check CHECK ((mode = ANY (ARRAY['shadow'::text, 'paper'::text]))),
  constraint drills_run_id_fkey FOREIGN KEY (run_id) REFERENCES runs(run_id)
);
CREATE INDEX drills_by_kind ON public.drills USING btree (mode, kind, at);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.drills FOR EACH ROW EXECUTE FUNCTION append_only();

create table equity_high_water (
  mode text not null,
  result_micros bigint not null,
  at timestamp with time zone not null,
  constraint equity_high_water_pkey PRIMARY KEY (mode),
  constraint equity_high_water_mode_check CHECK ((mode = ANY (ARRAY['shadow'::text, 'paper'::text])))
);

create table fills (
  fill_id text not null,
  client_order_id uuid not null,
  venue_order_id text not null,
  market_ticker text not null,
  side text not null,
  price_micros bigint not null,
  count_centi bigint not null,
  fee_micros bigint not null,
  expected_fee_micros bigint not null,
  liquidity text not null,
  filled_at timestamp with time zone not null,
  recorded_at timestamp with time zone default now() not null,
  constraint fills_pkey PRIMARY KEY (fill_id),
  constraint fills_client_order_id_fkey FOREIGN KEY (client_order_id) REFERENCES orders(client_order_id),
  constraint fills_count_centi_check CHECK ((count_centi > 0)),
  constraint fills_fee_micros_check CHECK ((fee_micros >= 0)),
  constraint fills_liquidity_check CHECK ((liquidity = ANY (ARRAY['maker'::text, 'taker'::text]))),
  constraint fills_price_micros_check CHECK (((price_micros > 0) AND (price_micros < 1000000))),
  constraint fills_side_check CHECK ((side = ANY (ARRAY['bid'::text, 'ask'::text])))
);
CREATE INDEX fills_by_order ON public.fills USING btree (client_order_id);
CREATE TRIGGER alert_fill AFTER INSERT ON public.fills FOR EACH ROW EXECUTE FUNCTION queue_alert('fill');
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.fills FOR EACH ROW EXECUTE FUNCTION append_only();

create table foreign_exposure (
  mode text not null,
  market_ticker text not null,
  position_centi bigint not null,
  resting_orders integer not null,
  at_risk_micros bigint not null,
  observed_at timestamp with time zone not null,
  recorded_at timestamp with time zone default now() not null,
  constraint foreign_exposure_pkey PRIMARY KEY (mode, market_ticker),
  constraint foreign_exposure_at_risk_micros_check CHECK ((at_risk_micros >= 0)),
  constraint foreign_exposure_mode_check CHECK ((mode = ANY (ARRAY['shadow'::text, 'paper'::text]))),
  constraint foreign_exposure_resting_orders_check CHECK ((resting_orders >= 0))
);

create table games (
  game_id text not null,
  run_id text not null,
  event_ticker text not null,
  home text not null,
  away text not null,
  tip_at timestamp with time zone not null,
  espn_event_id text,
  nba_game_id text,
  match_confidence double precision not null,
  match_reasons text not null,
  phase text not null,
  result text,
  home_score integer,
  away_score integer,
  reconstructed text default '[]'::text not null,
  workflow_run_id text,
  live_state text,
  updated_at timestamp with time zone not null,
  recorded_at timestamp with time zone default now() not null,
  constraint games_pkey PRIMARY KEY (game_id),
  constraint games_game_id_fkey FOREIGN KEY (game_id) REFERENCES occasions(occasion_id),
  constraint games_match_confidence_check CHECK (((match_confidence >= (0)::double precision) AND (match_confidence <= (1)::double precision))),
  constraint games_run_id_fkey FOREIGN KEY (run_id) REFERENCES runs(run_id)
);
CREATE INDEX games_by_run ON public.games USING btree (run_id);
CREATE TRIGGER alert_game AFTER UPDATE ON public.games FOR EACH ROW WHEN (((new.phase IS DISTINCT FROM old.phase) AND (new.phase = ANY (ARRAY['live'::text, 'scored'::text, 'void'::text])))) EXECUTE FUNCTION queue_alert('game-phase');

create table gate_passes (
  pass_id text not null,
  from_stage text not null,
  to_stage text not null,
  config_hash text not null,
  limits_hash text not null,
  gates_hash text not null,
  code_commit text not null,
  data_from date not null,
  data_to date not null,
  run_ids text not null,
  conditions text not null,
  passed_by text not null,
  passed_at timestamp with time zone not null,
  signed_by text not null,
  signature text not null,
  night_commits text,
  constraint gate_passes_pkey PRIMARY KEY (pass_id),
  constraint gate_passes_from_stage_check CHECK ((from_stage = ANY (ARRAY['shadow'::text, 'paper'::text, 'micro'::text, 'small'::text, 'medium'::text, 'standard'::text]))),
  constraint gate_passes_to_stage_check CHECK ((to_stage = ANY (ARRAY['shadow'::text, 'paper'::text, 'micro'::text, 'small'::text, 'medium'::text, 'standard'::text])))
);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.gate_passes FOR EACH ROW EXECUTE FUNCTION append_only();

create table incidents (
  incident_id bigint generated always as identity not null,
  mode text not null,
  source text not null,
  source_id text,
  what text not null,
  from_at timestamp with time zone not null,
  to_at timestamp with time zone not null,
  opened_at timestamp with time zone default now() not null,
  opened_by text not null,
  archive text,
  archive_sha256 text,
  closed_at timestamp with time zone,
  closed_by text,
  resolution text,
  constraint incidents_pkey PRIMARY KEY (incident_id),
  constraint incidents_check CHECK ((to_at > from_at)),
  constraint incidents_check1 CHECK (((source = 'window'::text) = (source_id IS NULL))),
  constraint incidents_check2 CHECK (((archive IS NULL) = (archive_sha256 IS NULL))),
  constraint incidents_check3 CHECK ((((closed_at IS NULL) = (closed_by IS NULL)) AND ((closed_at IS NULL) = (resolution IS NULL)))),
  constraint incidents_mode_check CHECK ((mode = ANY (ARRAY['shadow'::text, 'paper'::text]))),
  constraint incidents_source_check CHECK ((source = ANY (ARRAY['alarm'::text, 'breaker'::text, 'kill'::text, 'window'::text])))
);

create table intents (
  client_order_id uuid not null,
  parent_id uuid,
  intent_key text not null,
  decision_id text not null,
  run_id text not null,
  occasion_id text not null,
  strategy text not null,
  purpose text not null,
  exit_type text,
  phase text not null,
  terms text not null,
  rules text not null,
  refusal_code text,
  proposed_at timestamp with time zone not null,
  recorded_at timestamp with time zone default now() not null,
  limits_hash text,
  basis text,
  constraint intents_pkey PRIMARY KEY (client_order_id),
  constraint intents_exit_type_check CHECK ((exit_type = ANY (ARRAY['lock'::text, 'take-profit'::text, 'stop-loss'::text, 'kill'::text]))),
  constraint intents_intent_key_key UNIQUE (intent_key),
  constraint intents_occasion_id_fkey FOREIGN KEY (occasion_id) REFERENCES occasions(occasion_id),
  constraint intents_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES intents(client_order_id),
  constraint intents_phase_check CHECK ((phase = ANY (ARRAY['pregame'::text, 'live'::text]))),
  constraint intents_purpose_check CHECK ((purpose = ANY (ARRAY['entry'::text, 'exit'::text]))),
  constraint intents_run_id_fkey FOREIGN KEY (run_id) REFERENCES runs(run_id),
  constraint intents_strategy_check CHECK (((strategy = ANY (ARRAY['pregame-anchored'::text, 'model-edge'::text, 'mean-reversion'::text, 'model-trees'::text, 'btc-edge'::text, 'drill'::text])) OR (strategy ~ '^own-[a-z][a-z0-9-]{0,31}$'::text)))
);
CREATE INDEX intents_by_decision ON public.intents USING btree (decision_id);
CREATE INDEX intents_by_occasion ON public.intents USING btree (occasion_id);
CREATE UNIQUE INDEX one_pregame_entry ON public.intents USING btree (occasion_id) WHERE ((phase = 'pregame'::text) AND (purpose = 'entry'::text) AND (strategy <> 'drill'::text) AND (parent_id IS NULL) AND (refusal_code IS NULL));

create table judgements (
  judgement_id bigint generated always as identity not null,
  kind text not null,
  mode text not null,
  from_date date not null,
  to_date date not null,
  config_hash text,
  limits_hash text,
  verdict text not null,
  report_dir text not null,
  report_sha256 text not null,
  made_by text not null,
  recorded_at timestamp with time zone default now() not null,
  tried text,
  constraint judgements_pkey PRIMARY KEY (judgement_id),
  constraint judgements_check CHECK ((to_date >= from_date)),
  constraint judgements_kind_check CHECK ((kind = ANY (ARRAY['nightly'::text, 'weekly'::text, 'validation'::text]))),
  constraint judgements_mode_check CHECK ((mode = ANY (ARRAY['shadow'::text, 'paper'::text])))
);
CREATE UNIQUE INDEX judgements_once ON public.judgements USING btree (kind, mode, from_date, to_date, report_sha256) WHERE (kind <> 'validation'::text);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.judgements FOR EACH ROW EXECUTE FUNCTION append_only();

create table kalshi_contract_scores (
  mode text not null,
  market_ticker text not null,
  corrections integer not null,
  snapshots integer not null,
  scored_at timestamp with time zone not null,
  constraint kalshi_contract_scores_pkey PRIMARY KEY (mode, market_ticker),
  constraint kalshi_contract_scores_market_ticker_fkey FOREIGN KEY (market_ticker) REFERENCES kalshi_contracts(market_ticker),
  constraint kalshi_contract_scores_mode_check CHECK ((mode = ANY (ARRAY['shadow'::text, 'paper'::text])))
);

create table kalshi_contract_settlements (
  market_ticker text not null,
  settlement_no integer not null,
  outcome text not null,
  payout_micros bigint,
  settled_ts timestamp with time zone not null,
  recorded_at timestamp with time zone default now() not null,
  constraint kalshi_contract_settlements_pkey PRIMARY KEY (market_ticker, settlement_no),
  constraint kalshi_contract_settlements_market_ticker_fkey FOREIGN KEY (market_ticker) REFERENCES kalshi_contracts(market_ticker),
  constraint kalshi_contract_settlements_outcome_check CHECK ((outcome = ANY (ARRAY['yes'::text, 'no'::text, 'scalar'::text, 'void'::text]))),
  constraint kalshi_contract_settlements_payout_micros_check CHECK (((payout_micros >= 0) AND (payout_micros <= 1000000)))
);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.kalshi_contract_settlements FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON public.kalshi_contract_settlements FOR EACH STATEMENT EXECUTE FUNCTION append_only();

create table kalshi_contracts (
  market_ticker text not null,
  event_ticker text not null,
  series_ticker text not null,
  strike_type text not null,
  floor_strike_micros bigint,
  cap_strike_micros bigint,
  bounds_known_at timestamp with time zone,
  open_at timestamp with time zone not null,
  close_at timestamp with time zone not null,
  expiration_at timestamp with time zone,
  outcome text,
  settled_ts timestamp with time zone,
  settlement_value_micros bigint,
  payout_micros bigint,
  corrections integer default 0 not null,
  constraint kalshi_contracts_pkey PRIMARY KEY (market_ticker),
  constraint kalshi_contracts_check CHECK (((outcome IS NULL) = (settled_ts IS NULL))),
  constraint kalshi_contracts_check1 CHECK (((payout_micros IS NULL) = ((outcome IS NULL) OR (outcome = 'void'::text)))),
  constraint kalshi_contracts_outcome_check CHECK ((outcome = ANY (ARRAY['yes'::text, 'no'::text, 'scalar'::text, 'void'::text]))),
  constraint kalshi_contracts_payout_micros_check CHECK (((payout_micros >= 0) AND (payout_micros <= 1000000)))
);
CREATE INDEX kalshi_contracts_by_close ON public.kalshi_contracts USING btree (series_ticker, close_at);
CREATE INDEX kalshi_contracts_unsettled ON public.kalshi_contracts USING btree (close_at) WHERE (outcome IS NULL);

create table kalshi_edge_snapshot_scores (
  computed_at timestamp with time zone not null,
  scored_at timestamp with time zone not null,
  horizon_bucket integer,
  brier_model real,
  brier_market real,
  log_loss_model real,
  log_loss_market real,
  implied_mid real,
  drift real,
  pnl_yes_micros integer,
  pnl_no_micros integer,
  payout_micros integer not null,
  mode text not null,
  market_ticker text not null,
  constraint kalshi_edge_snapshot_scores_pkey PRIMARY KEY (market_ticker, mode, computed_at),
  constraint kalshi_edge_snapshot_scores_mode_check CHECK ((mode = ANY (ARRAY['shadow'::text, 'paper'::text])))
) partition by RANGE (computed_at);

create table kalshi_edge_snapshots (
  computed_at timestamp with time zone not null,
  model_probability double precision,
  spot_micros bigint,
  mean_micros bigint,
  deviation_micros bigint,
  cycle_no integer not null,
  confidence real,
  bid_micros integer,
  ask_micros integer,
  edge_yes_micros integer,
  edge_no_micros integer,
  mode text not null,
  market_ticker text not null,
  code text not null,
  model_version text,
  constraint kalshi_edge_snapshots_pkey PRIMARY KEY (market_ticker, mode, computed_at),
  constraint kalshi_edge_snapshots_mode_check CHECK ((mode = ANY (ARRAY['shadow'::text, 'paper'::text]))),
  constraint kalshi_edge_snapshots_model_probability_check CHECK (((model_probability >= (0)::double precision) AND (model_probability <= (1)::double precision)))
) partition by RANGE (computed_at);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.kalshi_edge_snapshots FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON public.kalshi_edge_snapshots FOR EACH STATEMENT EXECUTE FUNCTION append_only();

create table kalshi_edges (
  mode text not null,
  market_ticker text not null,
  computed_at timestamp with time zone not null,
  run_id text not null,
  cycle_no integer not null,
  model_probability double precision,
  confidence real,
  bid_micros integer,
  ask_micros integer,
  edge_yes_micros integer,
  edge_no_micros integer,
  code text not null,
  spot_micros bigint,
  mean_micros bigint,
  deviation_micros bigint,
  model_version text,
  constraint kalshi_edges_pkey PRIMARY KEY (mode, market_ticker),
  constraint kalshi_edges_mode_check CHECK ((mode = ANY (ARRAY['shadow'::text, 'paper'::text]))),
  constraint kalshi_edges_model_probability_check CHECK (((model_probability >= (0)::double precision) AND (model_probability <= (1)::double precision)))
);

create table kalshi_markets (
  market_ticker text not null,
  event_ticker text not null,
  series_ticker text not null,
  status text not null,
  price_grid text not null,
  exchange_index integer not null,
  fee_kind text not null,
  fee_multiplier_milli integer not null,
  first_seen_at timestamp with time zone not null,
  refreshed_at timestamp with time zone not null,
  raw text not null,
  constraint kalshi_markets_pkey PRIMARY KEY (market_ticker),
  constraint kalshi_markets_fee_multiplier_milli_check CHECK ((fee_multiplier_milli >= 0))
);
CREATE INDEX kalshi_markets_by_series ON public.kalshi_markets USING btree (series_ticker, status);

create table kalshi_quotes (
  observed_at timestamp with time zone not null,
  bid_size_centi bigint,
  ask_size_centi bigint,
  bid_micros integer,
  ask_micros integer,
  market_ticker text not null,
  stale_because text,
  constraint kalshi_quotes_pkey PRIMARY KEY (market_ticker, observed_at)
) partition by RANGE (observed_at);

create table kill_switch (
  kill_id text not null,
  mode text not null,
  level text not null,
  reason text not null,
  by text not null,
  thrown_at timestamp with time zone default now() not null,
  acknowledged_at timestamp with time zone,
  no_resting_at timestamp with time zone,
  report text,
  released_at timestamp with time zone,
  released_by text,
  release_reason text,
  breaker_id bigint,
  flat_at timestamp with time zone,
  constraint kill_switch_pkey PRIMARY KEY (kill_id),
  constraint kill_switch_breaker_id_fkey FOREIGN KEY (breaker_id) REFERENCES circuit_breakers(breaker_id),
  constraint kill_switch_level_check CHECK ((level = ANY (ARRAY['no-entries'::text, 'reduce-only'::text, 'cancel-all'::text, 'flatten'::text]))),
  constraint kill_switch_mode_check CHECK ((mode = ANY (ARRAY['shadow'::text, 'paper'::text]))),
  constraint kill_switch_reason_check CHECK ((reason <> ''::text))
);
CREATE INDEX kill_switch_on ON public.kill_switch USING btree (mode) WHERE (released_at IS NULL);
CREATE TRIGGER alert_kill AFTER INSERT ON public.kill_switch FOR EACH ROW EXECUTE FUNCTION queue_alert('kill');
CREATE TRIGGER alert_kill_released AFTER UPDATE ON public.kill_switch FOR EACH ROW WHEN (((old.released_at IS NULL) AND (new.released_at IS NOT NULL))) EXECUTE FUNCTION queue_alert('kill-released');

create table ledger_days (
  mode text not null,
  trading_date date not null,
  cash_micros bigint not null,
  capital_micros bigint not null,
  result_micros bigint not null,
  constraint ledger_days_pkey PRIMARY KEY (mode, trading_date),
  constraint ledger_days_mode_check CHECK ((mode = ANY (ARRAY['shadow'::text, 'paper'::text])))
);

create table ledger_entries (
  entry_id bigint generated always as identity not null,
  transaction_id bigint not null,
  account text not null,
  amount_micros bigint not null,
  constraint ledger_entries_pkey PRIMARY KEY (entry_id),
  constraint ledger_entries_transaction_id_fkey FOREIGN KEY (transaction_id) REFERENCES ledger_transactions(transaction_id)
);
CREATE INDEX ledger_entries_by_account ON public.ledger_entries USING btree (account);
CREATE INDEX ledger_entries_by_transaction ON public.ledger_entries USING btree (transaction_id);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.ledger_entries FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER ledger_days_sum AFTER INSERT ON public.ledger_entries REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger_days_add();
CREATE CONSTRAINT TRIGGER ledger_entries_balance AFTER INSERT OR UPDATE ON public.ledger_entries DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_balances();

create table ledger_transactions (
  transaction_id bigint generated always as identity not null,
  mode text not null,
  kind text not null,
  reference text not null,
  run_id text,
  happened_at timestamp with time zone not null,
  recorded_at timestamp with time zone default now() not null,
  constraint ledger_transactions_pkey PRIMARY KEY (transaction_id),
  constraint ledger_transactions_kind_check CHECK ((kind = ANY (ARRAY['deposit'::text, 'withdrawal'::text, 'fill'::text, 'settlement'::text]))),
  constraint ledger_transactions_mode_check CHECK ((mode = ANY (ARRAY['shadow'::text, 'paper'::text]))),
  constraint ledger_transactions_mode_kind_reference_key UNIQUE (mode, kind, reference),
  constraint ledger_transactions_run_id_fkey FOREIGN KEY (run_id) REFERENCES runs(run_id)
);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.ledger_transactions FOR EACH ROW EXECUTE FUNCTION append_only();

create table manual_items (
  item text not null,
  note text not null,
  ticked_by text not null,
  ticked_at timestamp with time zone not null,
  signed_by text not null,
  signature text not null,
  constraint manual_items_pkey PRIMARY KEY (item),
  constraint manual_items_note_check CHECK ((note <> ''::text))
);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.manual_items FOR EACH ROW EXECUTE FUNCTION append_only();

create table markets (
  game_id text not null,
  market_ticker text not null,
  team text not null,
  exchange_index integer not null,
  status text not null,
  result text,
  settlement_value_micros bigint,
  constraint markets_pkey PRIMARY KEY (game_id, market_ticker),
  constraint markets_game_id_fkey FOREIGN KEY (game_id) REFERENCES games(game_id),
  constraint markets_result_check CHECK ((result = ANY (ARRAY['yes'::text, 'no'::text, 'scalar'::text]))),
  constraint markets_settlement_value_micros_check CHECK (((settlement_value_micros >= 0) AND (settlement_value_micros <= 1000000))),
  constraint markets_team_check CHECK ((team = ANY (ARRAY['home'::text, 'away'::text])))
);

create table occasions (
  occasion_id text not null,
  run_id text not null,
  mode text not null,
  domain text not null,
  event_ticker text not null,
  opened_at timestamp with time zone not null,
  recorded_at timestamp with time zone default now() not null,
  constraint occasions_pkey PRIMARY KEY (occasion_id),
  constraint occasions_domain_check CHECK ((domain = ANY (ARRAY['nba'::text, 'btc'::text]))),
  constraint occasions_mode_check CHECK ((mode = ANY (ARRAY['shadow'::text, 'paper'::text]))),
  constraint occasions_run_id_fkey FOREIGN KEY (run_id) REFERENCES runs(run_id)
);
CREATE INDEX occasions_by_run ON public.occasions USING btree (run_id);

create table order_groups (
  run_id text not null,
  exchange_index integer not null,
  order_group_id text not null,
  limit_centi bigint not null,
  created_at timestamp with time zone default now() not null,
  constraint order_groups_pkey PRIMARY KEY (run_id, exchange_index),
  constraint order_groups_limit_centi_check CHECK ((limit_centi > 0)),
  constraint order_groups_run_id_fkey FOREIGN KEY (run_id) REFERENCES runs(run_id)
);

create table order_updates (
  update_id bigint generated always as identity not null,
  client_order_id uuid not null,
  kind text not null,
  status text not null,
  details text default '{}'::text not null,
  at timestamp with time zone not null,
  recorded_at timestamp with time zone default now() not null,
  constraint order_updates_pkey PRIMARY KEY (update_id),
  constraint order_updates_client_order_id_fkey FOREIGN KEY (client_order_id) REFERENCES orders(client_order_id)
);
CREATE INDEX order_updates_by_order ON public.order_updates USING btree (client_order_id);
CREATE INDEX order_updates_failed ON public.order_updates USING btree (at) WHERE (kind = ANY (ARRAY['rejected'::text, 'lost'::text]));
CREATE TRIGGER alert_rejected AFTER INSERT ON public.order_updates FOR EACH ROW WHEN ((new.kind = 'rejected'::text)) EXECUTE FUNCTION queue_alert('order-rejected');
CREATE TRIGGER alert_sent AFTER INSERT ON public.order_updates FOR EACH ROW WHEN ((new.kind = 'submitted'::text)) EXECUTE FUNCTION queue_alert('order-sent');
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.order_updates FOR EACH ROW EXECUTE FUNCTION append_only();

create table orders (
  client_order_id uuid not null,
  parent_id uuid,
  root_id uuid not null,
  run_id text not null,
  occasion_id text not null,
  strategy text not null,
  purpose text not null,
  exit_type text,
  phase text not null,
  market_ticker text not null,
  exchange_index integer not null,
  side text not null,
  price_micros bigint not null,
  count_centi bigint not null,
  time_in_force text not null,
  is_post_only boolean not null,
  is_reduce_only boolean not null,
  status text not null,
  filled_centi bigint default 0 not null,
  venue_order_id text,
  reserved_micros bigint not null,
  expected_fill_probability double precision not null,
  expected_price_micros bigint not null,
  reject_code text,
  quote_received_at timestamp with time zone,
  quote_received_wall_ms double precision,
  sent_wall_ms double precision,
  intended_at timestamp with time zone not null,
  submitted_at timestamp with time zone,
  closed_at timestamp with time zone,
  recorded_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null,
  is_known_sent boolean default false not null,
  constraint orders_pkey PRIMARY KEY (client_order_id),
  constraint orders_check CHECK (((filled_centi >= 0) AND (filled_centi <= count_centi))),
  constraint orders_client_order_id_fkey FOREIGN KEY (client_order_id) REFERENCES intents(client_order_id),
  constraint orders_count_centi_check CHECK ((count_centi > 0)),
  constraint orders_exit_type_check CHECK ((exit_type = ANY (ARRAY['lock'::text, 'take-profit'::text, 'stop-loss'::text, 'kill'::text]))),
  constraint orders_occasion_id_fkey FOREIGN KEY (occasion_id) REFERENCES occasions(occasion_id),
  constraint orders_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES orders(client_order_id),
  constraint orders_phase_check CHECK ((phase = ANY (ARRAY['pregame'::text, 'live'::text]))),
  constraint orders_price_micros_check CHECK (((price_micros > 0) AND (price_micros < 1000000))),
  constraint orders_purpose_check CHECK ((purpose = ANY (ARRAY['entry'::text, 'exit'::text]))),
  constraint orders_reserved_micros_check CHECK ((reserved_micros >= 0)),
  constraint orders_run_id_fkey FOREIGN KEY (run_id) REFERENCES runs(run_id),
  constraint orders_side_check CHECK ((side = ANY (ARRAY['bid'::text, 'ask'::text]))),
  constraint orders_status_check CHECK ((status = ANY (ARRAY['intended'::text, 'submitted'::text, 'working'::text, 'filled'::text, 'canceled'::text, 'expired'::text, 'rejected'::text, 'unknown'::text]))),
  constraint orders_strategy_check CHECK (((strategy = ANY (ARRAY['pregame-anchored'::text, 'model-edge'::text, 'mean-reversion'::text, 'model-trees'::text, 'btc-edge'::text, 'drill'::text])) OR (strategy ~ '^own-[a-z][a-z0-9-]{0,31}$'::text))),
  constraint orders_time_in_force_check CHECK ((time_in_force = ANY (ARRAY['good_till_canceled'::text, 'immediate_or_cancel'::text, 'fill_or_kill'::text]))),
  constraint orders_venue_order_id_key UNIQUE (venue_order_id)
);
CREATE INDEX orders_by_occasion ON public.orders USING btree (occasion_id);
CREATE INDEX orders_by_run ON public.orders USING btree (run_id);
CREATE INDEX orders_entries ON public.orders USING btree (intended_at) WHERE ((purpose = 'entry'::text) AND (parent_id IS NULL));
CREATE INDEX orders_open ON public.orders USING btree (status) WHERE (status = ANY (ARRAY['intended'::text, 'submitted'::text, 'working'::text, 'unknown'::text]));

create table partner_probabilities (
  event_ticker text not null,
  home_probability double precision not null,
  set_by text not null,
  set_at timestamp with time zone not null,
  recorded_at timestamp with time zone default now() not null,
  constraint partner_probabilities_pkey PRIMARY KEY (event_ticker, set_at),
  constraint partner_probabilities_home_probability_check CHECK (((home_probability > (0)::double precision) AND (home_probability < (1)::double precision)))
);

create table plan_verdicts (
  verdict_id bigint generated always as identity not null,
  plan_hash text not null,
  verdict text not null,
  details text not null,
  made_by text not null,
  recorded_at timestamp with time zone default now() not null,
  mode text not null,
  constraint plan_verdicts_pkey PRIMARY KEY (verdict_id),
  constraint plan_verdicts_mode_check CHECK ((mode = ANY (ARRAY['shadow'::text, 'paper'::text]))),
  constraint plan_verdicts_mode_plan_hash_fkey FOREIGN KEY (mode, plan_hash) REFERENCES test_plans(mode, plan_hash),
  constraint plan_verdicts_verdict_check CHECK ((verdict = ANY (ARRAY['confirmed'::text, 'not_confirmed'::text, 'not_enough_data'::text])))
);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.plan_verdicts FOR EACH ROW EXECUTE FUNCTION append_only();

create table positions (
  occasion_id text not null,
  strategy text not null,
  market_ticker text not null,
  position_centi bigint not null,
  cost_micros bigint not null,
  fees_micros bigint default 0 not null,
  realized_micros bigint default 0 not null,
  opened_at timestamp with time zone,
  updated_at timestamp with time zone not null,
  constraint positions_pkey PRIMARY KEY (occasion_id, strategy, market_ticker),
  constraint positions_cost_micros_check CHECK ((cost_micros >= 0)),
  constraint positions_occasion_id_fkey FOREIGN KEY (occasion_id) REFERENCES occasions(occasion_id),
  constraint positions_strategy_check CHECK (((strategy = ANY (ARRAY['pregame-anchored'::text, 'model-edge'::text, 'mean-reversion'::text, 'model-trees'::text, 'btc-edge'::text, 'drill'::text])) OR (strategy ~ '^own-[a-z][a-z0-9-]{0,31}$'::text)))
);
CREATE INDEX positions_changed ON public.positions USING btree (updated_at DESC) WHERE (opened_at IS NOT NULL);
CREATE INDEX positions_open ON public.positions USING btree (occasion_id) WHERE (position_centi <> 0);
CREATE TRIGGER alert_position AFTER UPDATE ON public.positions FOR EACH ROW WHEN (((old.position_centi = 0) <> (new.position_centi = 0))) EXECUTE FUNCTION queue_alert('position');

create table raw_responses (
  raw_id text not null,
  source text not null,
  endpoint text not null,
  body text not null,
  fetched_at timestamp with time zone not null,
  received_at timestamp with time zone not null,
  recorded_at timestamp with time zone default now() not null,
  constraint raw_responses_pkey PRIMARY KEY (raw_id)
);

create table reconciliations (
  reconciliation_id bigint generated always as identity not null,
  run_id text,
  at timestamp with time zone not null,
  differences text not null,
  venue_cash_micros bigint,
  ledger_cash_micros bigint,
  recorded_at timestamp with time zone default now() not null,
  foreign_cash_micros bigint,
  constraint reconciliations_pkey PRIMARY KEY (reconciliation_id)
);

create table risk_limits_in_force (
  in_force_id bigint generated always as identity not null,
  mode text not null,
  hash text not null,
  text text not null,
  by text not null,
  reason text not null,
  at timestamp with time zone default clock_timestamp() not null,
  constraint risk_limits_in_force_pkey PRIMARY KEY (in_force_id),
  constraint risk_limits_in_force_mode_check CHECK ((mode = ANY (ARRAY['shadow'::text, 'paper'::text]))),
  constraint risk_limits_in_force_reason_check CHECK ((reason <> ''::text))
);
CREATE INDEX risk_limits_by_mode ON public.risk_limits_in_force USING btree (mode, in_force_id DESC);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.risk_limits_in_force FOR EACH ROW EXECUTE FUNCTION append_only();

create table runs (
  run_id text not null,
  mode text not null,
  trading_date date not null,
  source text not null,
  seed bigint,
  speed double precision not null,
  code_commit text not null,
  config_hash text not null,
  config text not null,
  manifest text not null,
  started_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  verdict text,
  recorded_at timestamp with time zone default now() not null,
  domain text default 'nba'::text not null,
  constraint runs_pkey PRIMARY KEY (run_id),
  constraint runs_domain_check CHECK ((domain = ANY (ARRAY['nba'::text, 'btc'::text]))),
  constraint runs_mode_check CHECK ((mode = ANY (ARRAY['shadow'::text, 'paper'::text]))),
  constraint runs_speed_check CHECK ((speed > (0)::double precision)),
  constraint runs_verdict_check CHECK ((verdict = ANY (ARRAY['passed'::text, 'failed'::text, 'stopped'::text])))
);
CREATE TRIGGER alert_day_closed AFTER UPDATE ON public.runs FOR EACH ROW WHEN (((new.verdict IS NOT NULL) AND (new.verdict IS DISTINCT FROM old.verdict))) EXECUTE FUNCTION queue_alert('day-closed');
CREATE TRIGGER alert_day_opened AFTER INSERT ON public.runs FOR EACH ROW EXECUTE FUNCTION queue_alert('day-opened');

create table schedule_days (
  trading_date date not null,
  mode text not null,
  status text not null,
  details text not null,
  at timestamp with time zone default now() not null,
  constraint schedule_days_pkey PRIMARY KEY (trading_date, mode),
  constraint schedule_days_status_check CHECK ((status = ANY (ARRAY['started'::text, 'missed'::text, 'refused'::text])))
);

create table schema_migrations (
  name text not null,
  checksum text not null,
  applied_at timestamp with time zone default now() not null,
  constraint schema_migrations_pkey PRIMARY KEY (name)
);

create table scores (
  game_id text not null,
  instant_name text not null,
  scored_at timestamp with time zone not null,
  model_probability double precision,
  market_probability double precision,
  home_won boolean not null,
  constraint scores_pkey PRIMARY KEY (game_id, instant_name),
  constraint scores_game_id_fkey FOREIGN KEY (game_id) REFERENCES games(game_id)
);

create table settlement_corrections (
  occasion_id text not null,
  market_ticker text not null,
  strategy text not null,
  correction_no integer not null,
  result text not null,
  value_micros bigint,
  revenue_micros bigint not null,
  told_at timestamp with time zone not null,
  corrected_at timestamp with time zone not null,
  recorded_at timestamp with time zone default now() not null,
  constraint settlement_corrections_pkey PRIMARY KEY (occasion_id, market_ticker, strategy, correction_no),
  constraint settlement_corrections_correction_no_check CHECK ((correction_no >= 1)),
  constraint settlement_corrections_occasion_id_market_ticker_strategy_fkey FOREIGN KEY (occasion_id, market_ticker, strategy) REFERENCES settlements(occasion_id, market_ticker, strategy),
  constraint settlement_corrections_result_check CHECK ((result = ANY (ARRAY['yes'::text, 'no'::text, 'scalar'::text, 'void'::text]))),
  constraint settlement_corrections_revenue_micros_check CHECK ((revenue_micros >= 0)),
  constraint settlement_corrections_strategy_check CHECK (((strategy = ANY (ARRAY['pregame-anchored'::text, 'model-edge'::text, 'mean-reversion'::text, 'model-trees'::text, 'btc-edge'::text, 'drill'::text])) OR (strategy ~ '^own-[a-z][a-z0-9-]{0,31}$'::text))),
  constraint settlement_corrections_value_micros_check CHECK (((value_micros >= 0) AND (value_micros <= 1000000))),
  constraint settlement_corrections_void_check CHECK (((result = 'void'::text) = (value_micros IS NULL)))
);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.settlement_corrections FOR EACH ROW EXECUTE FUNCTION append_only();

create table settlements (
  occasion_id text not null,
  market_ticker text not null,
  strategy text not null,
  result text not null,
  value_micros bigint,
  position_centi bigint not null,
  revenue_micros bigint not null,
  settled_at timestamp with time zone not null,
  recorded_at timestamp with time zone default now() not null,
  constraint settlements_pkey PRIMARY KEY (occasion_id, market_ticker, strategy),
  constraint settlements_occasion_id_fkey FOREIGN KEY (occasion_id) REFERENCES occasions(occasion_id),
  constraint settlements_result_check CHECK ((result = ANY (ARRAY['yes'::text, 'no'::text, 'scalar'::text, 'void'::text]))),
  constraint settlements_revenue_micros_check CHECK ((revenue_micros >= 0)),
  constraint settlements_strategy_check CHECK (((strategy = ANY (ARRAY['pregame-anchored'::text, 'model-edge'::text, 'mean-reversion'::text, 'model-trees'::text, 'btc-edge'::text, 'drill'::text])) OR (strategy ~ '^own-[a-z][a-z0-9-]{0,31}$'::text))),
  constraint settlements_value_micros_check CHECK (((value_micros >= 0) AND (value_micros <= 1000000))),
  constraint settlements_void_check CHECK (((result = 'void'::text) = (value_micros IS NULL)))
);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.settlements FOR EACH ROW EXECUTE FUNCTION append_only();

create table snapshots (
  snapshot_id bigint generated always as identity not null,
  game_id text not null,
  observed_at timestamp with time zone not null,
  cursor_no bigint not null,
  trigger text not null,
  home_bid_micros bigint,
  home_bid_size_centi bigint,
  home_ask_micros bigint,
  home_ask_size_centi bigint,
  away_bid_micros bigint,
  away_bid_size_centi bigint,
  away_ask_micros bigint,
  away_ask_size_centi bigint,
  home_quoted_at timestamp with time zone,
  away_quoted_at timestamp with time zone,
  mid_micros double precision,
  spread_micros bigint,
  quality text not null,
  period integer,
  clock_seconds double precision,
  home_score integer,
  away_score integer,
  clock_state text,
  clock_stale text,
  espn_home_probability double precision,
  model_home_probability double precision,
  recorded_at timestamp with time zone default now() not null,
  constraint snapshots_pkey PRIMARY KEY (snapshot_id),
  constraint snapshots_game_id_cursor_no_key UNIQUE (game_id, cursor_no)
);
CREATE INDEX snapshots_by_game ON public.snapshots USING btree (game_id, observed_at);

create table spooled_files (
  file_name text not null,
  rows integer not null,
  taken_in_at timestamp with time zone default now() not null,
  constraint spooled_files_pkey PRIMARY KEY (file_name)
);

create table spot_ticks (
  spot_micros bigint not null,
  source_at timestamp with time zone not null,
  received_at timestamp with time zone not null,
  trade_id bigint,
  source text not null,
  constraint spot_ticks_source_source_at_trade_id_key UNIQUE NULLS NOT DISTINCT (source, source_at, trade_id),
  constraint spot_ticks_spot_micros_check CHECK ((spot_micros > 0))
) partition by RANGE (source_at);

create table stage_moves (
  move_no integer not null,
  kind text not null,
  from_stage text not null,
  from_step integer not null,
  to_stage text not null,
  to_step integer not null,
  pass_id text,
  cause text,
  reason text not null,
  moved_by text not null,
  moved_at timestamp with time zone not null,
  previous text not null,
  signed_by text not null,
  signature text not null,
  constraint stage_moves_pkey PRIMARY KEY (move_no),
  constraint stage_moves_cause_key UNIQUE (cause),
  constraint stage_moves_check CHECK (((kind <> ALL (ARRAY['promotion'::text, 'step-up'::text])) OR (pass_id IS NOT NULL))),
  constraint stage_moves_from_stage_check CHECK ((from_stage = ANY (ARRAY['shadow'::text, 'paper'::text, 'micro'::text, 'small'::text, 'medium'::text, 'standard'::text]))),
  constraint stage_moves_from_step_check CHECK (((from_step >= 0) AND (from_step <= 4))),
  constraint stage_moves_kind_check CHECK ((kind = ANY (ARRAY['promotion'::text, 'step-up'::text, 'demotion'::text, 'step-back'::text]))),
  constraint stage_moves_move_no_check CHECK ((move_no > 0)),
  constraint stage_moves_pass_id_fkey FOREIGN KEY (pass_id) REFERENCES gate_passes(pass_id),
  constraint stage_moves_reason_check CHECK ((reason <> ''::text)),
  constraint stage_moves_to_stage_check CHECK ((to_stage = ANY (ARRAY['shadow'::text, 'paper'::text, 'micro'::text, 'small'::text, 'medium'::text, 'standard'::text]))),
  constraint stage_moves_to_step_check CHECK (((to_step >= 0) AND (to_step <= 4)))
);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.stage_moves FOR EACH ROW EXECUTE FUNCTION append_only();

create table test_locks (
  lock_id text not null,
  mode text not null,
  reason text not null,
  snapshot text not null,
  snapshot_hash text not null,
  created_by text not null,
  created_at timestamp with time zone not null,
  signed_by text not null,
  signature text not null,
  unlocked_at timestamp with time zone,
  unlocked_by text,
  unlock_reason text,
  constraint test_locks_pkey PRIMARY KEY (lock_id),
  constraint test_locks_mode_check CHECK ((mode = ANY (ARRAY['shadow'::text, 'paper'::text]))),
  constraint test_locks_reason_check CHECK ((reason <> ''::text))
);
CREATE UNIQUE INDEX test_locks_open ON public.test_locks USING btree (mode) WHERE (unlocked_at IS NULL);
CREATE TRIGGER lock_only_unlocks BEFORE DELETE OR UPDATE ON public.test_locks FOR EACH ROW EXECUTE FUNCTION lock_only_unlocks();

create table test_plans (
  plan_hash text not null,
  name text not null,
  mode text not null,
  content text not null,
  from_date date not null,
  to_date date not null,
  config_hash text not null,
  limits_hash text not null,
  locked_by text not null,
  locked_at timestamp with time zone default now() not null,
  constraint test_plans_pkey PRIMARY KEY (mode, plan_hash),
  constraint test_plans_check CHECK ((to_date >= from_date)),
  constraint test_plans_mode_check CHECK ((mode = ANY (ARRAY['shadow'::text, 'paper'::text]))),
  constraint test_plans_mode_name_key UNIQUE (mode, name)
);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.test_plans FOR EACH ROW EXECUTE FUNCTION append_only();

create table verdicts (
  decision_id text not null,
  strategy text not null,
  code text not null,
  edge_micros bigint,
  constraint verdicts_pkey PRIMARY KEY (decision_id, strategy),
  constraint verdicts_decision_id_fkey FOREIGN KEY (decision_id) REFERENCES decisions(decision_id)
);

create table would_trades (
  decision_id text not null,
  mode text not null,
  run_id text not null,
  market_ticker text not null,
  decided_at timestamp with time zone not null,
  code text not null,
  reason text,
  input text not null,
  rules text not null,
  verdict text not null,
  order_terms text,
  outcome text,
  config_hash text not null,
  limits_hash text,
  client_order_id uuid,
  refusal_code text,
  fill_status text,
  filled_centi bigint,
  fill_price_micros bigint,
  fill_cost_micros bigint,
  fee_micros bigint,
  filled_at timestamp with time zone,
  payout_micros bigint,
  pnl_micros bigint,
  settled_at timestamp with time zone,
  constraint would_trades_pkey PRIMARY KEY (decision_id),
  constraint would_trades_fill_status_check CHECK ((fill_status = ANY (ARRAY['filled'::text, 'partial'::text, 'unfilled'::text]))),
  constraint would_trades_mode_check CHECK ((mode = ANY (ARRAY['shadow'::text, 'paper'::text]))),
  constraint would_trades_outcome_check CHECK ((outcome = ANY (ARRAY['yes'::text, 'no'::text]))),
  constraint would_trades_run_id_fkey FOREIGN KEY (run_id) REFERENCES runs(run_id)
);
CREATE INDEX would_trades_at_stake ON public.would_trades USING btree (decision_id) WHERE ((mode = 'shadow'::text) AND (code = 'propose'::text) AND (refusal_code IS NULL) AND (payout_micros IS NULL) AND (COALESCE(filled_centi, (1)::bigint) > 0));
CREATE INDEX would_trades_by_market ON public.would_trades USING btree (market_ticker, decided_at);
CREATE INDEX would_trades_by_time ON public.would_trades USING btree (mode, decided_at);
CREATE TRIGGER append_only BEFORE DELETE ON public.would_trades FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER decided BEFORE UPDATE ON public.would_trades FOR EACH ROW EXECUTE FUNCTION would_trade_decided();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON public.would_trades FOR EACH STATEMENT EXECUTE FUNCTION append_only();
