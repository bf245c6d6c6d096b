import { Command, CommanderError } from "commander";
import { readPackage } from "../runtime/package-file.ts";
import { EXIT } from "./output.ts";

type Register = (program: Command) => void;

/** Every command, in the order the help lists them. Only the one that is asked for is loaded. */
export const COMMANDS: Readonly<Record<string, () => Promise<Register>>> = {
  start: async () => (await import("./commands/start.ts")).registerStart,
  up: async () => (await import("./commands/up.ts")).registerUp,
  day: async () => (await import("./commands/day.ts")).registerDay,
  btc: async () => (await import("./commands/btc.ts")).registerBtc,
  games: async () => (await import("./commands/games.ts")).registerGames,
  game: async () => (await import("./commands/game.ts")).registerGame,
  partner: async () => (await import("./commands/partner.ts")).registerPartner,
  kill: async () => (await import("./commands/kill.ts")).registerKill,
  drill: async () => (await import("./commands/drill.ts")).registerDrill,
  resume: async () => (await import("./commands/resume.ts")).registerResume,
  limits: async () => (await import("./commands/limits.ts")).registerLimits,
  alerts: async () => (await import("./commands/alerts.ts")).registerAlerts,
  ack: async () => (await import("./commands/ack.ts")).registerAck,
  breakers: async () => (await import("./commands/breakers.ts")).registerBreakers,
  reconcile: async () => (await import("./commands/reconcile.ts")).registerReconcile,
  report: async () => (await import("./commands/report.ts")).registerReport,
  score: async () => (await import("./commands/score.ts")).registerScore,
  validate: async () => (await import("./commands/validate.ts")).registerValidate,
  review: async () => (await import("./commands/review.ts")).registerReview,
  plan: async () => (await import("./commands/plan.ts")).registerPlan,
  export: async () => (await import("./commands/export.ts")).registerExport,
  model: async () => (await import("./commands/model.ts")).registerModel,
  decisions: async () => (await import("./commands/decisions.ts")).registerDecisions,
  audit: async () => (await import("./commands/audit.ts")).registerAudit,
  incident: async () => (await import("./commands/incident.ts")).registerIncident,
  stage: async () => (await import("./commands/stage.ts")).registerStage,
  lock: async () => (await import("./commands/lock.ts")).registerLock,
  unlock: async () => (await import("./commands/unlock.ts")).registerUnlock,
  readiness: async () => (await import("./commands/readiness.ts")).registerReadiness,
  preflight: async () => (await import("./commands/preflight.ts")).registerPreflight,
  rollback: async () => (await import("./commands/rollback.ts")).registerRollback,
  schedule: async () => (await import("./commands/schedule.ts")).registerSchedule,
  doctor: async () => (await import("./commands/doctor.ts")).registerDoctor,
  record: async () => (await import("./commands/record.ts")).registerRecord,
  recording: async () => (await import("./commands/recording.ts")).registerRecording,
  backtest: async () => (await import("./commands/backtest.ts")).registerBacktest,
  sweep: async () => (await import("./commands/sweep.ts")).registerSweep,
  compare: async () => (await import("./commands/compare.ts")).registerCompare,
  world: async () => (await import("./commands/world.ts")).registerWorld,
  router: async () => (await import("./commands/router.ts")).registerRouter,
  strategy: async () => (await import("./commands/strategy.ts")).registerStrategy,
  features: async () => (await import("./commands/features.ts")).registerFeatures,
  elo: async () => (await import("./commands/elo.ts")).registerElo,
  db: async () => (await import("./commands/db.ts")).registerDb,
  exchange: async () => (await import("./commands/exchange.ts")).registerExchange,
};

/** The whole program, or the part of it that these arguments need. */
async function createProgram(args: readonly string[]): Promise<Command> {
  const program = new Command("tipoff")
    .description(
      "A durable trading pipeline for Kalshi's NBA and Bitcoin markets, in shadow and paper.",
    )
    .version(readPackage().version, "-V, --version", "print the version")
    .exitOverride()
    // What follows a subcommand belongs to it: some commands answer by themselves and have subcommands.
    .enablePositionalOptions()
    .showHelpAfterError("(tipoff --help lists every command)");
  const wanted = COMMANDS[args[0] ?? ""];
  const loaders = wanted ? [wanted] : Object.values(COMMANDS);
  for (const load of loaders) (await load())(program);
  return program;
}

/** Runs one command line. @returns the exit code. */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  try {
    const program = await createProgram(args);
    await program.parseAsync(args, { from: "user" });
    return Number(process.exitCode ?? EXIT.done);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.done : EXIT.wrongUse;
  }
}
