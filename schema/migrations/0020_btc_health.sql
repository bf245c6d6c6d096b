-- Errors leave the row of a loop, where they were counted for ever and counted as a sign of life: they
-- are counted by the minute, so that there is a rate. What cannot be believed of the spot is a row too.

create table btc_loop_errors (
  mode      text not null check (mode in ('shadow', 'paper')),
  name      text not null,
  series    text not null,                         -- '' of a loop that serves all
  class     text not null,
  minute_at timestamptz not null,                  -- begin of the minute, run time
  errors    bigint not null check (errors > 0),
  primary key (mode, name, series, class, minute_at)
);
create index btc_loop_errors_by_time on btc_loop_errors (mode, minute_at);

insert into btc_loop_errors (mode, name, series, class, minute_at, errors)
select mode, name, series, key, date_bin('1 minute', last_at, 'epoch'), value::bigint
from btc_loops, jsonb_each_text(errors::jsonb)
where value::bigint > 0;

alter table btc_loops drop column errors;

-- While no price of the spot could be believed, and why: one row for each reason in a row.
create table btc_spot_spells (
  mode    text not null check (mode in ('shadow', 'paper')),
  from_at timestamptz not null,
  because text not null,
  to_at   timestamptz check (to_at >= from_at),    -- null while it lasts
  primary key (mode, from_at, because)
);
create index btc_spot_spells_by_end on btc_spot_spells (mode, to_at);
