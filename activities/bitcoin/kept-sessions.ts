import type { BtcSeries } from "../../core/domain/btc-contract.ts";
import type { Logger } from "../../runtime/log.ts";

/** What is watched: a series of a run. */
interface Watched {
  readonly runId: string;
  readonly series: BtcSeries;
}

interface KeptDeps {
  /** Whether the run says that the series is over, or was stopped. */
  readonly isEnded: (of: Watched) => Promise<boolean>;
  readonly log: Pick<Logger, "warn">;
  /** Wall milliseconds between two looks at a series that nobody watches. */
  readonly lookMs?: number;
}

interface Entry<S> {
  readonly of: Watched;
  readonly session: Promise<S>;
  /** Chunks under way: a new one may begin before the one that it supersedes has ended. */
  chunks: number;
  timer: NodeJS.Timeout | undefined;
}

const LOOK_WALL_MS = 1_000;

/**
 * Sessions of a process, one a series, kept between the chunks of its watch. A chunk that is cancelled says
 * not why: a signal interrupts it and the next begins at once, or the series was stopped and none ever
 * does, which may also happen between two. So while no chunk runs the run is asked whether the series is
 * over, and then the session is closed: its silence means nothing any more.
 */
export class KeptSessions<S extends { readonly close: () => void }> {
  readonly #deps: KeptDeps;
  readonly #entries = new Map<BtcSeries, Entry<S>>();

  constructor(deps: KeptDeps) {
    this.#deps = deps;
  }

  /** Watches a chunk in the session of the series, which ends with it if the chunk says that all is over. */
  async use<R extends { readonly isOver: boolean }>(
    of: Watched,
    open: () => Promise<S>,
    watch: (session: S) => Promise<R>,
  ): Promise<R> {
    const entry = this.#entry(of, open);
    clearTimeout(entry.timer);
    entry.chunks += 1;
    try {
      const result = await watch(await entry.session);
      if (result.isOver) await this.#close(entry);
      return result;
    } finally {
      entry.chunks -= 1;
      if (entry.chunks === 0) this.#lookLater(entry);
    }
  }

  #entry(of: Watched, open: () => Promise<S>): Entry<S> {
    const known = this.#entries.get(of.series);
    if (known?.of.runId === of.runId) return known;
    // The run before is over, whether it could say so or not.
    const closed = known === undefined ? Promise.resolve() : this.#close(known);
    const session = closed.then(open);
    const entry: Entry<S> = { of, session, chunks: 0, timer: undefined };
    this.#entries.set(of.series, entry);
    session.catch(() => {
      if (this.#isKept(entry)) this.#entries.delete(of.series);
    });
    return entry;
  }

  #isKept(entry: Entry<S>): boolean {
    return this.#entries.get(entry.of.series) === entry;
  }

  async #close(entry: Entry<S>): Promise<void> {
    if (!this.#isKept(entry)) return;
    clearTimeout(entry.timer);
    this.#entries.delete(entry.of.series);
    // One that could not be opened has nothing to close.
    (await entry.session.catch(() => null))?.close();
  }

  #lookLater(entry: Entry<S>): void {
    if (!this.#isKept(entry)) return;
    const { lookMs = LOOK_WALL_MS } = this.#deps;
    entry.timer = setTimeout(() => void this.#look(entry), lookMs).unref();
  }

  async #look(entry: Entry<S>): Promise<void> {
    const isEnded = await this.#deps.isEnded(entry.of).catch((error: unknown) => {
      this.#deps.log.warn({ ...entry.of, error: String(error) }, "whether a series is over");
      return false;
    });
    // Meanwhile it may have gone on: the next end of a chunk looks again.
    if (entry.chunks > 0) return;
    if (isEnded) await this.#close(entry);
    else this.#lookLater(entry);
  }
}
