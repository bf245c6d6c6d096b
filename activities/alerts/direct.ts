import type { AlertSink, SinkAnswer } from "../../clients/alerts/sink.ts";
import { DELIVERY_ATTEMPTS, retryInMs, sinksOfRound } from "../../core/domain/alert.ts";
import type { AlertSettings } from "../../runtime/alerts-config.ts";
import { alertLine, titleOf } from "./text.ts";
import type { Condition } from "./watch.ts";

interface DirectDeps {
  readonly sinks: readonly AlertSink[];
  readonly settings: Pick<AlertSettings, "sinks" | "repeatMs">;
  readonly scrub: (text: string) => string;
}

/** How one sink was told of one condition. */
interface Telling {
  round: number;
  attempts: number;
  nextAt: number;
  state: "sending" | "waiting" | "told" | "given-up";
}

/**
 * Tells of one condition without the database: nobody else can say that the database is away. The same
 * rounds as with it, kept in memory: after a restart of this process it is told once more.
 */
export class DirectTelling {
  readonly #condition: Condition;
  readonly #deps: DirectDeps;
  readonly #bySink = new Map<string, Telling>();
  readonly #beganAt = performance.now();
  #escalated = 0;

  constructor(condition: Condition, deps: DirectDeps) {
    this.#condition = condition;
    this.#deps = deps;
  }

  /** Sinks that took it. */
  told(): readonly string[] {
    return [...this.#bySink].filter(([, { state }]) => state === "told").map(([name]) => name);
  }

  /** Sends what is due now. Waits for nothing. */
  tick(): void {
    const { settings, sinks } = this.#deps;
    const elapsed = performance.now() - this.#beganAt;
    const round = Math.floor(elapsed / settings.repeatMs) + this.#escalated;
    const cause = { severity: "critical", ...this.#condition } as const;
    const names = sinksOfRound(cause, round, settings.sinks);
    for (const sink of sinks.filter(({ name }) => names.includes(name))) this.#toldTo(sink, round);
    const isHopeless = names.every((name) => this.#bySink.get(name)?.state === "given-up");
    const next = sinksOfRound(cause, round + 1, settings.sinks);
    if (isHopeless && next.length > names.length) this.#escalated += 1;
  }

  #toldTo(sink: AlertSink, round: number): void {
    const fresh: Telling = { round, attempts: 0, nextAt: 0, state: "waiting" };
    const before = this.#bySink.get(sink.name);
    if (before?.state === "sending") return;
    const telling = before?.round === round ? before : fresh;
    this.#bySink.set(sink.name, telling);
    if (telling.state !== "waiting" || performance.now() < telling.nextAt) return;
    telling.state = "sending";
    telling.attempts += 1;
    void this.#send(sink, round).then((answer) => {
      const isGivenUp = telling.attempts >= DELIVERY_ATTEMPTS;
      telling.nextAt = performance.now() + retryInMs(telling.attempts);
      if (answer.kind === "delivered") telling.state = "told";
      else telling.state = isGivenUp ? "given-up" : "waiting";
    });
  }

  async #send(sink: AlertSink, round: number): Promise<SinkAnswer> {
    const { code, field, message, at } = this.#condition;
    const line = {
      alertId: null,
      severity: "critical",
      code,
      message: `${message}; the database cannot be asked`,
      round,
      count: 1,
      hasEnded: false,
    } as const;
    return sink.send({
      id: `alert-${code}-${field ?? ""}-${at}-${round}`,
      severity: "critical",
      title: this.#deps.scrub(titleOf([line])),
      lines: [this.#deps.scrub(alertLine(line))],
    });
  }
}
