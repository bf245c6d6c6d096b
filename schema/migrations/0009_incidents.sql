-- An incident: something went wrong and was looked into. Gates count them; each ends with a text.
create table incidents (
  incident_id    bigint generated always as identity primary key,
  mode           text not null check (mode in ('shadow', 'paper')),
  source         text not null check (source in ('alarm', 'breaker', 'kill', 'window')),
  source_id      text,                             -- of the alarm, breaker or kill; null for a window given by hand
  what           text not null,
  from_at        timestamptz not null,             -- the window, on the wall's clock
  to_at          timestamptz not null check (to_at > from_at),
  opened_at      timestamptz not null default now(),
  opened_by      text not null,
  archive        text,                             -- file with what was gathered, once it is whole
  archive_sha256 text,
  closed_at      timestamptz,
  closed_by      text,
  resolution     text,
  check ((source = 'window') = (source_id is null)),
  check ((archive is null) = (archive_sha256 is null)),
  check ((closed_at is null) = (closed_by is null) and (closed_at is null) = (resolution is null))
);
