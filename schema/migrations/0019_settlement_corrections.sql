-- What the venue corrected after it had paid: the settlement stays as it was, each correction is a row of its own.
create table settlement_corrections (
  occasion_id    text not null,
  market_ticker  text not null,
  strategy       text not null
    check (strategy in ('pregame-anchored', 'model-edge', 'mean-reversion', 'model-trees', 'btc-edge', 'drill')
      or strategy ~ '^own-[a-z][a-z0-9-]{0,31}$'),
  correction_no  integer not null check (correction_no >= 1), -- counts up per settlement, without a gap
  result         text not null check (result in ('yes', 'no', 'scalar')),
  value_micros   bigint not null check (value_micros between 0 and 1000000),
  revenue_micros bigint not null check (revenue_micros >= 0), -- paid in all by this word; the ledger has the difference
  told_at        timestamptz not null,                        -- the venue's own time of it
  corrected_at   timestamptz not null,
  recorded_at    timestamptz not null default now(),
  primary key (occasion_id, market_ticker, strategy, correction_no),
  foreign key (occasion_id, market_ticker, strategy) references settlements
);
create trigger append_only before update or delete on settlement_corrections
  for each row execute function append_only();
