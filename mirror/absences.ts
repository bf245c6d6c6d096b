import type { RunClock } from "../core/domain/time.ts";
import type { Instant } from "../core/domain/units.ts";
import type { FactBody } from "../sim/facts.ts";
import { type Absence, absenceKey, type ToldGames } from "./told-games.ts";

/** What cannot be read is away after so long, run milliseconds: the next look may fail alone. */
const AWAY_AFTER_MS = 20_000;

interface AbsencesOptions {
  readonly told: ToldGames;
  readonly clock: RunClock;
  readonly tell: (body: FactBody) => void;
}

/** Tells of feeds, and of pages of theirs, that they are away and that they are back, each once. */
export class Absences {
  readonly #options: AbsencesOptions;
  /** When the first of the looks began that failed since one did not. */
  readonly #missedSince = new Map<string, Instant>();

  constructor(options: AbsencesOptions) {
    this.#options = options;
  }

  /** Nothing is known of it since then: the next look that fails counts from there. */
  doubt(what: Absence, since: Instant): void {
    const key = absenceKey(what);
    this.#missedSince.set(key, this.#missedSince.get(key) ?? since);
  }

  /** A look that began then did not find it. */
  miss(what: Absence, askedAt: Instant): void {
    this.doubt(what, askedAt);
    const since = this.#missedSince.get(absenceKey(what)) ?? askedAt;
    const { told, clock } = this.#options;
    if (clock.now() - since >= AWAY_AFTER_MS && told.isAway(what) !== true) this.#tell(what, true);
  }

  find(what: Absence): void {
    this.#missedSince.delete(absenceKey(what));
    const before = this.#options.told.isAway(what);
    // Until the first word on the injury report a live night has none: that one is told too.
    const isAwaited = what.kind === "page-away" && what.page === "injuries" && before === null;
    if (before === true || isAwaited) this.#tell(what, false);
  }

  #tell(what: Absence, isAway: boolean): void {
    this.#options.tell({ ...what, isAway });
  }
}
