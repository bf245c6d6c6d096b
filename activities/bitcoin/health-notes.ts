import type { BtcSeries } from "../../core/domain/btc-contract.ts";
import type { BtcLoopName } from "../../core/domain/btc-loop.ts";
import type { Mode } from "../../core/domain/decision.ts";
import { TradingError } from "../../core/domain/errors.ts";
import type { SpotStale } from "../../core/domain/spot.ts";
import type { Instant } from "../../core/domain/units.ts";
import type { Db } from "../../schema/database.ts";
import {
  beatLoops,
  countErrors,
  type LoopBeat,
  type LoopErrors,
} from "../../schema/queries/btc-loops.ts";
import {
  endSpotSpells,
  keepSpotSpells,
  type SpotSpell,
} from "../../schema/queries/btc-spot-spells.ts";

const MINUTE_MS = 60_000;

/** What the loops of a process say of themselves, kept until it is written; what cannot be is written later. */
export class HealthNotes {
  readonly #mode: Mode;
  #beats = new Map<string, LoopBeat>();
  #errors = new Map<string, LoopErrors>();
  #spells = new Map<string, SpotSpell>();
  #spell: SpotSpell | null = null;
  #oldEnded: Promise<void> | null = null;

  constructor(mode: Mode) {
    this.#mode = mode;
  }

  beat(name: BtcLoopName, series: BtcSeries | "", at: Instant): void {
    this.#beats.set(`${name}/${series}`, { name, series, at });
  }

  error(name: BtcLoopName, series: BtcSeries | "", errorClass: string, at: Instant): void {
    this.#count({ name, series, errorClass, at, count: 1 });
  }

  /** The spot as it stands: a spell for each reason in a row. */
  spot(because: SpotStale | null, at: Instant): void {
    if ((this.#spell?.because ?? null) === because) return;
    if (this.#spell !== null) this.#keepSpell({ ...this.#spell, to: at });
    this.#spell = because === null ? null : { because, from: at, to: null };
    if (this.#spell !== null) this.#keepSpell(this.#spell);
  }

  async write(db: Db, at: Instant): Promise<void> {
    // Once, and before anything of this process is there: a second write must not end what the first wrote.
    this.#oldEnded ??= endSpotSpells(db, this.#mode, at).catch((error: unknown) => {
      this.#oldEnded = null;
      throw error;
    });
    await this.#oldEnded;
    const [beats, errors, spells] = [this.#beats, this.#errors, this.#spells];
    this.#beats = new Map();
    this.#errors = new Map();
    this.#spells = new Map();
    try {
      // All or none: an error that is told twice is counted twice.
      await db.transaction().execute(async (tx) => {
        await beatLoops(tx, this.#mode, [...beats.values()]);
        await countErrors(tx, this.#mode, [...errors.values()]);
        await keepSpotSpells(tx, this.#mode, [...spells.values()]);
      });
    } catch (error) {
      this.#beats = new Map([...beats, ...this.#beats]);
      this.#spells = new Map([...spells, ...this.#spells]);
      for (const old of errors.values()) this.#count(old);
      throw error;
    }
  }

  #count(told: LoopErrors): void {
    const { name, series, errorClass, at, count } = told;
    const minute = Math.floor(at / MINUTE_MS);
    const key = `${name}/${series}/${errorClass}/${minute}`;
    const before = this.#errors.get(key)?.count ?? 0;
    this.#errors.set(key, { ...told, count: before + count });
  }

  #keepSpell(spell: SpotSpell): void {
    this.#spells.set(`${spell.from}/${spell.because}`, spell);
  }
}

/** The class of an error that is worth counting apart: of our own errors their code, of others their name. */
export function errorClassOf(error: unknown): string {
  if (error instanceof TradingError) return error.code;
  return error instanceof Error ? error.name : "unknown";
}
