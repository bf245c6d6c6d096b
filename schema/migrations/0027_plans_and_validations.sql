-- The same plan may be locked in each mode: a verdict is that of its plan in one of them.
alter table plan_verdicts drop constraint plan_verdicts_plan_hash_fkey;
alter table test_plans drop constraint test_plans_pkey;
alter table test_plans add primary key (mode, plan_hash);
alter table plan_verdicts add column mode text check (mode in ('shadow', 'paper'));
alter table plan_verdicts disable trigger append_only;
update plan_verdicts v set mode = p.mode from test_plans p where p.plan_hash = v.plan_hash;
alter table plan_verdicts enable trigger append_only;
alter table plan_verdicts alter column mode set not null;
alter table plan_verdicts add foreign key (mode, plan_hash) references test_plans;

-- A validation counts as of its newest run: each is noted, also where it came to what an older one did.
alter table judgements drop constraint judgements_kind_mode_from_date_to_date_report_sha256_key;
create unique index judgements_once on judgements (kind, mode, from_date, to_date, report_sha256)
  where kind <> 'validation';
