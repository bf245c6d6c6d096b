import { join } from "node:path";
import { NAMESPACE, SEARCH_ATTRIBUTES } from "../../temporal.config.ts";
import type { Command } from "../child.ts";
import type { TemporalBinary } from "./temporal-binary.ts";

/** Ports of the dev server. */
export interface TemporalPorts {
  readonly temporal: number;
  readonly temporalUi: number;
  readonly temporalMetrics: number;
}

/**
 * Settings of the dev server, each measured: a write-ahead log instead of an fsync a step; its one
 * history shard polls its queues 2,000 times a second instead of 20, which alone takes 95 ms off
 * each step; one partition a queue; activities handed out with the workflow task that asks for them.
 */
const DYNAMIC_CONFIG = {
  "history.transferProcessorMaxPollRPS": 2000,
  "history.timerProcessorMaxPollRPS": 2000,
  "matching.numTaskqueueReadPartitions": 1,
  "matching.numTaskqueueWritePartitions": 1,
  "system.enableActivityEagerExecution": true,
} as const;

/** How the dev server is started; without a folder it keeps its state in memory, for tests. */
export function temporalCommand(
  binary: TemporalBinary,
  ports: TemporalPorts,
  folder: string | null,
): Command {
  // Database files are not portable between versions of the server, so the name tells it.
  const file = folder === null ? [] : ["--db-filename", join(folder, `${binary.version}.db`)];
  const pragmas = folder === null ? [] : ["journal_mode=wal", "synchronous=normal"];
  const args = [
    ...["server", "start-dev", "--ip", "127.0.0.1", "--namespace", NAMESPACE],
    ...["--port", String(ports.temporal), "--ui-port", String(ports.temporalUi)],
    ...["--metrics-port", String(ports.temporalMetrics)],
    ...["--log-level", "warn"],
    ...file,
    ...pragmas.flatMap((pragma) => ["--sqlite-pragma", pragma]),
    ...pairs("--dynamic-config-value", DYNAMIC_CONFIG),
    ...pairs("--search-attribute", SEARCH_ATTRIBUTES),
  ];
  return { command: binary.path, args };
}

function pairs(flag: string, values: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(values).flatMap(([key, value]) => [flag, `${key}=${String(value)}`]);
}
