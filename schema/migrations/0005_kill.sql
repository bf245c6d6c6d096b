-- When the venue showed no position any more; only a kill of level flatten has it.
alter table kill_switch add column flat_at timestamptz;

-- Kills and restores that were made on purpose: what the gates look for.
create table drills (
  drill_id    bigint generated always as identity primary key,
  mode        text not null check (mode in ('shadow', 'paper')),
  kind        text not null check (kind in ('kill', 'restore')),
  run_id      text references runs,                -- the day that was played, if one was
  kill_id     text references kill_switch,         -- of a kill drill
  passed      boolean not null,
  report      text not null,                       -- JSON: what was measured, against what
  by          text not null,
  at          timestamptz not null default now()   -- the wall
);
create index drills_by_kind on drills (mode, kind, at);
create trigger append_only before update or delete on drills
  for each row execute function append_only();

-- The venue's order group of each day and shard: resting orders belong to it, and its limit is ours.
create table order_groups (
  run_id          text not null references runs,
  exchange_index  integer not null,
  order_group_id  text not null,
  limit_centi     bigint not null check (limit_centi > 0),
  created_at      timestamptz not null default now(),
  primary key (run_id, exchange_index)
);
