-- Every act that changes what the system may do, every order request and every answer of the venue.
-- A row is written in the transaction of what it tells; its link of the hash chain is closed later, in
-- order of audit_id, by one process at a time: no order waits for another's link.
create table audit_log (
  audit_id    bigint generated always as identity primary key,
  mode        text not null check (mode in ('shadow', 'paper')),
  kind        text not null,                       -- core/domain/audit.ts names them
  actor       text not null,                       -- a user's name, or the part of Tipoff that acted
  subject     text not null,                       -- what it is about: an order, a kill, a file
  details     text not null default '{}',          -- JSON, no secret
  at          timestamptz not null,                -- run time
  recorded_at timestamptz not null default clock_timestamp()
);
create trigger append_only before update or delete on audit_log
  for each row execute function append_only();

create table audit_chain (
  audit_id  bigint primary key references audit_log,
  previous  text not null,                         -- hash of the link before; 64 zeros for the first
  hash      text not null unique                   -- sha256 of previous and of the row, schema/audit-hash.ts
);
create trigger append_only before update or delete on audit_chain
  for each row execute function append_only();

-- A breaker that tripped stands until a person releases it: `tipoff resume --breaker ID`.
create table circuit_breakers (
  breaker_id     bigint generated always as identity primary key,
  mode           text not null check (mode in ('shadow', 'paper')),
  breaker        text not null,                    -- stable code, core/risk/breakers.ts
  cause          text not null,                    -- what tripped it, in one line
  numbers        text not null default '{}',       -- JSON: what was compared
  level          text not null check (level in ('no-entries', 'reduce-only', 'cancel-all', 'flatten')),
  run_id         text references runs,
  tripped_at     timestamptz not null,             -- run time
  recorded_at    timestamptz not null default now(),
  released_at    timestamptz,
  released_by    text,
  release_reason text
);
create unique index circuit_breakers_open on circuit_breakers (mode, breaker) where released_at is null;

-- The kill a breaker threw; only releasing the breaker lifts it.
alter table kill_switch add column breaker_id bigint references circuit_breakers;
