import type { Command } from "commander";
import { type AlertView, listAlerts } from "../../schema/queries/alerts.ts";
import { openAlerts } from "../alerting.ts";
import type { SinkAnswer } from "../../activities/checks/readiness.ts";
import { testSinks } from "../alerts-test.ts";
import { findRunning, type HomeOption, openHome, withDatabase, withHome } from "../context.ts";
import { action, EXIT, print, printAlert, printJson, table } from "../output.ts";

interface AlertsOptions extends HomeOption {
  readonly json?: boolean;
}

/** `tipoff alerts`: what is open, who was told; `tipoff alerts test`: whether anybody can be told. */
export function registerAlerts(program: Command): void {
  const alerts = withHome(program.command("alerts"))
    .description("alerts that are open or not acknowledged, and which sinks were told")
    .option("--json", "answer as JSON")
    .action(action(list));
  withHome(alerts.command("test"))
    .description("send a test through every sink of config/alerts.yaml, and say what each answered")
    .option("--json", "answer as JSON")
    // A parent that has an action of its own takes an option both know for itself.
    .action(action((_: AlertsOptions, command: Command) => test(command.optsWithGlobals())));
}

async function list(options: AlertsOptions): Promise<number> {
  const running = await findRunning(openHome(options));
  const views = await withDatabase(running.databaseUrl, listAlerts);
  if (options.json) printJson(views.map(answer));
  else if (views.length === 0) print("no alert is open, and none waits to be acknowledged");
  else {
    const head = ["#", "severity", "code", "count", "state", "told", "what"];
    print(table(head, views.map(cells)));
  }
  return EXIT.done;
}

/** Names of the answer: stable. */
function answer({ alert, deliveries }: AlertView): object {
  return {
    id: alert.alarm_id,
    severity: alert.severity,
    code: alert.code,
    field: alert.field,
    message: alert.message,
    runId: alert.run_id,
    gameId: alert.game_id,
    count: alert.count,
    raisedAt: alert.raised_at,
    clearedAt: alert.cleared_at,
    acknowledgedAt: alert.acknowledged_at,
    acknowledgedBy: alert.acknowledged_by,
    nextNoticeAt: alert.next_notice_at,
    deliveries: deliveries.map((one) => ({
      sink: one.sink,
      round: one.round,
      status: one.status,
      attempts: one.attempts,
      said: one.said,
      deliveredAt: one.delivered_at,
    })),
  };
}

function cells({ alert, deliveries }: AlertView): readonly string[] {
  const isOpen = alert.cleared_at === null;
  const needsAck = alert.severity === "critical" && alert.acknowledged_at === null;
  const state = [isOpen ? "open" : "ended", ...(needsAck ? ["not acknowledged"] : [])];
  const last = new Map(deliveries.map((one) => [one.sink, `${one.sink} ${one.status}`]));
  return [
    String(alert.alarm_id),
    alert.severity,
    alert.code,
    String(alert.count),
    state.join(", "),
    [...last.values()].join(", ") || "nobody",
    alert.message.slice(0, 100),
  ];
}

async function test(options: AlertsOptions): Promise<number> {
  const tests = await testSinks(openAlerts(openHome(options).environment, printAlert));
  if (options.json) printJson(tests);
  else tests.forEach(show);
  return tests.every(({ isReached }) => isReached) ? EXIT.done : EXIT.failed;
}

function show({ sink, kind, isReached, said }: SinkAnswer): void {
  print(`${isReached ? "ok    " : "FAILED"}  ${sink.padEnd(12)} ${kind}: ${said}`);
}
