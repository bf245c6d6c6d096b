-- Written by scripts/db-dump.ts from a migrated database. Do not edit.

CREATE OR REPLACE FUNCTION public.append_only()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception '% is append-only', tg_table_name;
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
  constraint alarms_pkey PRIMARY KEY (alarm_id),
  constraint alarms_severity_check CHECK ((severity = ANY (ARRAY['info'::text, 'warning'::text, 'critical'::text])))
);
CREATE UNIQUE INDEX alarms_open ON public.alarms USING btree (COALESCE(run_id, ''::text), COALESCE(game_id, ''::text), code, COALESCE(field, ''::text)) WHERE (cleared_at IS NULL);

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
  constraint decisions_pkey PRIMARY KEY (decision_id)
);
CREATE INDEX decisions_by_game ON public.decisions USING btree (game_id, decided_at);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.decisions FOR EACH ROW EXECUTE FUNCTION append_only();

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
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.fills FOR EACH ROW EXECUTE FUNCTION append_only();

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
  constraint games_match_confidence_check CHECK (((match_confidence >= (0)::double precision) AND (match_confidence <= (1)::double precision))),
  constraint games_run_id_fkey FOREIGN KEY (run_id) REFERENCES runs(run_id)
);
CREATE INDEX games_by_run ON public.games USING btree (run_id);

create table intents (
  client_order_id uuid not null,
  parent_id uuid,
  intent_key text not null,
  decision_id text not null,
  run_id text not null,
  game_id text not null,
  strategy text not null,
  purpose text not null,
  exit_type text,
  phase text not null,
  terms text not null,
  rules text not null,
  refusal_code text,
  proposed_at timestamp with time zone not null,
  recorded_at timestamp with time zone default now() not null,
  constraint intents_pkey PRIMARY KEY (client_order_id),
  constraint intents_exit_type_check CHECK ((exit_type = ANY (ARRAY['lock'::text, 'take-profit'::text, 'stop-loss'::text, 'kill'::text]))),
  constraint intents_game_id_fkey FOREIGN KEY (game_id) REFERENCES games(game_id),
  constraint intents_intent_key_key UNIQUE (intent_key),
  constraint intents_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES intents(client_order_id),
  constraint intents_phase_check CHECK ((phase = ANY (ARRAY['pregame'::text, 'live'::text]))),
  constraint intents_purpose_check CHECK ((purpose = ANY (ARRAY['entry'::text, 'exit'::text]))),
  constraint intents_run_id_fkey FOREIGN KEY (run_id) REFERENCES runs(run_id),
  constraint intents_strategy_check CHECK ((strategy = ANY (ARRAY['pregame-anchored'::text, 'model-edge'::text, 'mean-reversion'::text])))
);
CREATE INDEX intents_by_game ON public.intents USING btree (game_id);
CREATE UNIQUE INDEX one_pregame_attempt ON public.intents USING btree (game_id) WHERE ((phase = 'pregame'::text) AND (purpose = 'entry'::text) AND (parent_id IS NULL) AND (refusal_code IS DISTINCT FROM 'one_pregame_attempt'::text));

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
  constraint kill_switch_pkey PRIMARY KEY (kill_id),
  constraint kill_switch_level_check CHECK ((level = ANY (ARRAY['no-entries'::text, 'reduce-only'::text, 'cancel-all'::text, 'flatten'::text]))),
  constraint kill_switch_mode_check CHECK ((mode = ANY (ARRAY['shadow'::text, 'paper'::text]))),
  constraint kill_switch_reason_check CHECK ((reason <> ''::text))
);
CREATE INDEX kill_switch_on ON public.kill_switch USING btree (mode) WHERE (released_at IS NULL);

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
  constraint ledger_transactions_kind_check CHECK ((kind = ANY (ARRAY['deposit'::text, 'fill'::text, 'settlement'::text]))),
  constraint ledger_transactions_mode_check CHECK ((mode = ANY (ARRAY['shadow'::text, 'paper'::text]))),
  constraint ledger_transactions_mode_kind_reference_key UNIQUE (mode, kind, reference),
  constraint ledger_transactions_run_id_fkey FOREIGN KEY (run_id) REFERENCES runs(run_id)
);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.ledger_transactions FOR EACH ROW EXECUTE FUNCTION append_only();

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
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.order_updates FOR EACH ROW EXECUTE FUNCTION append_only();

create table orders (
  client_order_id uuid not null,
  parent_id uuid,
  root_id uuid not null,
  run_id text not null,
  game_id text not null,
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
  constraint orders_pkey PRIMARY KEY (client_order_id),
  constraint orders_check CHECK (((filled_centi >= 0) AND (filled_centi <= count_centi))),
  constraint orders_client_order_id_fkey FOREIGN KEY (client_order_id) REFERENCES intents(client_order_id),
  constraint orders_count_centi_check CHECK ((count_centi > 0)),
  constraint orders_exit_type_check CHECK ((exit_type = ANY (ARRAY['lock'::text, 'take-profit'::text, 'stop-loss'::text, 'kill'::text]))),
  constraint orders_game_id_fkey FOREIGN KEY (game_id) REFERENCES games(game_id),
  constraint orders_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES orders(client_order_id),
  constraint orders_phase_check CHECK ((phase = ANY (ARRAY['pregame'::text, 'live'::text]))),
  constraint orders_price_micros_check CHECK (((price_micros > 0) AND (price_micros < 1000000))),
  constraint orders_purpose_check CHECK ((purpose = ANY (ARRAY['entry'::text, 'exit'::text]))),
  constraint orders_reserved_micros_check CHECK ((reserved_micros >= 0)),
  constraint orders_run_id_fkey FOREIGN KEY (run_id) REFERENCES runs(run_id),
  constraint orders_side_check CHECK ((side = ANY (ARRAY['bid'::text, 'ask'::text]))),
  constraint orders_status_check CHECK ((status = ANY (ARRAY['intended'::text, 'submitted'::text, 'working'::text, 'filled'::text, 'canceled'::text, 'expired'::text, 'rejected'::text, 'unknown'::text]))),
  constraint orders_strategy_check CHECK ((strategy = ANY (ARRAY['pregame-anchored'::text, 'model-edge'::text, 'mean-reversion'::text]))),
  constraint orders_time_in_force_check CHECK ((time_in_force = ANY (ARRAY['good_till_canceled'::text, 'immediate_or_cancel'::text, 'fill_or_kill'::text]))),
  constraint orders_venue_order_id_key UNIQUE (venue_order_id)
);
CREATE INDEX orders_by_game ON public.orders USING btree (game_id);
CREATE INDEX orders_by_run ON public.orders USING btree (run_id);
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

create table positions (
  game_id text not null,
  strategy text not null,
  market_ticker text not null,
  count_centi bigint not null,
  cost_micros bigint not null,
  fees_micros bigint default 0 not null,
  realized_micros bigint default 0 not null,
  opened_at timestamp with time zone,
  updated_at timestamp with time zone not null,
  constraint positions_pkey PRIMARY KEY (game_id, strategy, market_ticker),
  constraint positions_cost_micros_check CHECK ((cost_micros >= 0)),
  constraint positions_count_centi_check CHECK ((count_centi >= 0)),
  constraint positions_game_id_fkey FOREIGN KEY (game_id) REFERENCES games(game_id),
  constraint positions_strategy_check CHECK ((strategy = ANY (ARRAY['pregame-anchored'::text, 'model-edge'::text, 'mean-reversion'::text])))
);
CREATE INDEX positions_open ON public.positions USING btree (game_id) WHERE (count_centi > 0);

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
  constraint reconciliations_pkey PRIMARY KEY (reconciliation_id)
);

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
  constraint runs_pkey PRIMARY KEY (run_id),
  constraint runs_mode_check CHECK ((mode = ANY (ARRAY['shadow'::text, 'paper'::text]))),
  constraint runs_speed_check CHECK ((speed > (0)::double precision)),
  constraint runs_verdict_check CHECK ((verdict = ANY (ARRAY['passed'::text, 'failed'::text, 'stopped'::text])))
);

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

create table settlements (
  game_id text not null,
  market_ticker text not null,
  strategy text not null,
  result text not null,
  value_micros bigint not null,
  count_centi bigint not null,
  revenue_micros bigint not null,
  settled_at timestamp with time zone not null,
  recorded_at timestamp with time zone default now() not null,
  constraint settlements_pkey PRIMARY KEY (game_id, market_ticker, strategy),
  constraint settlements_count_centi_check CHECK ((count_centi >= 0)),
  constraint settlements_game_id_fkey FOREIGN KEY (game_id) REFERENCES games(game_id),
  constraint settlements_result_check CHECK ((result = ANY (ARRAY['yes'::text, 'no'::text, 'scalar'::text]))),
  constraint settlements_revenue_micros_check CHECK ((revenue_micros >= 0)),
  constraint settlements_strategy_check CHECK ((strategy = ANY (ARRAY['pregame-anchored'::text, 'model-edge'::text, 'mean-reversion'::text]))),
  constraint settlements_value_micros_check CHECK (((value_micros >= 0) AND (value_micros <= 1000000)))
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

create table verdicts (
  decision_id text not null,
  strategy text not null,
  code text not null,
  edge_micros bigint,
  constraint verdicts_pkey PRIMARY KEY (decision_id, strategy),
  constraint verdicts_decision_id_fkey FOREIGN KEY (decision_id) REFERENCES decisions(decision_id)
);
