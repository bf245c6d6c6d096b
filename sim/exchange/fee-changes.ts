import { required } from "../../core/domain/assert.ts";
import { NBA_SERIES } from "../../core/domain/ids.ts";
import type { FeeSchedule } from "../../core/domain/market.ts";
import type { Instant } from "../../core/domain/units.ts";
import type { EventFeeChange, FeeChange, SourceManifest } from "../facts.ts";
import { SERIES, seriesTicker } from "./series.ts";

/**
 * What each series charges, and when that changes. Sources state the changes, and what single
 * events charge instead.
 */
export class SeriesFees {
  readonly #changes: ReadonlyMap<string, readonly FeeChange[]>;

  /** What events charge instead of their series, oldest first. */
  readonly overrides: readonly EventFeeChange[];

  constructor(manifest: SourceManifest) {
    this.overrides = [...(manifest.eventFeeChanges ?? [])].sort((a, b) => a.at - b.at);
    const stated = [...(manifest.feeChanges ?? [])].sort((a, b) => a.at - b.at);
    this.#changes = new Map(
      [...SERIES.values()].map(({ ticker, fees }) => {
        const first = { ...fees, at: manifest.startAt };
        const own = stated.filter(({ seriesTicker: of = NBA_SERIES }) => of === ticker);
        return [ticker, [first, ...own]];
      }),
    );
  }

  /** A series' schedules, oldest first: what the night begins with, and each change after it. */
  changes(series: string): readonly FeeChange[] {
    return this.#changes.get(series) ?? [];
  }

  /** What an event charges instead of its series at an instant. @returns `null` when it does not. */
  override(eventTicker: string, at: Instant): FeeSchedule | null {
    const inForce = (change: EventFeeChange): boolean =>
      change.eventTicker === eventTicker && change.at <= at;
    return this.overrides.findLast(inForce)?.override ?? null;
  }

  /** The schedule in force for a market, or a whole series, at an instant. */
  at(ticker: string, at: Instant): FeeSchedule {
    const own = this.override(ticker.slice(0, ticker.lastIndexOf("-")), at);
    if (own !== null) return own;
    const series = seriesTicker(ticker);
    const changes = required(this.#changes.get(series), `fees of ${series}`);
    return required(changes.findLast((change) => change.at <= at) ?? changes[0], "its first fees");
  }
}
