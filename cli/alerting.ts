import { join } from "node:path";
import { type AlertDesk, startAlertDesk } from "../activities/alerts/desk.ts";
import { request } from "../clients/http/request.ts";
import { openSinks } from "../clients/alerts/open.ts";
import type { AlertSink } from "../clients/alerts/sink.ts";
import { instant } from "../core/domain/units.ts";
import { type AlertSettings, loadAlerts } from "../runtime/alerts-config.ts";
import { type Environment, knownSecrets, passwordOf, readSecret } from "../runtime/config.ts";
import type { Home } from "../runtime/home.ts";
import { createLogger } from "../runtime/log.ts";
import { createScrubber } from "../runtime/secret.ts";
import type { Stack } from "../runtime/stack.ts";
import { pingTemporal } from "../runtime/temporal-client.ts";
import { openDatabase } from "../schema/database.ts";

/** Who is told of what, ready to be told. */
export interface OpenedAlerts {
  readonly settings: AlertSettings;
  readonly sinks: readonly AlertSink[];
  readonly scrub: (text: string) => string;
}

/** Reads `config/alerts.yaml`. @throws TradingError CONFIG_INVALID naming file and key of every fault. */
export function openAlerts(
  environment: Pick<Environment, "alertsFile">,
  say: (line: string) => void,
): OpenedAlerts {
  const settings = loadAlerts(environment.alertsFile, readSecret);
  const scrub = createScrubber([...settings.secrets, ...knownSecrets()]);
  return { settings, sinks: openSinks(settings, say), scrub };
}

/** Ample for one desk. */
const CONNECTIONS = 4;
const PROBE_TIMEOUT_MS = 2_000;

/** Delivers alerts from this process, which outlives the worker, until it is stopped. */
export function startAlerting(
  { settings, sinks, scrub }: OpenedAlerts,
  { home, stack }: { readonly home: Home; readonly stack: Stack },
): AlertDesk {
  const log = createLogger({
    level: "info",
    service: "alerts",
    file: join(home.logs, "alerts.log"),
    secrets: passwordOf(stack.databaseUrl),
  });
  const db = openDatabase({
    url: stack.databaseUrl,
    poolSize: CONNECTIONS,
    name: "tipoff alerts",
    onConnectionLost: (error) => {
      log.warn({ error: error.message }, "database connection lost");
    },
  });
  const probes = {
    temporal: () => pingTemporal(stack.temporalAddress),
    venue: () => askVenue(stack.venue.orders),
  };
  const { heartbeatFile } = home;
  const desk = startAlertDesk({ db, sinks, settings, heartbeatFile, probes, scrub, log });
  return {
    stop: async () => {
      await desk.stop();
      await db.destroy();
    },
  };
}

/** Any answer is a connection: what the venue thinks of trading now is another matter. */
async function askVenue(restUrl: string): Promise<void> {
  const wall = { now: () => instant(Date.now()), speed: 1 };
  const url = `${restUrl}/exchange/status`;
  const outcome = await request({ method: "GET", url, timeoutMs: PROBE_TIMEOUT_MS }, wall);
  if (outcome.kind === "timeout" || outcome.kind === "network") throw new Error(outcome.kind);
}
