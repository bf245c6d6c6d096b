-- Which series a Bitcoin run has, and which of them are over: the last one ends the run.
create table btc_run_series (
  run_id        text not null references runs,
  series        text not null,
  started_at    timestamptz not null,
  ended_at      timestamptz,
  ended_because text,
  primary key (run_id, series)
);
