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
  "{core,runtime,clients,mirror,cli,activities,backtest,scripts,test/architecture}";

/** The suites, each by its name. */
const suites = {
  unit: {
    ...forks,
    ...built,
    include: [`${unitFolders}/**/*.test.ts`],
    exclude: ["**/*.{db,recorded}.test.ts"],
    testTimeout: 30_000,
  },
  sim: {
    ...forks,
    ...built,
    include: ["sim/**/*.test.ts", "test/sim/**/*.test.ts"],
    exclude: ["**/*.recorded.test.ts"],
    testTimeout: 60_000,
  },
  db: {
    ...forks,
    include: [
      "schema/**/*.test.ts",
      "{activities,cli}/**/*.db.test.ts",
      "test/breakers/**/*.test.ts",
    ],
    globalSetup: ["test/db/template.ts"],
    testTimeout: 60_000,
  },
  workflow: {
    ...forks,
    // One server and one set of task queues: files take turns.
    fileParallelism: false,
    include: ["workflows/**/*.test.ts", "workers/**/*.test.ts"],
    globalSetup: ["bin/build.mjs", "test/temporal/server.ts"],
    testTimeout: 120_000,
  },
  replay: {
    ...forks,
    ...built,
    include: ["test/replay/**/*.test.ts"],
    testTimeout: 120_000,
  },
  recorded: {
    ...forks,
    include: ["**/*.recorded.test.ts"],
    exclude: ["node_modules/**"],
    testTimeout: 120_000,
  },
  night: {
    ...forks,
    ...built,
    include: ["test/night/**/*.test.ts"],
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
};

/**
 * What plays no whole night as one suite: a fork ends where the next file is of another one, and the next fork
 * loads anew what they share, which is a tenth of their time. Replays stay by themselves: they leave the SDK's
 * hook on every promise of their process, which makes all slow there, and throws in a strategy's box.
 */
const { unit, sim, db, recorded, ...others } = suites;
const together = {
  ...forks,
  include: [unit, sim, db, recorded].flatMap(({ include }) => include),
  exclude: ["node_modules/**"],
  globalSetup: ["bin/build.mjs", "test/db/template.ts"],
  testTimeout: recorded.testTimeout,
};
/** The same where there is no recorded data. */
const unrecorded = { ...together, exclude: [...together.exclude, ...recorded.include] };

/** In the modes of `npm test` four suites are one, `together`; in any other each can be run alone. */
const byMode: Readonly<Record<string, Readonly<Record<string, object>>>> = {
  together: { together, ...others },
  unrecorded: { together: unrecorded, ...others },
};

export default defineConfig(({ mode }) => ({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: Object.entries(byMode[mode] ?? suites).map(([name, suite]) => ({
      test: { ...suite, name },
    })),
  },
}));
