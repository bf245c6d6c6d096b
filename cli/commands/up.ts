import { type Command, Option } from "commander";
import { chooseConfig, chooseMode, MODES } from "../choices.ts";
import { type HomeOption, openHome, withHome } from "../context.ts";
import { aborted, interruption } from "../interruption.ts";
import { action, EXIT, print, printAlert } from "../output.ts";
import { describeStatus, startServices } from "../services.ts";

interface UpOptions extends HomeOption {
  readonly mode?: (typeof MODES)[number];
  readonly strategyConfig?: string;
}

/** `tipoff up`: the services and the worker, until Ctrl+C. */
export function registerUp(program: Command): void {
  withHome(program.command("up"))
    .description("bring up database, Temporal, paper exchange, feeds and worker, until Ctrl+C")
    .addOption(
      new Option("--mode <mode>", "paper (default) or shadow; live does not exist yet").choices(
        MODES,
      ),
    )
    .option("--strategy-config <file>", "strategies and limits (default: config/tipoff.yaml)")
    .action(action(up));
}

async function up(options: UpOptions): Promise<number> {
  const opened = openHome(options);
  const mode = chooseMode(options.mode, opened.environment.mode);
  const { configFile } = await chooseConfig(opened, options.strategyConfig);
  const interrupted = interruption();
  const services = await startServices(opened, {
    command: "tipoff up",
    mode,
    configFile,
    say: print,
    sayAlert: printAlert,
    onStatus: (status) => {
      const line = describeStatus(status);
      if (line) print(line);
    },
  });
  print("ready; start a day with `npx tipoff day start`; Ctrl+C ends everything in order");
  await aborted(interrupted);
  print("ending: worker, exchange, Temporal, PostgreSQL");
  await services.stop();
  return EXIT.done;
}
