import type { Verdict } from "../domain/decision.ts";
import type { Instant } from "../domain/units.ts";

/** How often decisions are kept, run milliseconds. */
export interface RecordRules {
  /** At least this often, even when nothing changed. */
  readonly decisionIntervalMs: number;
  /** A changed verdict at most this often. */
  readonly verdictIntervalMs: number;
}

/** Why a decision is kept: as a row by the live system, in memory by a backtest. */
export type RecordReason = "proposal" | "phase" | "verdict-changed" | "interval";

/** Which decisions of a game are kept: each proposal and each new phase, changed verdicts, and a sign of life. */
export class RecordPace {
  readonly #rules: RecordRules;
  #keptAt = 0;
  #codes: readonly string[] = [];

  constructor(rules: RecordRules) {
    this.#rules = rules;
  }

  /** Whether it is time for a sign of life. */
  isDue(at: Instant): boolean {
    return at - this.#keptAt >= this.#rules.decisionIntervalMs;
  }

  /** Says of the next decision why it is kept. @returns `null` when it is not. */
  why(
    verdicts: readonly Pick<Verdict, "code">[],
    isProposal: boolean,
    isNewPhase: boolean,
    at: Instant,
  ): RecordReason | null {
    const reason = this.#reason(verdicts, isProposal, isNewPhase, at);
    if (reason !== null) {
      this.#keptAt = at;
      this.#codes = verdicts.map(({ code }) => code);
    }
    return reason;
  }

  #reason(
    verdicts: readonly Pick<Verdict, "code">[],
    isProposal: boolean,
    isNewPhase: boolean,
    at: Instant,
  ): RecordReason | null {
    if (isProposal) return "proposal";
    if (isNewPhase) return "phase";
    const mayChange = at - this.#keptAt >= this.#rules.verdictIntervalMs;
    if (mayChange && this.#isOther(verdicts)) return "verdict-changed";
    return this.isDue(at) ? "interval" : null;
  }

  #isOther(verdicts: readonly Pick<Verdict, "code">[]): boolean {
    const codes = this.#codes;
    if (verdicts.length !== codes.length) return true;
    for (let index = 0; index < codes.length; index += 1) {
      if (verdicts[index]?.code !== codes[index]) return true;
    }
    return false;
  }
}
