-- An alert is an alarm that is delivered: what its delivery needs stands on the alarm's own row.
-- Times of delivery are the wall's: people sleep by it.
alter table alarms
  -- A condition lasts until it is cleared; a fact, such as a fill, is over when it is told.
  add column nature text not null default 'condition' check (nature in ('condition', 'fact')),
  add column source text unique,                     -- what a fact tells of, so that it is told once: fill/<id>
  add column notices integer not null default 0 check (notices >= 0), -- rounds of delivery planned so far
  add column next_notice_at timestamptz,             -- when the next round is due; null when none is
  add column acknowledged_at timestamptz,
  add column acknowledged_by text;
-- Alarms of before this migration are told to nobody; those after it are due at once.
alter table alarms alter column next_notice_at set default now();
create index alarms_by_code on alarms (code, recorded_at);
create index alarms_due on alarms (next_notice_at) where next_notice_at is not null and severity <> 'info';

-- One row for each alert, sink and round: the key is what keeps a restart from telling twice.
create table alert_deliveries (
  delivery_id  bigint generated always as identity primary key,
  alarm_id     bigint not null references alarms,
  sink         text not null,                        -- its name in config/alerts.yaml
  round        integer not null check (round >= 0),  -- 0 is the first, each repeat is one more
  status       text not null default 'pending' check (status in
    ('pending', 'sending', 'delivered', 'failed', 'unsure')), -- unsure: the sender died in the middle
  attempts     integer not null default 0,
  next_at      timestamptz not null default now(),
  said         text,                                 -- what the sink answered last, without secrets
  delivered_at timestamptz,
  recorded_at  timestamptz not null default now(),
  unique (alarm_id, sink, round)
);
create index alert_deliveries_due on alert_deliveries (sink, next_at) where status in ('pending', 'sending');

-- What happened in other tables and is to be told. Written in the transaction of what happened and taken
-- out in the one that writes the alarm: a cursor over ids would pass by what commits late.
create table alert_outbox (
  outbox_id   bigint generated always as identity primary key,
  kind        text not null,
  facts       text not null,                         -- the row it tells of, JSON
  recorded_at timestamptz not null default now()
);

create function queue_alert() returns trigger language plpgsql as $$
begin
  insert into alert_outbox (kind, facts) values (tg_argv[0], to_jsonb(new)::text);
  return null;
end $$;

create trigger alert_sent after insert on order_updates
  for each row when (new.kind = 'submitted') execute function queue_alert('order-sent');
create trigger alert_rejected after insert on order_updates
  for each row when (new.kind = 'rejected') execute function queue_alert('order-rejected');
create trigger alert_fill after insert on fills
  for each row execute function queue_alert('fill');
create trigger alert_position after update on positions
  for each row when ((old.count_centi = 0) <> (new.count_centi = 0))
  execute function queue_alert('position');
create trigger alert_kill after insert on kill_switch
  for each row execute function queue_alert('kill');
create trigger alert_kill_released after update on kill_switch
  for each row when (old.released_at is null and new.released_at is not null)
  execute function queue_alert('kill-released');
create trigger alert_day_opened after insert on runs
  for each row execute function queue_alert('day-opened');
create trigger alert_day_closed after update on runs
  for each row when (new.verdict is not null and new.verdict is distinct from old.verdict)
  execute function queue_alert('day-closed');
create trigger alert_game after update on games
  for each row when (new.phase is distinct from old.phase and new.phase in ('live', 'scored', 'void'))
  execute function queue_alert('game-phase');
