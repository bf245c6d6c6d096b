-- What the worker last saw of the breakers whose facts stand in no other table: calls of the venue,
-- books and feeds, forecasts. A release looks here: while the cause holds, it is refused.
create table breaker_conditions (
  mode        text not null check (mode in ('shadow', 'paper')),
  breaker     text not null,                       -- stable code, core/risk/breakers.ts
  holds       boolean not null,
  cause       text not null,                       -- in one line; empty when it does not hold
  numbers     text not null default '{}',          -- JSON: what was compared
  at          timestamptz not null,                -- run time
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (mode, breaker)
);

-- Execution failures of the last minutes are counted after every one of them.
create index order_updates_failed on order_updates (at) where kind in ('rejected', 'lost');
