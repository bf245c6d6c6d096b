import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Client } from "@temporalio/client";
import { sql } from "kysely";
import type { Signer } from "../../core/domain/signed.ts";
import { STAGES } from "../../core/domain/stage.ts";
import type { Venue } from "../../core/domain/venue.ts";
import { modelsFolder, type SnapshotPlaces, takeSnapshot } from "../../runtime/config-snapshot.ts";
import type { Environment } from "../../runtime/config.ts";
import { loadRiskLimits } from "../../runtime/risk-limits.ts";
import { loadTipoffConfig } from "../../runtime/tipoff-config.ts";
import { wallNow } from "../../runtime/wall.ts";
import { lastDrill } from "../../schema/queries/gate-facts.ts";
import { limitsInForce } from "../../schema/queries/limits.ts";
import { openLock } from "../../schema/queries/locks.ts";
import { tickedItems } from "../../schema/queries/manual-items.ts";
import { readMigrations } from "../../schema/migrate.ts";
import { SCHEDULES, TASK_QUEUES } from "../../temporal.config.ts";
import type { Assessment } from "../gates/assess.ts";
import { lockChanges } from "../gates/config-guard.ts";
import type { Ladder } from "../../schema/queries/stages.ts";
import { type Check, notOk, ok, unknown } from "./check.ts";
import { MANUAL_ITEMS } from "./manual-items.ts";
import { disk, type StartContext } from "./start.ts";

/** What readiness looks at. */
interface ReadinessContext extends StartContext {
  readonly temporal: Client;
  readonly venue: Venue;
  /** Where market data are read, up to and with `/trade-api/v2`. */
  readonly marketDataUrl: string;
  readonly signer: Signer;
  readonly environment: Environment;
  readonly places: SnapshotPlaces;
  readonly ladder: Ladder;
  readonly assessment: Assessment;
  readonly gatesHash: string;
  readonly drillMaxAgeDays: number;
  /** Sends a test through every sink of alerts, and tells what each answered. */
  readonly testSinks: () => Promise<readonly SinkAnswer[]>;
  /** Now, wall milliseconds. */
  readonly nowMs: number;
}

/** What one sink of alerts answered to a test. */
export interface SinkAnswer {
  readonly sink: string;
  readonly kind: string;
  readonly isReached: boolean;
  readonly said: string;
}

type Ready = Check<ReadinessContext>;
const DAY_MS = 86_400_000;
const ARTIFACT_MAX_DAYS = 30;
const CLOCK_OFFSET_MAX_MS = 2_000;

const artifacts: Ready = {
  name: "artifacts",
  look: async ({ places, nowMs }) => {
    const folder = modelsFolder(places.home);
    const names = await readdir(folder).catch(() => []);
    if (names.length === 0) {
      return ok(
        "no trained model is used: ratings and blend are computed from settings and results",
      );
    }
    const ages = await Promise.all(
      names.map(async (name) => (nowMs - (await stat(join(folder, name))).mtimeMs) / DAY_MS),
    );
    const oldest = Math.max(...ages);
    const evidence = `${names.length} artifacts, the oldest ${oldest.toFixed(1)} days old`;
    if (oldest <= ARTIFACT_MAX_DAYS) return ok(evidence);
    return notOk(evidence, `train again what is older than ${ARTIFACT_MAX_DAYS} days`);
  },
};

const settings: Ready = {
  name: "settings",
  look: async ({ db, signer, mode, places }) => {
    const { hash } = loadTipoffConfig(places.configFile);
    const lock = await openLock(db, signer, mode);
    const name = `settings ${hash.slice(0, 12)}`;
    if (lock === null) return notOk(`${name}; no test window is locked`, "`npx tipoff lock`");
    const changes = await lockChanges(db, lock, [await takeSnapshot(places)]);
    if (changes.length === 0) return ok(`${name}, as locked by ${lock.lockId}`);
    const next = `put it back (\`npx tipoff rollback --to ${lock.lockId}\`), or unlock`;
    return notOk(`changed since ${lock.lockId}: ${changes.join("; ")}`, next);
  },
};

/** A file out of range is refused when it is read. */
const thresholds: Ready = {
  name: "thresholds",
  look: async ({ db, mode, places, gatesHash }) => {
    const file = loadRiskLimits(places.limitsFile).hash;
    const inForce = (await limitsInForce(db, mode))?.hash ?? null;
    const gates = `gates ${gatesHash.slice(0, 12)}`;
    const limits = `limits ${inForce?.slice(0, 12) ?? "none"} in force`;
    if (inForce === file) return ok(`${gates}, ${limits}, every key within its range`);
    return notOk(
      `${gates}, ${limits}; ${places.limitsFile} is ${file.slice(0, 12)}`,
      "`npx tipoff limits apply --reason TEXT` puts the file in force",
    );
  },
};

const database: Ready = {
  name: "database",
  look: async ({ db }) => {
    const { rows } = await sql<{ n: number }>`select count(*) as n from schema_migrations`.execute(
      db,
    );
    const expected = (await readMigrations()).length;
    const applied = rows[0]?.n ?? 0;
    if (applied === expected) return ok(`answers; ${applied} migrations applied`);
    return notOk(`${applied} of ${expected} migrations applied`, "start the services again");
  },
};

const temporal: Ready = {
  name: "temporal",
  look: async ({ temporal: client }) => {
    const { serverVersion } = await client.connection.workflowService.getSystemInfo({});
    const { pollers } = await client.connection.workflowService.describeTaskQueue({
      namespace: client.options.namespace,
      taskQueue: { name: TASK_QUEUES.trading },
    });
    if (pollers.length > 0) return ok(`server ${serverVersion}, ${pollers.length} workers poll`);
    return notOk(`server ${serverVersion}, no worker polls`, "`npx tipoff up`");
  },
};

const schedules: Ready = {
  name: "schedules",
  look: async ({ temporal: client, mode }) => {
    const wanted = [SCHEDULES.nightlyScoring, SCHEDULES.reconcile];
    const states = await Promise.all(
      wanted.map(async (name) => {
        const described = await client.schedule
          .getHandle(`${name}/${mode}`)
          .describe()
          .catch(() => null);
        if (described === null) return `${name} is missing`;
        return described.state.paused ? `${name} is paused` : null;
      }),
    );
    const faults = states.filter((state) => state !== null);
    if (faults.length === 0) return ok(`${wanted.join(", ")} are on`);
    return notOk(faults.join(", "), "the worker makes them at its start; unpause in the Web UI");
  },
};

const clock: Ready = {
  name: "clock",
  look: async ({ marketDataUrl }) => {
    const before = wallNow();
    const answer = await fetch(`${marketDataUrl}/exchange/status`, {
      signal: AbortSignal.timeout(5_000),
    });
    const after = wallNow();
    const theirs = Date.parse(answer.headers.get("date") ?? "");
    if (Number.isNaN(theirs)) {
      return unknown("the venue's answer has no Date", "check the machine's clock by hand");
    }
    // The header is cut to whole seconds: half a second on is its middle.
    const offset = Math.round((before + after) / 2 - (theirs + 500));
    const evidence = `${offset} ms from the venue's clock, of which the header hides up to 500`;
    if (Math.abs(offset) <= CLOCK_OFFSET_MAX_MS) return ok(evidence);
    return notOk(evidence, "set the machine's clock by NTP: signatures and ages depend on it");
  },
};

const venueAnswers: Ready = {
  name: "venue",
  look: async ({ venue }) => {
    const { shards } = await venue.exchangeStatus();
    const { cash } = await venue.balance();
    const paused = shards.filter(({ isTrading }) => !isTrading);
    const evidence = `${shards.length} shards, account answers with ${(cash / 1e6).toFixed(2)} USD`;
    if (paused.length === 0) return ok(evidence);
    const which = paused.map(({ exchangeIndex }) => exchangeIndex).join(", ");
    return notOk(`${evidence}; not trading: shard ${which}`, "wait for the venue's pause to end");
  },
};

const keyScope: Ready = {
  name: "key-scope",
  look: ({ environment, ladder }) => {
    const { kalshiKeyId } = environment;
    if (kalshiKeyId === null) {
      return Promise.resolve(
        ok("no key of the venue is set; orders go to the local exchange only"),
      );
    }
    const evidence = `KALSHI_API_KEY_ID is set; only the venue knows its scope, and stage ${ladder.position.stage} needs read at most`;
    return Promise.resolve(unknown(evidence, "see the key's scope on the venue's page: read only"));
  },
};

/** The terminal reaches nobody who is away from it: it does not count. */
const alerts: Ready = {
  name: "alerts",
  look: async ({ testSinks }) => {
    const away = (await testSinks()).filter(({ kind }) => kind !== "terminal");
    const next =
      "configure a webhook, e-mail or SMS in config/alerts.yaml; `npx tipoff alerts test`";
    if (away.length === 0) return notOk("only the terminal is told", next);
    const evidence = away.map(({ sink, said }) => `${sink}: ${said}`).join("; ");
    return away.every(({ isReached }) => isReached) ? ok(evidence) : notOk(evidence, next);
  },
};

const drills: Ready = {
  name: "drills",
  look: async ({ db, mode, nowMs, drillMaxAgeDays }) => {
    const ages = await Promise.all(
      (["kill", "restore"] as const).map(async (kind) => {
        const { rows } = await lastDrill(db, mode, kind);
        const at = rows[0]?.atMs;
        return { kind, days: at === undefined ? null : (nowMs - at) / DAY_MS };
      }),
    );
    const evidence = ages
      .map(
        ({ kind, days }) =>
          `${kind}: ${days === null ? "never passed" : `${days.toFixed(1)} days ago`}`,
      )
      .join(", ");
    const isStale = ages.some(({ days }) => days === null || !(days <= drillMaxAgeDays));
    if (!isStale) return ok(evidence);
    return notOk(evidence, `pass each within ${drillMaxAgeDays} days: \`npx tipoff drill\``);
  },
};

const stage: Ready = {
  name: "stage",
  look: ({ ladder, mode }) => {
    const { position, tampered } = ladder;
    if (tampered !== null) {
      return Promise.resolve(
        notOk(`the record of stages was changed: ${tampered}`, "`npx tipoff stage`"),
      );
    }
    const evidence = `stage ${position.stage}, step ${position.step}; the worker runs in ${mode}`;
    const isEarned = STAGES.indexOf(mode) <= STAGES.indexOf(position.stage);
    if (isEarned) return Promise.resolve(ok(evidence));
    return Promise.resolve(
      notOk(`${evidence}, which is not earned yet`, "`npx tipoff stage promote`"),
    );
  },
};

const gate: Ready = {
  name: "gate",
  look: ({ assessment }) => {
    const { to, conditions, isOpen } = assessment;
    if (to === null) return Promise.resolve(ok("the top of the ladder: no gate is left"));
    const lacking = conditions.filter(({ answer }) => answer !== "pass").map(({ name }) => name);
    if (isOpen) return Promise.resolve(ok(`the gate to ${to} is passed`));
    const evidence = `the gate to ${to} lacks ${lacking.join(", ")}`;
    return Promise.resolve(notOk(evidence, "`npx tipoff stage` shows each with its number"));
  },
};

const manual: readonly Ready[] = Object.entries(MANUAL_ITEMS).map(([item, says]) => ({
  name: item,
  look: async ({ db, signer }) => {
    const ticked = (await tickedItems(db, signer)).get(item);
    const next = `\`npx tipoff readiness tick ${item} --note TEXT\``;
    if (ticked === undefined) return notOk(`not ticked: ${says}`, next);
    if (!ticked.isAuthentic) {
      return notOk("its row is not as it was signed", "find out who changed it");
    }
    return ok(`${ticked.by}, ${ticked.at.toISOString().slice(0, 10)}: ${ticked.note}`);
  },
}));

/** Everything that must be so before a stage is trusted. */
export const READINESS_CHECKS: readonly Ready[] = [
  artifacts,
  settings,
  thresholds,
  database,
  temporal,
  schedules,
  clock,
  venueAnswers,
  keyScope,
  alerts,
  disk,
  drills,
  stage,
  gate,
  ...manual,
];
