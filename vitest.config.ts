import { defineConfig } from "vitest/config";

/** Forks only: Temporal's native module does not survive Vitest's threads. */
const forks = { pool: "forks" as const };
const unitFolders = "{core,runtime,clients,cli,activities,backtest,scripts,test/architecture}";

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...forks,
          name: "unit",
          include: [`${unitFolders}/**/*.test.ts`],
          exclude: ["**/*.{db,recorded}.test.ts"],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          ...forks,
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
          include: ["schema/**/*.test.ts", "activities/**/*.db.test.ts"],
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
          include: ["workflows/**/*.test.ts"],
          globalSetup: ["test/temporal/server.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          ...forks,
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
          name: "night",
          include: ["test/night/**/*.test.ts"],
          // A night mostly waits for its own clock: two at once fit two cores.
          maxWorkers: 2,
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
