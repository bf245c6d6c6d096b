import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { assert } from "../../core/domain/assert.ts";
import { TradingError } from "../../core/domain/errors.ts";
import {
  type CountCenti,
  countCenti,
  type Instant,
  instant,
  type UsdMicros,
} from "../../core/domain/units.ts";
import type { Fact, FactSource } from "../facts.ts";
import { LiveClock, type NightClock, SimClock } from "./clock.ts";
import { ClockFile } from "./clock-file.ts";
import { Engine } from "./engine.ts";
import {
  type Command,
  type GroupCommand,
  isCommand,
  isGroupCommand,
  type OrderCommand,
  type Outcome,
  parseEntries,
  type ShardCommand,
} from "./entries.ts";
import type { EngineEvent } from "./events.ts";
import { Journal } from "./journal.ts";
import type { AccountOrder } from "./order.ts";
import type { OrderGroup } from "./order-groups.ts";
import { Player } from "./player.ts";

/** How often due facts are looked for, wall. */
const TICK_MS = 5;

/** A command waits for its latency on the run's clock, but no longer than this on the wall. */
const LATENCY_WALL_MS_MAX = 250;

/** What everybody is told. */
const PUBLIC: readonly EngineEvent["kind"][] = ["trade", "lifecycle", "outage"];

/** Who listens to what a night does. */
export interface NightListener {
  /** Public facts, and the markets whose book changed, once a tick. */
  onPublic(events: readonly EngineEvent[], dirty: readonly string[]): void;
  /** The account's own facts, once they are durable. */
  onPrivate(events: readonly EngineEvent[]): void;
}

export interface NightOptions {
  readonly dir: string;
  readonly source: FactSource;
  readonly startingCash: UsdMicros;
  readonly speed: number;
  readonly isFreeRunning: boolean;
  /** Run time between the arrival of an order operation and matching. */
  readonly latencyMs: number;
  /** Monotonic wall milliseconds. */
  readonly wall: () => number;
  /** Feeds that are folds of the same facts. */
  readonly showFeeds: (fact: Fact) => void;
  readonly onFailure: (error: unknown) => void;
}

/** What a command came to. */
export interface Applied {
  readonly order: AccountOrder;
  readonly canceled: CountCenti;
}

/** The command without its place among the facts, which only its turn decides. */
type WishOf<Any> = Any extends Command ? Omit<Any, "position" | "at"> : never;
export type Wish = WishOf<OrderCommand>;
export type GroupWish = WishOf<GroupCommand>;

/** One night being played: source, clock, exchange and journal, tied together. */
export class Night {
  readonly engine: Engine;
  readonly clock: NightClock;
  readonly source: FactSource;
  readonly #options: NightOptions;
  readonly #player: Player;
  readonly #journal: Journal;
  readonly #clockFile: ClockFile;
  readonly #arrivals: { readonly due: number; readonly go: () => void }[] = [];
  #listener: NightListener | null = null;
  #timer: NodeJS.Timeout | null = null;
  #savingClock: Promise<void> | null = null;
  #isClosed = false;

  private constructor(
    options: NightOptions,
    parts: { journal: Journal; clockFile: ClockFile; clock: NightClock },
  ) {
    this.#options = options;
    this.source = options.source;
    this.#journal = parts.journal;
    this.#clockFile = parts.clockFile;
    this.clock = parts.clock;
    this.engine = new Engine(options.source.manifest, options.startingCash);
    this.#player = new Player(options.source, {
      show: (fact) => {
        this.engine.apply(fact);
        options.showFeeds(fact);
      },
      pass: (at) => {
        this.engine.pass(at);
      },
    });
  }

  /** Opens a night, new or interrupted: facts and commands are played again up to where it was. */
  static async open(options: NightOptions): Promise<Night> {
    const { manifest, arrivals } = options.source;
    // A command is repeated among the facts that stood before it: of a live source these must be there.
    const { journal, entries } = await Journal.open(
      join(options.dir, "journal.jsonl"),
      async () => {
        await arrivals?.kept();
      },
    );
    const { file, record } = await ClockFile.open(join(options.dir, "clock"));
    const clock =
      arrivals === undefined
        ? new SimClock({
            startAt: instant(record?.horizonMs ?? manifest.startAt),
            speed: record?.speed ?? options.speed,
            isFreeRunning: options.isFreeRunning,
            wall: options.wall,
            gaps: manifest.gaps ?? [],
          })
        : new LiveClock(manifest.startAt, arrivals.clock);
    const night = new Night(options, { journal, clockFile: file, clock });
    await night.#replay(parseEntries(entries));
    return night;
  }

  get manifest(): FactSource["manifest"] {
    return this.source.manifest;
  }

  /** Whether everything was played. Time goes on afterwards, so that the late can finish. */
  get isDone(): boolean {
    return this.#player.isExhausted && this.#player.playedTo >= this.manifest.endAt;
  }

  /** Whether it holds nothing of ours, so that nothing is lost by leaving it. */
  get isFlat(): boolean {
    const { resting, positions } = this.engine.account;
    return resting.size === 0 && [...positions.values()].every(({ position }) => position === 0);
  }

  /** Up to when the night is shown. */
  get playedTo(): Instant {
    return this.#player.playedTo;
  }

  /** Begins to play. */
  start(listener: NightListener): void {
    this.#listener = listener;
    this.#schedule();
  }

  /** Plays what is due now, so that an answer shows it. */
  async catchUp(): Promise<void> {
    await this.#player.advanceTo(this.clock.now());
  }

  /** Everything shown so far is durable when this resolves. */
  async durable(): Promise<void> {
    this.#publish();
    await this.#journal.flushed();
  }

  async setSpeed(speed: number): Promise<void> {
    this.clock.setSpeed(speed);
    await this.#savingClock;
    await this.#saveClock(this.clock.horizon);
  }

  /**
   * Carries out what the account's owner wants, after the venue's latency. It is on disk when this
   * resolves.
   *
   * @throws ApiError when the exchange refuses; nothing happened then.
   */
  async submit(wish: Wish): Promise<Applied> {
    await this.#arrive();
    const command: OrderCommand = { ...wish, ...(await this.#turn()) };
    return this.#record(command, this.#apply(command));
  }

  /** The same for an order group, as the venue shows it afterwards; it has no latency. */
  async submitGroup(wish: GroupWish): Promise<OrderGroup> {
    const command: GroupCommand = { ...wish, ...(await this.#turn()) };
    return this.#record(command, this.#applyGroup(command));
  }

  async #turn(): Promise<Pick<Command, "position" | "at">> {
    await this.catchUp();
    return { position: this.#player.position, at: this.playedTo };
  }

  async #record<T>(command: Command, applied: T): Promise<T> {
    this.#journal.append(command);
    await this.durable();
    return applied;
  }

  /** Moves cash into the account, or out of it. @throws ApiError when there is not as much. */
  async transfer(transferId: string, amount: UsdMicros): Promise<void> {
    await this.catchUp();
    const place = { position: this.#player.position, at: this.playedTo };
    const command: Command = { kind: "transfer", transferId, amount, ...place };
    this.engine.transfer(command);
    this.#journal.append(command);
    await this.durable();
  }

  /** Opens or closes a shard for business. @throws ApiError 404 for one that does not exist. */
  async setShard(wish: WishOf<ShardCommand>): Promise<void> {
    const command: ShardCommand = { ...wish, ...(await this.#turn()) };
    this.#applyShard(command);
    await this.#record(command, undefined);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    for (const { go } of this.#arrivals.splice(0)) go();
    try {
      await this.#savingClock;
      await this.durable();
    } finally {
      await this.#player.close();
      await this.#journal.close();
      await this.#clockFile.close();
    }
  }

  #applyShard({ exchangeIndex, at, ...activity }: ShardCommand): void {
    this.engine.setShard(exchangeIndex, activity, at);
  }

  #applyGroup(command: GroupCommand): OrderGroup {
    const { groups } = this.engine;
    switch (command.kind) {
      case "group-create":
        return groups.create(command.groupId, command.exchangeIndex, command.limit);
      case "group-limit":
        return groups.setLimit(command.groupId, command.limit);
      case "group-reset":
        return groups.reset(command.groupId);
      case "group-trigger":
        return this.engine.triggerGroup(command.groupId, command.at);
      case "group-delete":
        return this.engine.deleteGroup(command.groupId, command.at);
    }
  }

  #apply(command: OrderCommand): Applied {
    const { account } = this.engine;
    switch (command.kind) {
      case "place": {
        const order = this.engine.place(command.terms, command.at);
        const rests = order.status === "resting" ? order.remaining : 0;
        return { order, canceled: minus(order.terms.count, order.filled, rests) };
      }
      case "cancel": {
        const canceled = this.engine.cancel(command.orderId, command.at);
        return { order: account.order(command.orderId), canceled };
      }
      case "decrease": {
        const before = account.order(command.orderId).remaining;
        const order = this.engine.decrease(command.orderId, command, command.at);
        return { order, canceled: minus(before, order.remaining, 0) };
      }
      case "amend": {
        const order = this.engine.amend(command.orderId, command, command.at);
        return { order, canceled: minus(order.terms.count, order.filled, order.remaining) };
      }
    }
  }

  async #replay(entries: readonly (Command | Outcome)[]): Promise<void> {
    for (const command of entries.filter(isCommand)) {
      const isThere = await this.#player.advanceToPosition(command.position);
      assert(isThere, "the source has the facts that it had when the command was given");
      this.engine.pass(command.at);
      if (command.kind === "transfer") this.engine.transfer(command);
      else if (command.kind === "shard") this.#applyShard(command);
      else if (isGroupCommand(command)) this.#applyGroup(command);
      else this.#apply(command);
    }
    // Of a live night all that was heard is past, whatever the system's clock says since.
    if (this.source.arrivals !== undefined) await this.#player.advanceToEnd();
    await this.#player.advanceTo(this.clock.now());
    const events = this.engine.takeEvents();
    this.engine.takeDirty();
    this.#proveSame(
      entries.filter((entry) => !isCommand(entry)),
      outcomesOf(events),
    );
  }

  /** What was written down is what the replay came to; what the crash cut off is written now. */
  #proveSame(written: readonly object[], replayed: readonly Outcome[]): void {
    for (const [index, outcome] of written.entries()) {
      if (isDeepStrictEqual(outcome, replayed[index])) continue;
      throw new TradingError("JOURNAL_DAMAGED", {
        reason: "played again, the night comes to another result: other code or another source",
        written: outcome,
        replayed: replayed[index] ?? null,
      });
    }
    for (const outcome of replayed.slice(written.length)) this.#journal.append(outcome);
  }

  #schedule(): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => {
      this.#tick().then(() => {
        this.#schedule();
      }, this.#options.onFailure);
    }, TICK_MS);
  }

  async #tick(): Promise<void> {
    const horizon = this.clock.wantedHorizon();
    if (horizon !== null && this.#savingClock === null) {
      this.#saveClock(horizon).catch(this.#options.onFailure);
    }
    await this.catchUp();
    while ((this.#arrivals[0]?.due ?? Number.POSITIVE_INFINITY) <= this.playedTo) {
      this.#arrivals.shift()?.go();
    }
    this.#publish();
  }

  async #saveClock(horizon: Instant): Promise<void> {
    this.#savingClock = this.#clockFile.write(horizon, this.clock.speed);
    try {
      await this.#savingClock;
      this.clock.promiseHorizon(horizon);
    } finally {
      this.#savingClock = null;
    }
  }

  /** Waits for the latency on the run's clock; while time stands still, only briefly. */
  async #arrive(): Promise<void> {
    if (this.#options.latencyMs === 0 || this.#isClosed) return;
    await new Promise<void>((go) => {
      this.#arrivals.push({ due: this.clock.now() + this.#options.latencyMs, go });
      setTimeout(go, LATENCY_WALL_MS_MAX).unref();
    });
  }

  /** Tells what happened: the public at once, the account's owner when it is durable. */
  #publish(): void {
    const events = this.engine.takeEvents();
    const dirty = this.engine.takeDirty();
    if (events.length === 0 && dirty.length === 0) return;
    for (const outcome of outcomesOf(events)) this.#journal.append(outcome);
    this.#listener?.onPublic(events, dirty);
    const own = events.filter(({ kind }) => !PUBLIC.includes(kind));
    if (own.length === 0) return;
    this.#journal.flushed().then(() => this.#listener?.onPrivate(own), this.#options.onFailure);
  }
}

function minus(count: number, filled: number, rests: number): CountCenti {
  return countCenti(count - filled - rests);
}

function outcomesOf(events: readonly EngineEvent[]): readonly Outcome[] {
  return events.flatMap((event): Outcome[] => {
    if (event.kind === "fill") return [{ kind: "fill", ...event.fill }];
    if (event.kind !== "settlement") return [];
    const { marketTicker, revenue, at } = event.settlement;
    return [{ kind: "settlement", marketTicker, revenue, at }];
  });
}
