-- A decided game is no forecast: the end of the third or fourth quarter is scored only where the next
-- period was seen being played. What was scored before that was asked is held to it.
delete from scores where instant_name in ('q3', 'q4') and not exists (
  select from snapshots s where s.game_id = scores.game_id and s.clock_state = 'in'
    and s.period > right(instant_name, 1)::integer and s.clock_seconds is distinct from 0);
