-- An occasion is what an order is about, a position belongs to and a settlement ends: a game, or a Bitcoin
-- contract. Everything on the way of an order hangs on it, and no longer on a game.
create table occasions (
  occasion_id  text primary key,                   -- game/<mode>/<event> | btc-contract/<mode>/<market>
  run_id       text not null references runs,
  mode         text not null check (mode in ('shadow', 'paper')),
  domain       text not null check (domain in ('nba', 'btc')),
  event_ticker text not null,
  opened_at    timestamptz not null,
  recorded_at  timestamptz not null default now()
);
create index occasions_by_run on occasions (run_id);

insert into occasions (occasion_id, run_id, mode, domain, event_ticker, opened_at, recorded_at)
select g.game_id, g.run_id, r.mode, 'nba', g.event_ticker, r.started_at, g.recorded_at
from games g join runs r using (run_id);
alter table games add constraint games_game_id_fkey foreign key (game_id) references occasions;

alter table intents rename column game_id to occasion_id;
alter table intents drop constraint intents_game_id_fkey,
  add constraint intents_occasion_id_fkey foreign key (occasion_id) references occasions;
alter index intents_by_game rename to intents_by_occasion;

alter table orders rename column game_id to occasion_id;
alter table orders drop constraint orders_game_id_fkey,
  add constraint orders_occasion_id_fkey foreign key (occasion_id) references occasions;
alter index orders_by_game rename to orders_by_occasion;

-- What is held is signed: YES positive, NO negative. Its cost is what the side that is held did cost.
alter table positions rename column game_id to occasion_id;
alter table positions rename column count_centi to position_centi;
alter table positions drop constraint positions_count_centi_check,
  drop constraint positions_game_id_fkey,
  add constraint positions_occasion_id_fkey foreign key (occasion_id) references occasions;
drop index positions_open;
create index positions_open on positions (occasion_id) where position_centi <> 0;

alter table settlements rename column game_id to occasion_id;
alter table settlements rename column count_centi to position_centi;
alter table settlements drop constraint settlements_count_centi_check,
  drop constraint settlements_game_id_fkey,
  add constraint settlements_occasion_id_fkey foreign key (occasion_id) references occasions;

-- What waits to be told names its columns.
update alert_outbox set facts = (facts::jsonb - 'game_id' - 'count_centi' || jsonb_build_object(
  'occasion_id', facts::jsonb -> 'game_id', 'position_centi', facts::jsonb -> 'count_centi'))::text
where kind = 'position';

alter table intents drop constraint intents_strategy_check, add constraint intents_strategy_check
  check (strategy in ('pregame-anchored', 'model-edge', 'mean-reversion', 'btc-edge', 'drill'));
alter table orders drop constraint orders_strategy_check, add constraint orders_strategy_check
  check (strategy in ('pregame-anchored', 'model-edge', 'mean-reversion', 'btc-edge', 'drill'));
alter table positions drop constraint positions_strategy_check, add constraint positions_strategy_check
  check (strategy in ('pregame-anchored', 'model-edge', 'mean-reversion', 'btc-edge', 'drill'));
alter table settlements drop constraint settlements_strategy_check, add constraint settlements_strategy_check
  check (strategy in ('pregame-anchored', 'model-edge', 'mean-reversion', 'btc-edge', 'drill'));
