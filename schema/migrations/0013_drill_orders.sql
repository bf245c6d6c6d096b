-- The bids of `tipoff drill` are orders like any other, of nobody's strategy: should one fill, it is held and
-- settled under its own name. They are no pregame attempt.
alter table intents drop constraint intents_strategy_check,
  add constraint intents_strategy_check
    check (strategy in ('pregame-anchored', 'model-edge', 'mean-reversion', 'drill'));
alter table orders drop constraint orders_strategy_check,
  add constraint orders_strategy_check
    check (strategy in ('pregame-anchored', 'model-edge', 'mean-reversion', 'drill'));
alter table positions drop constraint positions_strategy_check,
  add constraint positions_strategy_check
    check (strategy in ('pregame-anchored', 'model-edge', 'mean-reversion', 'drill'));
alter table settlements drop constraint settlements_strategy_check,
  add constraint settlements_strategy_check
    check (strategy in ('pregame-anchored', 'model-edge', 'mean-reversion', 'drill'));
drop index one_pregame_entry;
create unique index one_pregame_entry on intents (game_id)
  where phase = 'pregame' and purpose = 'entry' and strategy <> 'drill' and parent_id is null
    and refusal_code is null;
