import { defineConfig } from "vitest/config";
import { LongestFirst } from "./test/longest-first.ts";

/**
 * Forks only: Temporal's native module does not survive Vitest's threads. Four at once also on two cores,
 * where Vitest would run one: most tests wait for a server half of their time. Files of a suite share
 * what they import: loading it anew for each costs more than most tests do, and nothing there is kept
 * from one file to the next. Hooks have the patience of a busy machine: what starts or drops a server's
 * things may stand behind everything else there.
 */
const forks = {
  pool: "forks" as const,
  isolate: false,
  maxWorkers: 4,
  hookTimeout: 120_000,
};
/** For suites that start processes of the product: these run what is built. */
const built = { globalSetup: ["bin/build.mjs"] };
const unitFolders =
  "{core,runtime,clients,cli,activities,backtest,mirror,scripts,test/architecture}";

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          ...forks,
          ...built,
          name: "unit",
          include: [`${unitFolders}/**/*.test.ts`],
          exclude: ["**/*.{db,recorded}.test.ts"],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          ...forks,
          ...built,
          name: "sim",
          include: ["sim/**/*.test.ts", "test/sim/**/*.test.ts"],
          exclude: ["**/*.recorded.test.ts"],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          ...forks,
          name: "db",
          include: [
            "schema/**/*.test.ts",
            "{activities,cli}/**/*.db.test.ts",
            "test/breakers/**/*.test.ts",
          ],
          globalSetup: ["test/db/template.ts"],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          ...forks,
          name: "workflow",
          // One server and one set of task queues: files take turns.
          fileParallelism: false,
          include: ["workflows/**/*.test.ts", "workers/**/*.test.ts"],
          globalSetup: ["bin/build.mjs", "test/temporal/server.ts"],
          testTimeout: 120_000,
        },
      },
      {
        test: {
          ...forks,
          ...built,
          name: "replay",
          include: ["test/replay/**/*.test.ts"],
          testTimeout: 120_000,
        },
      },
      {
        test: {
          ...forks,
          name: "recorded",
          include: ["**/*.recorded.test.ts"],
          exclude: ["node_modules/**"],
          testTimeout: 120_000,
        },
      },
      {
        test: {
          ...forks,
          ...built,
          name: "night",
          include: ["test/night/**/*.test.ts"],
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
