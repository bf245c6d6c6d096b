-- A further pregame attempt may be refused by any rule, of which the one against it is named only when no
-- other comes first: its record must be kept. What can never be is two that were approved.
drop index one_pregame_attempt;
create unique index one_pregame_entry on intents (game_id)
  where phase = 'pregame' and purpose = 'entry' and parent_id is null and refusal_code is null;
