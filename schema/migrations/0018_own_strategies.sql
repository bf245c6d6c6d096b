-- The strategy of tree ensembles, and those that users write themselves (core/domain/order.ts: OWN_STRATEGY).
alter table intents drop constraint intents_strategy_check, add constraint intents_strategy_check
  check (strategy in ('pregame-anchored', 'model-edge', 'mean-reversion', 'model-trees', 'btc-edge', 'drill')
    or strategy ~ '^own-[a-z][a-z0-9-]{0,31}$');
alter table orders drop constraint orders_strategy_check, add constraint orders_strategy_check
  check (strategy in ('pregame-anchored', 'model-edge', 'mean-reversion', 'model-trees', 'btc-edge', 'drill')
    or strategy ~ '^own-[a-z][a-z0-9-]{0,31}$');
alter table positions drop constraint positions_strategy_check, add constraint positions_strategy_check
  check (strategy in ('pregame-anchored', 'model-edge', 'mean-reversion', 'model-trees', 'btc-edge', 'drill')
    or strategy ~ '^own-[a-z][a-z0-9-]{0,31}$');
alter table settlements drop constraint settlements_strategy_check, add constraint settlements_strategy_check
  check (strategy in ('pregame-anchored', 'model-edge', 'mean-reversion', 'model-trees', 'btc-edge', 'drill')
    or strategy ~ '^own-[a-z][a-z0-9-]{0,31}$');
