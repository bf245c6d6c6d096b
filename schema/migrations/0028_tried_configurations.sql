-- What a validation of evidence named of what was tried to find the configuration: a later one that names fewer is
-- no evidence. JSON, an array of names; null where it is no evidence, or was noted before names were kept.
alter table judgements add column tried text;
