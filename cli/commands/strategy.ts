import { copyFile, mkdir, stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { GAME_STRATEGIES, isOwnStrategy } from "../../core/domain/order.ts";
import { activeStrategies } from "../../core/strategies/config.ts";
import { BUILT_IN } from "../../core/strategies/registry.ts";
import type { Home } from "../../runtime/home.ts";
import {
  type Checked,
  findRecord,
  isCheckedOnRecording,
  keepRecord,
  readStrategyFile,
  strategyFolder,
  strategyNames,
} from "../../runtime/own-strategies/records.ts";
import { compileStrategy } from "../../runtime/own-strategies/source.ts";
import { EXAMPLE_STRATEGY, EXAMPLE_TESTS } from "../../runtime/own-strategies/template.ts";
import { PACKAGE_ROOT } from "../../runtime/package-root.ts";
import { openSigner } from "../../runtime/signing-key.ts";
import { loadTipoffConfig } from "../../runtime/tipoff-config.ts";
import type { FactSource } from "../../sim/facts.ts";
import { openRecording } from "../../sim/recordings/reader.ts";
import { createWorld } from "../../sim/world/world.ts";
import { type HomeOption, openHome, withHome } from "../context.ts";
import {
  action,
  EXIT,
  failed,
  integerOption,
  print,
  printJson,
  table,
  wrongUse,
} from "../output.ts";
import { CHECK_GAMES, CHECK_WORLD, checkStrategy } from "../strategy-check.ts";

interface CheckOptions extends HomeOption {
  readonly world: number;
  readonly games: number;
  readonly recording?: readonly string[];
  readonly json?: boolean;
}

/** Where the types are that a strategy is written against. */
const API_FILE = "core/strategies/own-api.ts";

/** `tipoff strategy`: strategies of one's own. */
export function registerStrategy(program: Command): void {
  const strategy = program
    .command("strategy")
    .description("strategies of a game: those that come with Tipoff, and your own");
  withHome(strategy.command("new"))
    .description("begin a strategy of your own: a file that works, its types and its tests")
    .argument("<name>", "small letters, digits and hyphens; it is called own-NAME then")
    .option("--json", "answer as JSON")
    .action(action(begin));
  withHome(strategy.command("check"))
    .description(
      "prove that a strategy is pure, deterministic and blind to the future; signs the result",
    )
    .argument("<name>", "as in `strategy new`")
    .option(
      "--recording <dir...>",
      "play it on these recordings instead of a world: recorded and live nights ask for that",
    )
    .option("--world <seed>", "play it on this world", integerOption(0, 1e15), CHECK_WORLD)
    .option("--games <n>", "games of the world", integerOption(1, 15), CHECK_GAMES)
    .option("--json", "answer as JSON")
    .action(action(check));
  withHome(strategy.command("list"))
    .description("what may play a game, what does, and what your own take and were checked on")
    .option("--json", "answer as JSON")
    .action(action(list));
}

async function begin(
  name: string,
  options: HomeOption & { readonly json?: boolean },
): Promise<number> {
  refuseName(name);
  const { home } = openHome(options);
  const folder = strategyFolder(home, name);
  const file = join(folder, "strategy.ts");
  if (await exists(file)) {
    throw wrongUse(`${file} is there already`, "choose another name, or change that file");
  }
  await mkdir(folder, { recursive: true });
  await copyFile(`${PACKAGE_ROOT}${API_FILE}`, join(folder, "tipoff-strategy.ts"));
  await writeFile(file, EXAMPLE_STRATEGY);
  await writeFile(join(folder, "tests.yaml"), EXAMPLE_TESTS);
  if (options.json) printJson({ name: `own-${name}`, file, tests: join(folder, "tests.yaml") });
  else {
    print(`${file} is a strategy that works; tests.yaml beside it holds its tests.`);
    print(`Next: \`npx tipoff strategy check ${name}\` (docs/your-own-strategy.md)`);
  }
  return EXIT.done;
}

async function check(name: string, options: CheckOptions): Promise<number> {
  refuseName(name);
  const { home, environment } = openHome(options);
  const { configFile, limitsFile } = environment;
  const sources = await sourcesOf(options);
  const { checked, notExercised } = await checkStrategy({
    ...{ home, name, configFile, limitsFile, sources },
  });
  const maySign = checked.hash !== "" && notExercised === null;
  const file = maySign ? await keepRecord(home, await openSigner(home), checked) : null;
  const playsRecorded = checked.isPassed && isCheckedOnRecording(checked);
  if (options.json) printJson({ ...checked, playsRecorded, notExercised, file });
  else show(checked, file, notExercised);
  return checked.isPassed ? EXIT.done : EXIT.failed;
}

async function sourcesOf({
  recording,
  world,
  games,
}: CheckOptions): Promise<readonly FactSource[]> {
  if (recording === undefined) return [createWorld({ seed: world, games })];
  return Promise.all(
    recording.map(async (folder) => {
      return openRecording(resolve(folder)).catch((error: unknown) => {
        throw failed(
          `the recording in ${folder} cannot be played: ${String(error)}`,
          "make one with `npx tipoff recording import --out DIR`",
        );
      });
    }),
  );
}

function show(checked: Checked, file: string | null, notExercised: string | null): void {
  const { name, findings, decisions, proposals, isPassed, hash } = checked;
  const rows = findings.map(({ rule, isHeld, detail }) => [
    isHeld ? "held" : "BROKEN",
    rule,
    detail,
  ]);
  print(table(["", "rule", "found"], rows));
  print(`own-${name}: ${String(decisions)} decisions, ${String(proposals)} proposals`);
  if (file !== null) print(`signed: ${file}`);
  if (notExercised !== null) {
    print(`not exercised, so not signed: ${notExercised}`);
    print(
      "play more of them (--games 15), another world (--world SEED) or recordings (--recording)",
    );
  }
  if (!isPassed) {
    print(`own-${name} DID NOT PASS: no day runs it`);
    return;
  }
  print(
    `own-${name} passed. To let it play, in the settings (config/tipoff.yaml), below strategies:`,
  );
  print(`  active: [..., own-${name}]`);
  print(`  own:\n    ${name}:\n      code: ${hash}\n      parameters: {}`);
  print("      # and what every strategy has: docs/your-own-strategy.md");
  print(`and in risk_limits.yaml below max_capital_per_strategy: own-${name}: USD`);
  if (!isCheckedOnRecording(checked)) {
    print("Seeded worlds may play it. For recorded and live nights check it on recorded data too:");
    print(`  npx tipoff strategy check ${name} --recording DIR`);
  }
}

async function list(options: HomeOption & { readonly json?: boolean }): Promise<number> {
  const { home, environment } = openHome(options);
  const { strategies } = loadTipoffConfig(environment.configFile).config.decision;
  const active = activeStrategies(strategies);
  const builtIn = BUILT_IN.map(({ name, version, summary, needs }) => ({
    name,
    version,
    isActive: active.includes(name),
    needs: needs.join(", "),
    summary,
    check: "comes with Tipoff",
  }));
  const own = await Promise.all(
    (await strategyNames(home)).map(async (name) => ({
      name: `own-${name}`,
      version: "",
      isActive: active.some((one) => one === `own-${name}`),
      needs: "",
      summary: strategyFolder(home, name),
      check: await checkWord(home, name, strategies.own?.[`own-${name}`]?.codeHash ?? null),
    })),
  );
  const rows = [...builtIn, ...own];
  if (options.json) printJson(rows);
  else {
    print(
      table(
        ["strategy", "active", "needs", "check", "what it does"],
        rows.map((row) => [
          row.name,
          row.isActive ? "yes" : "no",
          row.needs,
          row.check,
          row.summary,
        ]),
      ),
    );
    print(`sequence: ${GAME_STRATEGIES.join(", ")}, then your own by the alphabet`);
  }
  return EXIT.done;
}

/** How the file as it stands was checked, and whether the settings name that very code. */
async function checkWord(home: Home, name: string, named: string | null): Promise<string> {
  const { text } = await readStrategyFile(home, name);
  const compiled = compileStrategy(text);
  if ("faults" in compiled) return `cannot run: ${compiled.faults[0] ?? ""}`;
  const { hash } = compiled.source;
  const record = await findRecord(home, await openSigner(home), name, hash);
  const word =
    record === null
      ? "not checked"
      : record.isPassed
        ? `passed ${record.checkedAt} on ${playsOn(record)}`
        : "did not pass";
  return named !== null && named !== hash ? `${word}; the settings name other code` : word;
}

function playsOn(record: Checked): string {
  const on = record.sources.join(", ");
  return isCheckedOnRecording(record) ? on : `${on}: plays seeded worlds alone`;
}

function refuseName(name: string): void {
  if (isOwnStrategy(`own-${name}`)) return;
  throw wrongUse(
    `${name} is not a name for a strategy`,
    "use at most 32 small letters, digits and hyphens, a letter first",
  );
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
