-- A market that comes to no result returns what was held there cost: no value of one YES says that.
alter table settlements
  alter column value_micros drop not null,
  drop constraint settlements_result_check,
  add constraint settlements_result_check check (result in ('yes', 'no', 'scalar', 'void')),
  add constraint settlements_void_check check ((result = 'void') = (value_micros is null));
alter table settlement_corrections
  alter column value_micros drop not null,
  drop constraint settlement_corrections_result_check,
  add constraint settlement_corrections_result_check check (result in ('yes', 'no', 'scalar', 'void')),
  add constraint settlement_corrections_void_check check ((result = 'void') = (value_micros is null));
