-- What is at stake in shadow: proposals that would have filled, or whose fill is not known yet, in contracts
-- that are not settled. Each risk check reads them; of all would-trades ever they are a handful.
create index would_trades_at_stake on would_trades (decision_id)
  where mode = 'shadow' and code = 'propose' and refusal_code is null and payout_micros is null
    and coalesce(filled_centi, 1) > 0;
