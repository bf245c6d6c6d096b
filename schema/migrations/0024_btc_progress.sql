-- How far endless work of the Bitcoin side has come, which a process that dies must not forget: up to when
-- every contract that was open is known, and up to when gaps were searched.

create table btc_progress (
  mode     text not null check (mode in ('shadow', 'paper')),
  work     text not null check (work in ('catalogue', 'gap_search')),
  series   text not null,                         -- '' of work that serves all
  until_at timestamptz not null,                  -- run time
  sent_back bigint not null default 0,            -- how often it was sent back to an earlier instant
  primary key (mode, work, series)
);

insert into btc_progress (mode, work, series, until_at)
select mode, 'catalogue', series, max(started_at) from btc_cycles group by mode, series
union all
select mode, 'gap_search', '', max(started_at) from btc_cycles group by mode;
