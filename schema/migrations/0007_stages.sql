-- The ladder of stages. Rows that say what was earned are signed with the home's key over canonical JSON, and
-- each move names the signature of the one before: a changed or missing row is refused when it is read.

-- A gate that was passed: on which nights, under which settings, by which code, with which numbers.
create table gate_passes (
  pass_id      text primary key,
  from_stage   text not null check (from_stage in ('shadow', 'paper', 'micro', 'small', 'medium', 'standard')),
  to_stage     text not null check (to_stage in ('shadow', 'paper', 'micro', 'small', 'medium', 'standard')),
  config_hash  text not null,
  limits_hash  text not null,
  gates_hash   text not null,
  code_commit  text not null,
  data_from    date not null,                      -- trading dates of the first and the last night judged
  data_to      date not null,
  run_ids      text not null,                      -- JSON
  conditions   text not null,                      -- JSON: every condition with its number, interval, sample, query
  passed_by    text not null,
  passed_at    timestamptz not null,
  signed_by    text not null,                      -- fingerprint of the key
  signature    text not null
);
create trigger append_only before update or delete on gate_passes
  for each row execute function append_only();

create table stage_moves (
  move_no      integer primary key check (move_no > 0),
  kind         text not null check (kind in ('promotion', 'step-up', 'demotion', 'step-back')),
  from_stage   text not null check (from_stage in ('shadow', 'paper', 'micro', 'small', 'medium', 'standard')),
  from_step    integer not null check (from_step between 0 and 4),
  to_stage     text not null check (to_stage in ('shadow', 'paper', 'micro', 'small', 'medium', 'standard')),
  to_step      integer not null check (to_step between 0 and 4),
  pass_id      text references gate_passes,        -- a promotion without a gate is no promotion
  cause        text unique,                        -- what moved one down by itself; acts once
  reason       text not null check (reason <> ''),
  moved_by     text not null,
  moved_at     timestamptz not null,               -- wall
  previous     text not null,                      -- signature of the move before; empty for the first
  signed_by    text not null,
  signature    text not null,
  check (kind not in ('promotion', 'step-up') or pass_id is not null)
);
create trigger append_only before update or delete on stage_moves
  for each row execute function append_only();

-- A frozen window of a test: the files it is judged under, whole.
create table test_locks (
  lock_id       text primary key,
  mode          text not null check (mode in ('shadow', 'paper')),
  reason        text not null check (reason <> ''),
  snapshot      text not null,                     -- JSON: files with path, hash and content; commit
  snapshot_hash text not null,
  created_by    text not null,
  created_at    timestamptz not null,
  signed_by     text not null,
  signature     text not null,
  unlocked_at   timestamptz,
  unlocked_by   text,
  unlock_reason text
);
create unique index test_locks_open on test_locks (mode) where unlocked_at is null;
create function lock_only_unlocks() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    raise exception 'test_locks keeps every window';
  end if;
  if old.unlocked_at is not null or
     (to_jsonb(new) - array['unlocked_at', 'unlocked_by', 'unlock_reason']) <>
     (to_jsonb(old) - array['unlocked_at', 'unlocked_by', 'unlock_reason']) then
    raise exception 'a test window is unlocked once and otherwise never changed';
  end if;
  return new;
end $$;
create trigger lock_only_unlocks before update or delete on test_locks
  for each row execute function lock_only_unlocks();

-- What only a person can answer for: ticked once, signed.
create table manual_items (
  item        text primary key,
  note        text not null check (note <> ''),
  ticked_by   text not null,
  ticked_at   timestamptz not null,
  signed_by   text not null,
  signature   text not null
);
create trigger append_only before update or delete on manual_items
  for each row execute function append_only();
