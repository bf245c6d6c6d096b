import {
  type RiskLimits,
  type RiskSnapshot,
  type RiskSubject,
  strategyCapital,
} from "../../domain/risk.ts";
import { DRILL } from "../../domain/order.ts";
import {
  type AtRisk,
  bankroll,
  bitcoinHour,
  capitalAtRisk,
  gameGroup,
  isOfSlate,
  lostForGood,
  marketLoss,
  openOccasions,
  positionLoss,
  slateGroup,
  totalAtRisk,
} from "../exposure.ts";
import { atMost, type Rule } from "../judgement.ts";

/** The caps: what the worst case of everything held and ordered may come to, this order included. */
export const EXPOSURE_RULES: readonly Rule[] = [
  {
    name: "open_positions",
    appliesTo: "entry",
    judge: (snapshot, limits) =>
      atMost(openOccasions(snapshot, [snapshot.subject]), limits.maxOpenPositions),
  },
  {
    name: "position_size",
    appliesTo: "entry",
    judge: (snapshot, limits) => {
      const { marketTicker, strategy, reservation } = snapshot.subject;
      const held = positionLoss(snapshot, marketTicker, strategy);
      return atMost(held + reservation, limits.maxPositionSize);
    },
  },
  {
    name: "market_loss",
    appliesTo: "entry",
    judge: (snapshot, limits) => {
      const { marketTicker, reservation } = snapshot.subject;
      return atMost(marketLoss(snapshot, marketTicker) + reservation, limits.maxLossPerMarket);
    },
  },
  group("game_loss", ({ maxLossPerGame }) => maxLossPerGame, gameGroup),
  group("slate_loss", ({ maxLossPerSlate }) => maxLossPerSlate, slateGroup, isOfSlate),
  group(
    "bitcoin_hour_loss",
    ({ maxLossPerBitcoinHour }) => maxLossPerBitcoinHour,
    ({ marketTicker }) => bitcoinHour(marketTicker),
  ),
  group(
    "strategy_capital",
    (limits, { strategy }) => (strategy === DRILL ? 0 : strategyCapital(limits, strategy)),
    // A drill is in no strategy's capital: the caps over all hold it.
    ({ strategy }) => (strategy === DRILL ? null : strategy),
  ),
  {
    name: "exposure_cap",
    appliesTo: "entry",
    judge: (snapshot, limits) => atMost(atRiskWith(snapshot), limits.exposureCap),
  },
  {
    // What is lost for good comes off the capital: the cap and the losses together bound the stage.
    name: "total_capital",
    appliesTo: "entry",
    judge: (snapshot, limits) => {
      return atMost(atRiskWith(snapshot) + lostForGood(snapshot), limits.maxTotalCapital);
    },
  },
  {
    name: "bankroll_slice",
    appliesTo: "entry",
    judge: (snapshot, limits) =>
      atMost(atRiskWith(snapshot), limits.bankrollSlice * bankroll(snapshot)),
  },
];

/** Everything in the account, what its owner does by hand included, and this order. */
function atRiskWith(snapshot: RiskSnapshot): number {
  return totalAtRisk(snapshot) + snapshot.subject.reservation;
}

/**
 * A cap over what is lost together: everything whose group is the subject's, what is foreign and the subject
 * included. An order of no group is held.
 */
function group(
  name: string,
  limitOf: (limits: RiskLimits, subject: RiskSubject) => number,
  groupOf: (item: Grouped) => string | null,
  isIn: (item: Grouped, own: string) => boolean = (item, own) => groupOf(item) === own,
): Rule {
  return {
    name,
    appliesTo: "entry",
    judge: (snapshot, limits) => {
      const { subject } = snapshot;
      const own = groupOf(subject);
      const limit = limitOf(limits, subject);
      if (own === null) return atMost(0, limit);
      const atRisk = capitalAtRisk(snapshot, (item) => isIn(item, own));
      return atMost(atRisk + subject.reservation, limit);
    },
  };
}

type Grouped = Pick<AtRisk, "occasionId" | "slate" | "marketTicker" | "strategy">;
