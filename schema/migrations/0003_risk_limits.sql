-- The limits file as it was put in force: the newest row of a mode counts, whatever the file on disk says.
create table risk_limits_in_force (
  in_force_id bigint generated always as identity primary key,
  mode        text not null check (mode in ('shadow', 'paper')),
  hash        text not null,                       -- sha256 of the file's values
  text        text not null,                       -- the file, byte for byte
  by          text not null,
  reason      text not null check (reason <> ''),
  at          timestamptz not null default clock_timestamp()
);
create index risk_limits_by_mode on risk_limits_in_force (mode, in_force_id desc);
create trigger append_only before update or delete on risk_limits_in_force
  for each row execute function append_only();

alter table decisions add column limits_hash text;  -- of the limits in force, beside config_hash
alter table intents add column limits_hash text;
alter table intents add column basis text;          -- what the decision rested on, JSON; a replacement has none of its own

-- Sums of the ledger by mode and Eastern day, kept by a trigger: the risk transaction reads them.
create table ledger_days (
  mode           text not null check (mode in ('shadow', 'paper')),
  trading_date   date not null,
  cash_micros    bigint not null,
  capital_micros bigint not null,                  -- deposits
  result_micros  bigint not null,                  -- realised, after fees
  primary key (mode, trading_date)
);

create function ledger_days_add() returns trigger language plpgsql as $$
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
end $$;
create trigger ledger_days_sum after insert on ledger_entries
  referencing new table as added for each statement execute function ledger_days_add();

insert into ledger_days (mode, trading_date, cash_micros, capital_micros, result_micros)
select t.mode, (t.happened_at at time zone 'America/New_York')::date,
  coalesce(sum(e.amount_micros) filter (where e.account = 'cash'), 0),
  coalesce(-sum(e.amount_micros) filter (where e.account = 'capital'), 0),
  coalesce(-sum(e.amount_micros) filter (where e.account = 'fees' or e.account like 'pnl:%'), 0)
from ledger_entries e join ledger_transactions t using (transaction_id)
group by 1, 2;

-- The highest result an account has had, realised and marked at the bid: drawdown counts from it.
create table equity_high_water (
  mode          text primary key check (mode in ('shadow', 'paper')),
  result_micros bigint not null,
  at            timestamptz not null
);

create index orders_entries on orders (intended_at) where purpose = 'entry' and parent_id is null;
create index positions_changed on positions (updated_at desc) where opened_at is not null;
create index intents_by_decision on intents (decision_id);
