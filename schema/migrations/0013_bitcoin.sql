-- The Bitcoin pipeline. The tables that grow with time are partitioned by day (UTC); whoever writes calls
-- ensure_day_partition first, and retention drops whole days. Their rows are narrow: prices of a contract
-- fit in integer, scores in real. Instants are the run's clock unless the name says wall.

alter table runs add column domain text not null default 'nba' check (domain in ('nba', 'btc'));

-- Makes the partition of one day where it is missing. Attaching, unlike "partition of", stops no reader or
-- writer of the other days. What may not be truncated says so on each partition: such a trigger is not inherited.
create function ensure_day_partition(parent text, day date) returns boolean language plpgsql as $$
declare
  part text := parent || '_p' || to_char(day, 'YYYYMMDD');
begin
  if to_regclass(part) is not null then return false; end if;
  perform pg_advisory_xact_lock(7410);
  if to_regclass(part) is not null then return false; end if;
  execute format('create table %I (like %I including defaults including constraints)', part, parent);
  if exists (select from pg_trigger where tgrelid = parent::regclass and tgname = 'no_truncate') then
    execute format('create trigger no_truncate before truncate on %I
      for each statement execute function append_only()', part);
  end if;
  execute format('alter table %I attach partition %I for values from (%L) to (%L)', parent, part,
    day::timestamp at time zone 'UTC', (day + 1)::timestamp at time zone 'UTC');
  return true;
end $$;

-- What a taker pays for one contract in one fill, as core/domain/fees.ts: rounded up to 0.0001 USD.
create function taker_fee_micros(multiplier_milli bigint, price_micros bigint) returns bigint
  language sql immutable strict parallel safe as $$
  select (2800 * multiplier_milli * price_micros * (1000000 - price_micros) + 3999999999999999)
    / 4000000000000000 * 100 $$;

create table spot_ticks (
  spot_micros  bigint not null check (spot_micros > 0),   -- one bitcoin
  source_at    timestamptz not null,               -- the feed's clock
  received_at  timestamptz not null,               -- ours
  trade_id     bigint,                             -- the feed's; null where it has none
  source       text not null,                      -- core/domain/spot.ts names them
  unique nulls not distinct (source, source_at, trade_id)
) partition by range (source_at);

create table kalshi_markets (
  market_ticker        text primary key,
  event_ticker         text not null,
  series_ticker        text not null,
  status               text not null,
  price_grid           text not null,              -- JSON, bands of PriceBand
  exchange_index       integer not null,
  fee_kind             text not null,
  fee_multiplier_milli integer not null check (fee_multiplier_milli >= 0),
  first_seen_at        timestamptz not null,
  refreshed_at         timestamptz not null,
  raw                  text not null               -- the venue's answer, byte for byte
);
create index kalshi_markets_by_series on kalshi_markets (series_ticker, status);

create table kalshi_contracts (
  market_ticker           text primary key,
  event_ticker            text not null,
  series_ticker           text not null,
  strike_type             text not null,
  floor_strike_micros     bigint,
  cap_strike_micros       bigint,
  bounds_known_at         timestamptz,             -- null while the venue has not stated the strike
  open_at                 timestamptz not null,
  close_at                timestamptz not null,
  expiration_at           timestamptz,
  outcome                 text check (outcome in ('yes', 'no', 'scalar', 'void')),
  settled_ts              timestamptz,             -- the venue's word for when; a correction moves it
  settlement_value_micros bigint,                  -- index average; null where the venue does not say
  payout_micros           bigint check (payout_micros between 0 and 1000000),  -- of one YES; null when void
  corrections             integer not null default 0,
  check ((outcome is null) = (settled_ts is null)),
  check ((payout_micros is null) = (outcome is null or outcome = 'void'))
);
create index kalshi_contracts_by_close on kalshi_contracts (series_ticker, close_at);
create index kalshi_contracts_unsettled on kalshi_contracts (close_at) where outcome is null;

create table kalshi_quotes (
  observed_at    timestamptz not null,
  bid_size_centi bigint,
  ask_size_centi bigint,
  bid_micros     integer,                          -- null: that side is empty
  ask_micros     integer,
  market_ticker  text not null,
  stale_because  text,
  primary key (market_ticker, observed_at)
) partition by range (observed_at);

-- The latest of each contract.
create table kalshi_edges (
  mode              text not null check (mode in ('shadow', 'paper')),
  market_ticker     text not null,
  computed_at       timestamptz not null,
  run_id            text not null,
  cycle_no          integer not null,
  model_probability double precision check (model_probability between 0 and 1),
  confidence        real,
  bid_micros        integer,
  ask_micros        integer,
  edge_yes_micros   integer,                       -- of taking YES at the ask, after the fee, a contract
  edge_no_micros    integer,                       -- of taking NO at the bid
  code              text not null,                 -- propose, or the first reason against
  spot_micros       bigint,
  mean_micros       bigint,                        -- forecast of the settlement average
  deviation_micros  bigint,
  model_version     text,
  primary key (mode, market_ticker)
);

-- Every edge ever computed, but for its run, which btc_cycles tells: append-only.
create table kalshi_edge_snapshots (
  computed_at       timestamptz not null,
  model_probability double precision check (model_probability between 0 and 1),
  spot_micros       bigint,
  mean_micros       bigint,
  deviation_micros  bigint,
  cycle_no          integer not null,
  confidence        real,
  bid_micros        integer,
  ask_micros        integer,
  edge_yes_micros   integer,
  edge_no_micros    integer,
  mode              text not null check (mode in ('shadow', 'paper')),
  market_ticker     text not null,
  code              text not null,
  model_version     text,
  primary key (market_ticker, mode, computed_at)
) partition by range (computed_at);
create trigger append_only before update or delete on kalshi_edge_snapshots
  for each row execute function append_only();
create trigger no_truncate before truncate on kalshi_edge_snapshots
  for each statement execute function append_only();

create table kalshi_edge_snapshot_scores (
  computed_at     timestamptz not null,
  scored_at       timestamptz not null,
  horizon_bucket  integer,                         -- at most so many minutes to the close; null: more than all
  brier_model     real,                            -- null where the model said nothing, or the result is scalar
  brier_market    real,
  log_loss_model  real,
  log_loss_market real,
  implied_mid     real,
  drift           real,                            -- model less mid
  pnl_yes_micros  integer,                         -- one YES taken at the ask, after the fee
  pnl_no_micros   integer,                         -- one NO taken at the bid
  payout_micros   integer not null,                -- of one YES: what the row was scored by
  mode            text not null check (mode in ('shadow', 'paper')),
  market_ticker   text not null,
  primary key (market_ticker, mode, computed_at)
) partition by range (computed_at);

-- Which contracts are scored, and by which of their settlements.
create table kalshi_contract_scores (
  mode          text not null check (mode in ('shadow', 'paper')),
  market_ticker text not null references kalshi_contracts,
  corrections   integer not null,                  -- kalshi_contracts.corrections when it was scored
  snapshots     integer not null,
  scored_at     timestamptz not null,
  primary key (mode, market_ticker)
);

create table would_trades (
  decision_id       text primary key,
  mode              text not null check (mode in ('shadow', 'paper')),
  run_id            text not null references runs,
  market_ticker     text not null,
  decided_at        timestamptz not null,
  code              text not null,                 -- propose, or the first rule that failed
  reason            text,
  input             text not null,                 -- JSON, byte for byte
  rules             text not null,                 -- JSON: what every rule saw
  verdict           text not null,                 -- JSON, byte for byte
  order_terms       text,                          -- JSON: the order it would have sent
  outcome           text check (outcome in ('yes', 'no')),  -- what that order buys
  config_hash       text not null,
  limits_hash       text,
  client_order_id   uuid,
  refusal_code      text,
  fill_status       text check (fill_status in ('filled', 'partial', 'unfilled')),
  filled_centi      bigint,
  fill_price_micros bigint,                        -- mean YES price
  fill_cost_micros  bigint,                        -- paid for what it bought, without the fee
  fee_micros        bigint,
  filled_at         timestamptz,
  payout_micros     bigint,                        -- what all that was bought paid
  pnl_micros        bigint,                        -- payout less cost and fee
  settled_at        timestamptz
);
create index would_trades_by_market on would_trades (market_ticker, decided_at);
create index would_trades_by_time on would_trades (mode, decided_at);

-- A decision is never rewritten: only what became of it may be added.
create function would_trade_decided() returns trigger language plpgsql as $$
declare
  later text[] := array['client_order_id', 'refusal_code', 'fill_status', 'filled_centi',
    'fill_price_micros', 'fill_cost_micros', 'fee_micros', 'filled_at', 'payout_micros',
    'pnl_micros', 'settled_at'];
begin
  if to_jsonb(new) - later is distinct from to_jsonb(old) - later then
    raise exception 'a decision of would_trades is never changed';
  end if;
  return new;
end $$;
create trigger decided before update on would_trades
  for each row execute function would_trade_decided();
create trigger append_only before delete on would_trades
  for each row execute function append_only();
create trigger no_truncate before truncate on would_trades
  for each statement execute function append_only();

create table btc_cycles (
  mode             text not null check (mode in ('shadow', 'paper')),
  series           text not null,
  run_id           text not null,
  cycle_no         integer not null,
  started_at       timestamptz not null,
  ended_at         timestamptz not null,
  contracts        integer not null,               -- open
  selected         integer not null,
  excluded         text not null,                  -- JSON: how many by each reason
  evaluated        integer not null,
  proposed         integer not null,
  quotes_written   integer not null,
  spot_age_ms      bigint,                         -- null before the first price
  duration_wall_ms double precision not null,
  primary key (mode, series, run_id, cycle_no)
);
create index btc_cycles_by_time on btc_cycles (mode, series, started_at);

-- Rows that a table should have and has not. `from_at` and `to_at` are the first instant without and the
-- first with again.
create table btc_gaps (
  mode         text not null check (mode in ('shadow', 'paper')),
  table_name   text not null,
  series       text not null,                      -- of a spot table: the source
  from_at      timestamptz not null,
  to_at        timestamptz not null check (to_at > from_at),
  missing_rows bigint not null,
  cause        text not null,
  noticed_at   timestamptz not null,
  filled_at    timestamptz,                        -- when it was found to be there after all
  primary key (mode, table_name, series, from_at)
);

create table btc_loops (
  mode      text not null check (mode in ('shadow', 'paper')),
  name      text not null,
  series    text not null,                         -- '' of a loop that serves all
  last_at   timestamptz not null,
  last_wall timestamptz not null,
  errors    text not null default '{}',            -- JSON: how many by class
  primary key (mode, name, series)
);
