-- The account as the venue shows it: orders it knows for sure, and what its owner does in it by hand.

-- The venue said that it has this order: nothing proves it absent any more.
alter table orders add column is_known_sent boolean not null default false;

alter table ledger_transactions drop constraint ledger_transactions_kind_check;
alter table ledger_transactions add constraint ledger_transactions_kind_check
  check (kind in ('deposit', 'withdrawal', 'fill', 'settlement'));

-- What is at stake in a market by orders and contracts that are not ours, as last seen. It counts
-- against the capital limit; a market in which nothing is foreign has no row.
create table foreign_exposure (
  mode           text not null check (mode in ('shadow', 'paper')),
  market_ticker  text not null,
  position_centi bigint not null,                  -- YES positive, NO negative
  resting_orders integer not null check (resting_orders >= 0),
  at_risk_micros bigint not null check (at_risk_micros >= 0),
  observed_at    timestamptz not null,             -- run time
  recorded_at    timestamptz not null default now(),
  primary key (mode, market_ticker)
);

-- Each foreign order, fill and transfer once, when it was first seen.
create table account_observations (
  observation_id bigint generated always as identity primary key,
  mode           text not null check (mode in ('shadow', 'paper')),
  kind           text not null check (kind in ('order', 'fill', 'transfer')),
  venue_id       text not null,                    -- the venue's id of it
  market_ticker  text,
  details        text not null,                    -- the venue's evidence, JSON
  happened_at    timestamptz not null,             -- by the venue's clock
  observed_at    timestamptz not null,             -- run time
  recorded_at    timestamptz not null default now(),
  unique (mode, kind, venue_id)
);
create trigger append_only before update or delete on account_observations
  for each row execute function append_only();

-- What the venue's cash owes to foreign trades and to settlements that are not in our books yet.
alter table reconciliations add column foreign_cash_micros bigint;
