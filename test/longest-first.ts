import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * The longest files, longest first, by the end of their path. One that begins last has a core to itself
 * while the other waits, and a clean clone knows no times of its own yet: there Vitest goes by the size
 * of the file, and the longest are short ones that play much.
 */
const LONGEST = [
  "night/crash-orders.test.ts",
  "night/kill-sources.test.ts",
  "night/bitcoin.test.ts",
  "night/rubbish.test.ts",
  "night/kill.test.ts",
  "night/both.test.ts",
  "night/paper-night.test.ts",
  "night/recording.test.ts",
  "night/power-cut.test.ts",
  "night/clock-jump.test.ts",
  "night/shadow.test.ts",
  "night/live-source.test.ts",
  "night/secrets.test.ts",
  "night/brake.test.ts",
  "sim/edge-none.test.ts",
  "recordings/btc-import.recorded.test.ts",
  "breakers/exchange.test.ts",
  "core/risk/limits.property.test.ts",
  "bitcoin/stop-through-exchange.db.test.ts",
  "activities/observation-store.db.test.ts",
  "activities/unheard-orders.db.test.ts",
  "queries/limits.property.test.ts",
  "queries/intent-groups.property.test.ts",
  "recordings/import.recorded.test.ts",
  "sim/coinbase-client.test.ts",
] as const;

/** Vitest's own sequence, with the longest files before all others. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = (file: TestSpecification): number => {
      const found = LONGEST.findIndex((end) => file.moduleId.endsWith(end));
      return found === -1 ? LONGEST.length : found;
    };
    return sorted.toSorted((a, b) => rank(a) - rank(b));
  }
}
