import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { RunClock } from "../core/domain/time.ts";
import { type Instant, instant } from "../core/domain/units.ts";
import type { Logger } from "../runtime/log.ts";
import { writeDurably } from "../sim/exchange/durable-file.ts";
import type { Arrivals, Fact, FactSource, SourceManifest } from "../sim/facts.ts";
import { LIVE_FILE, readLiveManifest } from "../sim/recordings/finish-tape.ts";
import { FactLine } from "../sim/recordings/format.ts";
import { Tape } from "../sim/recordings/tape.ts";
import { type Lines, type MirrorAccess, openLines } from "./access.ts";
import { beginNight, type LiveWish } from "./begin.ts";
import { followAll } from "./follow.ts";
import { Memory } from "./memory.ts";
import type { MirrorPart, Told } from "./port.ts";

/** After a night's end its markets' last words are waited for so long, milliseconds. */
const TAIL_MS = 6 * 3_600_000;

/** A live night as a source: what comes after what was kept is always there. */
export interface LiveSource extends FactSource {
  readonly arrivals: Arrivals;
  /** What was kept; at its end it is listened on, from there. Can be read once. */
  facts(): AsyncGenerator<Fact>;
}

/**
 * Opens the live venue and its feeds as a source of facts, which are kept in a folder as they come. In a folder that
 * has a night already this night goes on: what was kept comes first, then what comes now.
 *
 * @throws TradingError of what cannot be reached at the begin of a night, SAFETY_REFUSED or CONFIG_INVALID for the
 *   access, RECORDING_INVALID for a damaged folder.
 */
export async function openLive(
  wish: LiveWish,
  access: MirrorAccess,
  dir: string,
  log: Logger,
): Promise<LiveSource> {
  const lines = openLines(access, log);
  try {
    await mkdir(dir, { recursive: true });
    const file = join(dir, LIVE_FILE);
    if (!existsSync(file)) {
      const found = await beginNight(wish, lines, log);
      await writeDurably(file, JSON.stringify(found, null, 2));
    }
    // Read as it will be by whoever goes on: the exchange knows the night by its hash.
    const manifest = await readLiveManifest(dir);
    return new LiveNight(manifest, lines, await Tape.open(dir), log);
  } catch (error) {
    lines.close();
    throw error;
  }
}

class LiveNight implements LiveSource {
  readonly manifest: SourceManifest;
  readonly pastGames = [];
  readonly arrivals: Arrivals;
  readonly #lines: Lines;
  readonly #tape: Tape;
  readonly #log: Logger;
  readonly #clock: RunClock;
  readonly #memory = new Memory();
  #parts: MirrorPart[] = [];
  #arrived: Fact[] = [];
  #lastAt: Instant;
  #isClosed = false;

  constructor(manifest: SourceManifest, lines: Lines, tape: Tape, log: Logger) {
    this.manifest = manifest;
    this.#lines = lines;
    this.#tape = tape;
    this.#log = log;
    this.#lastAt = manifest.startAt;
    // Facts and whoever plays them have one time, which is never before what was kept.
    this.#clock = { now: () => this.#now(), speed: lines.clock.speed };
    this.arrivals = {
      clock: this.#clock,
      take: () => this.#take(),
      kept: () => this.#tape.kept(),
      close: () => this.#close(),
    };
  }

  async *facts(): AsyncGenerator<Fact> {
    for await (const fact of this.#tape.facts()) {
      this.#memory.note(fact);
      this.#lastAt = instant(Math.max(this.#lastAt, fact.receivedAt));
      yield fact;
    }
    if (!this.#isClosed) this.#listen();
  }

  #listen(): void {
    const memory = this.#memory;
    if (memory.lastAt !== null) {
      // Nobody listened since the last fact: what was shown then is not known to be so now.
      memory.isOut = true;
      this.#hear({ kind: "outage", isOut: true, sourceTime: this.#lines.clock.now() });
    }
    this.#parts = [
      ...followAll({
        manifest: this.manifest,
        lines: this.#lines,
        memory,
        tell: (told) => {
          this.#hear(told);
        },
        log: this.#log,
      }),
    ];
  }

  #now(): Instant {
    this.#lastAt = instant(Math.max(this.#lastAt, this.#lines.clock.now()));
    return this.#lastAt;
  }

  #hear(told: Told): void {
    const fact = FactLine.safeParse({ ...told, receivedAt: this.#now() });
    // What a tape could not be read with is not played either.
    if (fact.success) this.#arrived.push(fact.data);
    else this.#log.error({ told, reason: fact.error.message }, "what came is no fact");
  }

  #take(): readonly Fact[] {
    if (this.#now() > this.manifest.endAt + TAIL_MS) this.#endListening();
    if (this.#arrived.length === 0) return [];
    const arrived = this.#arrived;
    this.#arrived = [];
    for (const fact of arrived) this.#tape.append(fact);
    return arrived;
  }

  /** Nobody waits for a word of this night any more. */
  #endListening(): void {
    for (const part of this.#parts.splice(0)) void part.close();
  }

  async #close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await Promise.all(this.#parts.map((part) => part.close()));
    this.#lines.close();
    this.#take();
    await this.#tape.close();
  }
}
