-- The decision behind a cycle's proposals; null where it proposed nothing. A cycle ends with its first
-- proposals, so there is one: intents and fills under it say what was approved and traded.
alter table cycles add column decision_id text;

-- Settings by their hash, as decisions name them: a run that is resumed may go on with others.
create table configs (
  config_hash text primary key,
  config      text not null,                       -- JSON, byte for byte what the hash is of
  recorded_at timestamptz not null default now()
);
insert into configs (config_hash, config) select distinct on (config_hash) config_hash, config from runs
  order by config_hash, recorded_at;
create trigger append_only before update or delete on configs
  for each row execute function append_only();
