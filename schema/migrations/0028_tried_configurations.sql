-- What a validation named of what was tried to find the configuration: a later one that names fewer is no evidence.
-- JSON: `names`, and the `configHash` and `limitsHash` that it was asked under, which the columns of these names have
-- only where it is evidence itself. Null where it named none, was asked under none, or was noted before names were kept.
alter table judgements add column tried text;
