-- Every time that a Bitcoin contract was settled: once, and once more for each correction of the venue. The
-- contract's own row has the last word, these have all of them.
create table kalshi_contract_settlements (
  market_ticker text not null references kalshi_contracts,
  settlement_no integer not null,                  -- 0 of the first; counts up with each correction
  outcome       text not null check (outcome in ('yes', 'no', 'scalar', 'void')),
  payout_micros bigint check (payout_micros between 0 and 1000000),  -- of one YES; null when void
  settled_ts    timestamptz not null,              -- the venue's word for when
  recorded_at   timestamptz not null default now(),
  primary key (market_ticker, settlement_no)
);
insert into kalshi_contract_settlements (market_ticker, settlement_no, outcome, payout_micros, settled_ts)
  select market_ticker, corrections, outcome, payout_micros, settled_ts
  from kalshi_contracts where outcome is not null;
create trigger append_only before update or delete on kalshi_contract_settlements
  for each row execute function append_only();
create trigger no_truncate before truncate on kalshi_contract_settlements
  for each statement execute function append_only();
