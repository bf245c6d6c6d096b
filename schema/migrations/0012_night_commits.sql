-- Under which commits the nights of a passed gate were played: code_commit is that of the code which judged them.
alter table gate_passes add column night_commits text;   -- JSON; null in a pass from before, signed without it
