-- Every candidate decision of Bitcoin; the ones that were proposed or changed are in would_trades for ever.
-- A candidate is a contract that is followed and in its entry window. It is decided about in each cycle, and
-- between two cycles whenever a look at newer prices comes to another verdict of any rule: each is a row. Looks
-- in between that came to the same, rule by rule, as the row before them are counted by the row after them.
create table btc_decisions (
  decided_at    timestamptz not null,
  repeats       integer not null check (repeats >= 0),  -- looks since the row before that came to the same as it
  mode          text not null check (mode in ('shadow', 'paper')),
  run_id        text not null,
  market_ticker text not null,
  code          text not null,                     -- propose, or the first rule that failed
  reason        text,
  config_hash   text not null,
  limits_hash   text,
  input         text not null,                     -- JSON, byte for byte
  rules         text not null,                     -- JSON: what every rule saw
  order_terms   text,                              -- JSON: the order it would have sent
  primary key (market_ticker, mode, decided_at)
) partition by range (decided_at);
create trigger append_only before update or delete on btc_decisions
  for each row execute function append_only();
create trigger no_truncate before truncate on btc_decisions
  for each statement execute function append_only();
