-- Money is in micro-dollars, contracts in hundredths, instants are the run's clock (recorded_at: the wall).
-- Decisions keep their bytes: input and output are text, not jsonb.

create table runs (
  run_id        text primary key,                  -- trading-day/<mode>/<date>
  mode          text not null check (mode in ('shadow', 'paper')),
  trading_date  date not null,
  source        text not null,
  seed          bigint,
  speed         double precision not null check (speed > 0),
  code_commit   text not null,
  config_hash   text not null,
  config        text not null,
  manifest      text not null,
  started_at    timestamptz not null,
  ended_at      timestamptz,
  verdict       text check (verdict in ('passed', 'failed', 'stopped')),
  recorded_at   timestamptz not null default now()
);

create table games (
  game_id          text primary key,               -- game/<mode>/<event>
  run_id           text not null references runs,
  event_ticker     text not null,
  home             text not null,
  away             text not null,
  tip_at           timestamptz not null,
  espn_event_id    text,
  nba_game_id      text,
  match_confidence double precision not null check (match_confidence between 0 and 1),
  match_reasons    text not null,
  phase            text not null,
  result           text,                           -- home | away | void, once settled
  home_score       integer,
  away_score       integer,
  reconstructed    text not null default '[]',
  workflow_run_id  text,
  live_state       text,                           -- what `tipoff games` shows, JSON
  updated_at       timestamptz not null,
  recorded_at      timestamptz not null default now()
);
create index games_by_run on games (run_id);

create table markets (
  game_id                 text not null references games,
  market_ticker           text not null,
  team                    text not null check (team in ('home', 'away')),
  exchange_index          integer not null,
  status                  text not null,
  result                  text check (result in ('yes', 'no', 'scalar')),
  settlement_value_micros bigint check (settlement_value_micros between 0 and 1000000),
  primary key (game_id, market_ticker)
);

-- One row per observed change: what is needed to draw and replay the price path.
create table snapshots (
  snapshot_id      bigint generated always as identity primary key,
  game_id          text not null,
  observed_at      timestamptz not null,
  cursor_no        bigint not null,                -- counts up per game; makes a spooled row land once
  trigger          text not null,                  -- book | clock | probability | tick
  home_bid_micros  bigint, home_bid_size_centi bigint, home_ask_micros bigint, home_ask_size_centi bigint,
  away_bid_micros  bigint, away_bid_size_centi bigint, away_ask_micros bigint, away_ask_size_centi bigint,
  home_quoted_at   timestamptz, away_quoted_at timestamptz,
  mid_micros       double precision,               -- home market's mid, or the away market's turned round
  spread_micros    bigint,
  quality          text not null,                  -- ok | derived | stale:<reason> | crossed | one-sided | empty
  period           integer, clock_seconds double precision, home_score integer, away_score integer,
  clock_state      text,
  clock_stale      text,
  espn_home_probability  double precision,
  model_home_probability double precision,
  recorded_at      timestamptz not null default now(),
  unique (game_id, cursor_no)
);
create index snapshots_by_game on snapshots (game_id, observed_at);

create table decisions (
  decision_id   text primary key,                  -- <game_id>#<cursor_no>
  game_id       text not null,
  decided_at    timestamptz not null,
  reason        text not null,                     -- proposal | verdict-changed | interval | phase
  input         text not null,
  output        text not null,
  config_hash   text not null,
  raw_ids       text not null default '[]',
  recorded_at   timestamptz not null default now()
);
create index decisions_by_game on decisions (game_id, decided_at);

create table verdicts (
  decision_id   text not null references decisions,
  strategy      text not null,
  code          text not null,
  edge_micros   bigint,
  primary key (decision_id, strategy)
);

-- One row per watch chunk: every evaluation is counted here, whether or not it left a decision row.
create table cycles (
  game_id       text not null,
  cycle_no      bigint not null,
  started_at    timestamptz not null,
  ended_at      timestamptz not null,
  evaluations   integer not null,
  candidates    integer not null,
  proposed      integer not null,
  skipped       text not null,                     -- {strategy: {code: count}}
  edges         text not null,                     -- {strategy: {"-5": n, ...}} cents per contract, floored
  recorded_at   timestamptz not null default now(),
  primary key (game_id, cycle_no)
);

-- Every proposal, refused or not, with every rule's verdict.
create table intents (
  client_order_id uuid primary key,
  parent_id       uuid references intents,         -- the order this one would replace
  intent_key      text not null unique,            -- <workflow id>/<decision number>[/r<replacement>]
  decision_id     text not null,
  run_id          text not null references runs,
  game_id         text not null references games,
  strategy        text not null
    check (strategy in ('pregame-anchored', 'model-edge', 'mean-reversion')),
  purpose         text not null check (purpose in ('entry', 'exit')),
  exit_type       text check (exit_type in ('lock', 'take-profit', 'stop-loss', 'kill')),
  phase           text not null check (phase in ('pregame', 'live')),
  terms           text not null,                   -- the OrderIntent, JSON
  rules           text not null,                   -- every RuleVerdict, JSON
  refusal_code    text,
  proposed_at     timestamptz not null,
  recorded_at     timestamptz not null default now()
);
create index intents_by_game on intents (game_id);
-- The last line of defence for "one pregame attempt a game"; what the rule of that name refused was none.
create unique index one_pregame_attempt on intents (game_id)
  where phase = 'pregame' and purpose = 'entry' and parent_id is null
    and refusal_code is distinct from 'one_pregame_attempt';

create table orders (
  client_order_id  uuid primary key references intents,
  parent_id        uuid references orders,         -- the order this one replaces
  root_id          uuid not null,                  -- the first order of its chain of replacements; its own id there
  run_id           text not null references runs,
  game_id          text not null references games,
  strategy         text not null
    check (strategy in ('pregame-anchored', 'model-edge', 'mean-reversion')),
  purpose          text not null check (purpose in ('entry', 'exit')),
  exit_type        text check (exit_type in ('lock', 'take-profit', 'stop-loss', 'kill')),
  phase            text not null check (phase in ('pregame', 'live')),
  market_ticker    text not null,
  exchange_index   integer not null,
  side             text not null check (side in ('bid', 'ask')),
  price_micros     bigint not null check (price_micros > 0 and price_micros < 1000000),
  count_centi      bigint not null check (count_centi > 0),
  time_in_force    text not null
    check (time_in_force in ('good_till_canceled', 'immediate_or_cancel', 'fill_or_kill')),
  is_post_only     boolean not null,
  is_reduce_only   boolean not null,
  status           text not null check (status in
    ('intended','submitted','working','filled','canceled','expired','rejected','unknown')),
  filled_centi     bigint not null default 0 check (filled_centi >= 0 and filled_centi <= count_centi),
  venue_order_id   text unique,
  reserved_micros  bigint not null check (reserved_micros >= 0), -- worst case still counted against the caps
  expected_fill_probability double precision not null,
  expected_price_micros     bigint not null,
  reject_code      text,
  quote_received_at timestamptz,                   -- the quote that triggered it, for latency
  quote_received_wall_ms double precision,
  sent_wall_ms     double precision,
  intended_at      timestamptz not null,
  submitted_at     timestamptz,
  closed_at        timestamptz,
  recorded_at      timestamptz not null default now(),
  updated_at       timestamptz not null default now()
);
create index orders_open on orders (status) where status in ('intended','submitted','working','unknown');
create index orders_by_game on orders (game_id);
create index orders_by_run on orders (run_id);

create table order_updates (                        -- append-only: how each order came to its state
  update_id       bigint generated always as identity primary key,
  client_order_id uuid not null references orders,
  kind            text not null,
  status          text not null,
  details         text not null default '{}',
  at              timestamptz not null,
  recorded_at     timestamptz not null default now()
);
create index order_updates_by_order on order_updates (client_order_id);

create table fills (
  fill_id         text primary key,                -- the venue's trade id and our order: one execution
  client_order_id uuid not null references orders,
  venue_order_id  text not null,
  market_ticker   text not null,
  side            text not null check (side in ('bid', 'ask')),
  price_micros    bigint not null check (price_micros > 0 and price_micros < 1000000),
  count_centi     bigint not null check (count_centi > 0),
  fee_micros      bigint not null check (fee_micros >= 0),
  expected_fee_micros bigint not null,             -- by our own fee model; a difference raises an alarm
  liquidity       text not null check (liquidity in ('maker', 'taker')),
  filled_at       timestamptz not null,
  recorded_at     timestamptz not null default now()
);
create index fills_by_order on fills (client_order_id);

-- Double entry. Every transaction's entries sum to zero, checked when it commits.
create table ledger_transactions (
  transaction_id bigint generated always as identity primary key,
  mode           text not null check (mode in ('shadow', 'paper')),
  kind           text not null check (kind in ('deposit', 'fill', 'settlement')),
  reference      text not null,                    -- deposit id | fill id | game_id/market/strategy
  run_id         text references runs,
  happened_at    timestamptz not null,
  recorded_at    timestamptz not null default now(),
  unique (mode, kind, reference)
);
create table ledger_entries (
  entry_id       bigint generated always as identity primary key,
  transaction_id bigint not null references ledger_transactions,
  account        text not null,                    -- cash | capital | fees | position:<game>:<strategy>:<market> | pnl:<game>:<strategy>
  amount_micros  bigint not null
);
create index ledger_entries_by_transaction on ledger_entries (transaction_id);
create index ledger_entries_by_account on ledger_entries (account);

create function ledger_balances() returns trigger language plpgsql as $$
begin
  if (select coalesce(sum(amount_micros), 0) from ledger_entries
      where transaction_id = new.transaction_id) <> 0 then
    raise exception 'ledger transaction % does not balance', new.transaction_id;
  end if;
  return null;
end $$;
create constraint trigger ledger_entries_balance after insert or update on ledger_entries
  deferrable initially deferred for each row execute function ledger_balances();

create table positions (
  game_id         text not null references games,
  strategy        text not null
    check (strategy in ('pregame-anchored', 'model-edge', 'mean-reversion')),
  market_ticker   text not null,
  count_centi     bigint not null check (count_centi >= 0), -- strategies only hold YES
  cost_micros     bigint not null check (cost_micros >= 0), -- what is held cost this much, fees excluded
  fees_micros     bigint not null default 0,                -- all fees paid so far
  realized_micros bigint not null default 0,                -- gross, fees excluded
  opened_at       timestamptz,
  updated_at      timestamptz not null,
  primary key (game_id, strategy, market_ticker)
);
create index positions_open on positions (game_id) where count_centi > 0;

create table settlements (
  game_id        text not null references games,
  market_ticker  text not null,
  strategy       text not null
    check (strategy in ('pregame-anchored', 'model-edge', 'mean-reversion')),
  result         text not null check (result in ('yes', 'no', 'scalar')),
  value_micros   bigint not null check (value_micros between 0 and 1000000),
  count_centi    bigint not null check (count_centi >= 0),
  revenue_micros bigint not null check (revenue_micros >= 0),
  settled_at     timestamptz not null,
  recorded_at    timestamptz not null default now(),
  primary key (game_id, market_ticker, strategy)
);

create table scores (
  game_id            text not null references games,
  instant_name       text not null,                -- tip | q1 | q2 | q3 | q4 | five-minutes-left
  scored_at          timestamptz not null,
  model_probability  double precision,
  market_probability double precision,
  home_won           boolean not null,
  primary key (game_id, instant_name)
);

create table alarms (
  alarm_id     bigint generated always as identity primary key,
  run_id       text,
  game_id      text,
  severity     text not null check (severity in ('info', 'warning', 'critical')),
  code         text not null,
  field        text,
  message      text not null,
  details      text not null default '{}',
  raised_at    timestamptz not null,
  count        integer not null default 1,
  last_at      timestamptz not null,
  cleared_at   timestamptz,
  recorded_at  timestamptz not null default now()
);
create unique index alarms_open on alarms (coalesce(run_id, ''), coalesce(game_id, ''), code, coalesce(field, ''))
  where cleared_at is null;

create table raw_responses (                        -- bodies behind decisions and failures
  raw_id      text primary key,                     -- sha256 of source and body
  source      text not null,
  endpoint    text not null,
  body        text not null,
  fetched_at  timestamptz not null,
  received_at timestamptz not null,
  recorded_at timestamptz not null default now()
);

create table kill_switch (
  kill_id      text primary key,
  mode         text not null check (mode in ('shadow', 'paper')),
  level        text not null check (level in ('no-entries', 'reduce-only', 'cancel-all', 'flatten')),
  reason       text not null check (reason <> ''),
  by           text not null,
  thrown_at    timestamptz not null default now(),
  acknowledged_at timestamptz,
  no_resting_at   timestamptz,
  report       text,
  released_at  timestamptz,
  released_by  text,
  release_reason text
);
create index kill_switch_on on kill_switch (mode) where released_at is null;

create table partner_probabilities (
  event_ticker     text not null,
  home_probability double precision not null check (home_probability > 0 and home_probability < 1),
  set_by           text not null,
  set_at           timestamptz not null,
  recorded_at      timestamptz not null default now(),
  primary key (event_ticker, set_at)
);

create table reconciliations (
  reconciliation_id bigint generated always as identity primary key,
  run_id       text,
  at           timestamptz not null,
  differences  text not null,                      -- [] when account and ledger agree
  venue_cash_micros  bigint,
  ledger_cash_micros bigint,
  recorded_at  timestamptz not null default now()
);

create table spooled_files (                        -- CSV spools taken in after the database was away
  file_name   text primary key,
  rows        integer not null,
  taken_in_at timestamptz not null default now()
);

create table schedule_days (                        -- what the unattended schedule did, and what it missed
  trading_date date not null,
  mode         text not null,
  status       text not null check (status in ('started', 'missed', 'refused')),
  details      text not null,
  at           timestamptz not null default now(),
  primary key (trading_date, mode)
);

-- What happened is never rewritten: corrections are new rows.
create function append_only() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name;
end $$;
create trigger append_only before update or delete on order_updates
  for each row execute function append_only();
create trigger append_only before update or delete on fills
  for each row execute function append_only();
create trigger append_only before update or delete on ledger_transactions
  for each row execute function append_only();
create trigger append_only before update or delete on ledger_entries
  for each row execute function append_only();
create trigger append_only before update or delete on settlements
  for each row execute function append_only();
create trigger append_only before update or delete on decisions
  for each row execute function append_only();
