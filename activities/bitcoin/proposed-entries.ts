import type { Instant, UsdMicros } from "../../core/domain/units.ts";

/** One entry that was proposed, and what became of it as far as is known. */
interface ProposedEntry {
  readonly decisionId: string;
  readonly proposedAt: Instant;
  readonly proposedWallMs: number;
  /** Most that it may cost, micros. */
  readonly reserved: UsdMicros;
  /** When the books were seen to hold it, run time; null until then. */
  readonly bookedAt: Instant | null;
}

/** A proposal that is in no books after this much of wall time was lost on its way, or its contract let it go. */
const LOST_AFTER_WALL_MS = 30_000;

/**
 * What a session has proposed and the books may not hold yet: its contract is taken and its capital
 * committed from that moment on, until the books say themselves what became of it.
 */
export class ProposedEntries {
  readonly #entries = new Map<string, ProposedEntry>();
  /** Pause after a proposal that came to nothing, run milliseconds. */
  readonly #retryMs: number;

  constructor(retryMs: number) {
    this.#retryMs = retryMs;
  }

  add(
    marketTicker: string,
    entry: Pick<ProposedEntry, "decisionId" | "proposedAt" | "proposedWallMs" | "reserved">,
  ): void {
    this.#entries.set(marketTicker, { ...entry, bookedAt: null });
  }

  /** Decisions that the books were not seen to hold. */
  pending(): readonly string[] {
    return [...this.#entries.values()].flatMap(({ decisionId, bookedAt }) =>
      bookedAt === null ? [decisionId] : [],
    );
  }

  /** Hears which of them the books hold; from then on these say what stands against the contract. */
  booked(decisionIds: ReadonlySet<string>, at: Instant): void {
    for (const [ticker, entry] of this.#entries) {
      if (entry.bookedAt !== null || !decisionIds.has(entry.decisionId)) continue;
      this.#entries.set(ticker, { ...entry, bookedAt: at });
    }
  }

  /** What speaks against another entry in the contract; null when nothing does. */
  barOf(marketTicker: string, at: Instant, wallMs: number): string | null {
    const entry = this.#entries.get(marketTicker);
    if (entry === undefined) return null;
    if (this.#isOnItsWay(entry, at, wallMs)) return "order_working";
    const since = entry.bookedAt ?? entry.proposedAt;
    return at - since < this.#retryMs ? "cooling_down" : null;
  }

  /** What the books do not count yet, micros. */
  reserved(at: Instant, wallMs: number): number {
    return [...this.#entries.values()]
      .filter((entry) => this.#isOnItsWay(entry, at, wallMs))
      .reduce((sum, { reserved }) => sum + reserved, 0);
  }

  /** Keeps nothing of contracts that are not `isKnown`. */
  forget(isKnown: (marketTicker: string) => boolean): void {
    for (const ticker of this.#entries.keys()) if (!isKnown(ticker)) this.#entries.delete(ticker);
  }

  /** Both clocks: at sixty times the pace of the wall minutes pass before a workflow has its turn. */
  #isOnItsWay(
    { bookedAt, proposedAt, proposedWallMs }: ProposedEntry,
    at: Instant,
    wallMs: number,
  ) {
    if (bookedAt !== null) return false;
    return at - proposedAt < this.#retryMs || wallMs - proposedWallMs < LOST_AFTER_WALL_MS;
  }
}
