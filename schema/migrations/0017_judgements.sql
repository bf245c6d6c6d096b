-- Scores, reviews and validations as they were archived, and test plans that were locked before their data came.
create table judgements (
  judgement_id  bigint generated always as identity primary key,
  kind          text not null check (kind in ('nightly', 'weekly', 'validation')),
  mode          text not null check (mode in ('shadow', 'paper')),
  from_date     date not null,
  to_date       date not null check (to_date >= from_date),
  config_hash   text,                              -- the settings and limits of all its nights; null where they
  limits_hash   text,                              -- differ or a world was played: no evidence for a gate
  verdict       text not null,
  report_dir    text not null,
  report_sha256 text not null,                     -- of report.json
  made_by       text not null,
  recorded_at   timestamptz not null default now(),
  unique (kind, mode, from_date, to_date, report_sha256)
);
create trigger append_only before update or delete on judgements
  for each row execute function append_only();

create table test_plans (
  plan_hash   text primary key,                    -- SHA-256 of the content
  name        text not null,
  mode        text not null check (mode in ('shadow', 'paper')),
  content     text not null,                       -- the file, byte for byte
  from_date   date not null,
  to_date     date not null check (to_date >= from_date),
  config_hash text not null,
  limits_hash text not null,
  locked_by   text not null,
  locked_at   timestamptz not null default now(),
  unique (mode, name)
);
create trigger append_only before update or delete on test_plans
  for each row execute function append_only();

create table plan_verdicts (
  verdict_id  bigint generated always as identity primary key,
  plan_hash   text not null references test_plans,
  verdict     text not null check (verdict in ('confirmed', 'not_confirmed', 'not_enough_data')),
  details     text not null,                       -- JSON: each hypothesis with its figure, each deviation
  made_by     text not null,
  recorded_at timestamptz not null default now()
);
create trigger append_only before update or delete on plan_verdicts
  for each row execute function append_only();
