import { sql } from "kysely";
import type { Logger } from "pino";
import type { AlertSink } from "../../clients/alerts/sink.ts";
import { instant } from "../../core/domain/units.ts";
import type { AlertSettings } from "../../runtime/alerts-config.ts";
import { wallInstant } from "../../runtime/wall.ts";
import type { Db } from "../../schema/database.ts";
import { clearAlarm, raiseAlarm } from "../../schema/queries/alarms.ts";
import { recordTold, settleInterrupted } from "../../schema/queries/alert-deliveries.ts";
import { openAlarmsOf } from "../../schema/queries/alerts.ts";
import { createDeliverer, type Deliverer } from "./deliver.ts";
import { DirectTelling } from "./direct.ts";
import { tellQueued } from "./facts.ts";
import { watchUnknownOrders } from "./standing.ts";
import { type Condition, type Probes, startWatch, type Watch, WATCH_CODES } from "./watch.ts";

/** What it takes to tell people. */
export interface DeskDeps {
  readonly db: Db;
  readonly sinks: readonly AlertSink[];
  readonly settings: AlertSettings;
  readonly heartbeatFile: string;
  readonly probes: Omit<Probes, "database">;
  /** Takes known secrets out of what is sent and kept. */
  readonly scrub: (text: string) => string;
  readonly log: Logger;
}

/** Alerts while they are delivered. */
export interface AlertDesk {
  /** Sends what is left and ends; a sink that hangs is not waited for longer than a moment. */
  stop(): Promise<void>;
}

const TICK_MS = 500;
const STANDING_MS = 2_000;
const STOP_WAIT_MS = 5_000;

/** Tells people of alarms until it is stopped. One process of a home runs it. */
export function startAlertDesk(deps: DeskDeps): AlertDesk {
  const { heartbeatFile, settings } = deps;
  const probes = { ...deps.probes, database: () => sql`select 1`.execute(deps.db) };
  const watch = startWatch({ ...settings, heartbeatFile, probes });
  const desk = new Desk(deps, watch);
  const timer = setInterval(() => {
    desk.tick();
  }, TICK_MS);
  return {
    stop: async () => {
      clearInterval(timer);
      watch.stop();
      const patience = new Promise<void>((resolve) => setTimeout(resolve, STOP_WAIT_MS).unref());
      await Promise.race([desk.drain(), patience]);
    },
  };
}

/** A condition that holds or held, and how far the store knows of it. */
interface Known {
  readonly condition: Condition;
  /** Told without the store, when it had to be. */
  telling: DirectTelling | null;
  isRaised: boolean;
}

class Desk {
  readonly #deps: DeskDeps;
  readonly #watch: Watch;
  readonly #deliverer: Deliverer;
  readonly #known = new Map<string, Known>();
  #pass: Promise<void> | null = null;
  #storeWellAt = performance.now();
  #standingAt = -Infinity;
  #isAdopted = false;

  constructor(deps: DeskDeps, watch: Watch) {
    this.#deps = deps;
    this.#watch = watch;
    this.#deliverer = createDeliverer(deps);
  }

  /** Looks, and lets the store work; without the store what is critical is told directly. */
  tick(): void {
    this.#look();
    this.#pass ??= this.#work()
      .then(() => {
        this.#storeWellAt = performance.now();
      })
      .catch((error: unknown) => {
        this.#deps.log.warn({ error: String(error) }, "alerts wait for the database");
      })
      .finally(() => {
        this.#pass = null;
      });
    // Also when a pass hangs: a store that does not answer is away.
    if (performance.now() - this.#storeWellAt > this.#deps.settings.lostMs) this.#tellDirectly();
  }

  async drain(): Promise<void> {
    try {
      await this.#pass;
      await tellQueued(this.#deps.db);
      await this.#deliverer.drain();
    } catch (error) {
      this.#deps.log.warn({ error: String(error) }, "alerts are left for the next start");
    }
  }

  #look(): void {
    for (const condition of this.#watch.conditions()) {
      const name = nameOf(condition);
      if (this.#known.has(name)) continue;
      this.#known.set(name, { condition, telling: null, isRaised: false });
      this.#deps.log.error({ code: condition.code, field: condition.field }, condition.message);
    }
  }

  async #work(): Promise<void> {
    const { db, settings } = this.#deps;
    if (!this.#isAdopted) await this.#adopt();
    await this.#keepConditions();
    await tellQueued(db);
    if (performance.now() - this.#standingAt > STANDING_MS) {
      this.#standingAt = performance.now();
      await watchUnknownOrders(db, settings.unknownOrderMs);
    }
    await this.#deliverer.pass();
  }

  /** What a former process left: deliveries cut short, and conditions that only a desk can end. */
  async #adopt(): Promise<void> {
    const { db, log } = this.#deps;
    const interrupted = await settleInterrupted(db);
    if (interrupted > 0) log.warn({ interrupted }, "deliveries of a former process are unsure");
    for (const code of Object.values(WATCH_CODES)) {
      for (const alarm of await openAlarmsOf(db, code)) {
        const { field, message } = alarm;
        const at = instant(alarm.raised_at.getTime());
        const condition = { runId: alarm.run_id, gameId: alarm.game_id, code, field, message, at };
        this.#known.set(nameOf(condition), { condition, telling: null, isRaised: true });
      }
    }
    this.#isAdopted = true;
  }

  /** Brings the store up to date: what began is raised, what ended is cleared, even if both went unseen. */
  async #keepConditions(): Promise<void> {
    const { db, settings } = this.#deps;
    const now = new Set(this.#watch.conditions().map(nameOf));
    for (const [name, known] of [...this.#known]) {
      const { condition } = known;
      if (!known.isRaised) {
        await raiseAlarm(db, { ...condition, severity: "critical", details: {} });
        const told = { sinks: known.telling?.told() ?? [], nextInMs: settings.repeatMs };
        if (told.sinks.length > 0) await recordTold(db, condition, told);
        known.isRaised = true;
        known.telling = null;
      }
      if (now.has(name)) continue;
      await clearAlarm(db, condition, wallInstant());
      this.#known.delete(name);
    }
  }

  #tellDirectly(): void {
    const now = new Set(this.#watch.conditions().map(nameOf));
    for (const [name, known] of this.#known) {
      // What the store knew of was told from there.
      if (known.isRaised || !now.has(name)) continue;
      known.telling ??= new DirectTelling(known.condition, this.#deps);
      known.telling.tick();
    }
  }
}

function nameOf({ code, field }: Condition): string {
  return `${code}|${field ?? ""}`;
}
