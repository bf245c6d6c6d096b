import { homedir } from "node:os";
import { resolve } from "node:path";
import { z } from "zod";
import { TradingError } from "../core/domain/errors.ts";
import { PACKAGE_ROOT } from "./package-root.ts";
import { Secret } from "./secret.ts";

const text = z.string().min(1);

/**
 * The variables Tipoff reads, and nothing else does. A plain object: the environment also holds
 * other people's variables. Empty means absent. `TEMPORAL_*` beyond these two (TLS, API key,
 * namespace) are read by `@temporalio/envconfig` in `temporal-client.ts`.
 */
const Variables = z.object({
  TIPOFF_HOME: text.default(".tipoff"),
  TIPOFF_DATA: text.optional(),
  TIPOFF_CONFIG: text.optional(),
  TIPOFF_ALERTS: text.optional(),
  TIPOFF_LIMITS: text.optional(),
  TIPOFF_LIVE_SOURCE: text.optional(),
  TIPOFF_MODE: z.enum(["shadow", "paper"]).default("paper"),
  TIPOFF_EXCHANGE_URL: z.url({ protocol: /^http$/ }).optional(),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  DB_PATH: text.optional(),
  LOG_PATH: text.optional(),
  LOG_LEVEL: z.enum(["fatal", "error", "warn", "info", "debug", "trace"]).default("info"),
  KALSHI_API_KEY_ID: text.optional(),
  KALSHI_PRIVATE_KEY_PATH: text.optional(),
  TEMPORAL_ADDRESS: z
    .string()
    .regex(/^[^:\s]+:\d+$/, "expected host:port")
    .optional(),
  TEMPORAL_CLI_PATH: text.optional(),
  PATH: z.string().default(""),
  XDG_CACHE_HOME: text.optional(),
});

/** The environment, read once; every path is absolute. */
export interface Environment {
  /** Data directory of the product. */
  readonly home: string;
  /** Recorded data for the recorded suite, when it is there. */
  readonly dataPath: string | null;
  /** Strategy settings; `config/tipoff.yaml` of the package by default. */
  readonly configFile: string;
  /** Who is told of what; `config/alerts.yaml` of the package by default. */
  readonly alertsFile: string;
  /** What may be lost; `config/risk_limits.yaml` of the package by default. */
  readonly limitsFile: string;
  /** Where the live venue and its feeds answer; `config/live_source.yaml` of the package by default. */
  readonly liveSourceFile: string;
  readonly mode: "shadow" | "paper";
  readonly exchangeUrl: string | null;
  /** A PostgreSQL that already runs; without it the embedded one is started. */
  readonly databaseUrl: string | null;
  /** Data directory of the embedded PostgreSQL, when not in the home. */
  readonly databasePath: string | null;
  /** Directory of the logs, when not in the home. */
  readonly logPath: string | null;
  readonly logLevel: "fatal" | "error" | "warn" | "info" | "debug" | "trace";
  readonly kalshiKeyId: string | null;
  readonly kalshiPrivateKeyPath: string | null;
  /** A Temporal server that already runs, as host:port; without it the dev server is started. */
  readonly temporalAddress: string | null;
  readonly temporalCliPath: string | null;
  readonly searchPath: string;
  /** Where per-user caches belong. */
  readonly userCachePath: string;
}

/** What one hears who asks for mode live. */
export function liveRefused(): TradingError {
  return new TradingError("SAFETY_REFUSED", {
    reason: "mode live (real money) does not exist yet",
    nextStep: "use mode paper, or shadow to decide without orders",
  });
}

/**
 * Reads variables.
 *
 * @throws TradingError CONFIG_INVALID that names every faulty variable and prints no value; SAFETY_REFUSED
 *   for mode live.
 */
export function parseEnvironment(variables: NodeJS.ProcessEnv): Environment {
  const present = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ""));
  if (present["TIPOFF_MODE"] === "live") throw liveRefused();
  const { success, data, error } = Variables.safeParse(present);
  if (!success) {
    const faults = error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
    const nextStep = "correct or unset these variables";
    throw new TradingError("CONFIG_INVALID", { file: "the environment", faults, nextStep });
  }
  const path = (value: string | undefined): string | null => (value ? resolve(value) : null);
  return {
    home: resolve(data.TIPOFF_HOME),
    dataPath: path(data.TIPOFF_DATA),
    configFile: path(data.TIPOFF_CONFIG) ?? `${PACKAGE_ROOT}config/tipoff.yaml`,
    alertsFile: path(data.TIPOFF_ALERTS) ?? `${PACKAGE_ROOT}config/alerts.yaml`,
    limitsFile: path(data.TIPOFF_LIMITS) ?? `${PACKAGE_ROOT}config/risk_limits.yaml`,
    liveSourceFile: path(data.TIPOFF_LIVE_SOURCE) ?? `${PACKAGE_ROOT}config/live_source.yaml`,
    mode: data.TIPOFF_MODE,
    exchangeUrl: data.TIPOFF_EXCHANGE_URL ?? null,
    databaseUrl: data.DATABASE_URL ?? null,
    databasePath: path(data.DB_PATH),
    logPath: path(data.LOG_PATH),
    logLevel: data.LOG_LEVEL,
    kalshiKeyId: data.KALSHI_API_KEY_ID ?? null,
    kalshiPrivateKeyPath: path(data.KALSHI_PRIVATE_KEY_PATH),
    temporalAddress: data.TEMPORAL_ADDRESS ?? null,
    temporalCliPath: path(data.TEMPORAL_CLI_PATH),
    searchPath: data.PATH,
    userCachePath: resolve(data.XDG_CACHE_HOME ?? resolve(homedir(), ".cache"), "tipoff"),
  };
}

/** The environment of this process. @throws TradingError as {@link parseEnvironment}. */
export function readEnvironment(): Environment {
  return parseEnvironment(process.env);
}

/** Variables that settings may name for a secret: no file can ask for other people's. */
export const SECRET_VARIABLE = /^TIPOFF_ALERT_[A-Z0-9_]+$/;

/** The secret in a variable that settings name. @returns `null` when it is not set, or not one of those. */
export function readSecret(name: string): Secret | null {
  const value = SECRET_VARIABLE.test(name) ? process.env[name] : undefined;
  return value === undefined || value === "" ? null : new Secret(value);
}

/** Every secret the environment holds: what no log, error or alert may show. */
export function knownSecrets(): readonly Secret[] {
  const { DATABASE_URL, KALSHI_API_KEY_ID, TEMPORAL_API_KEY } = process.env;
  const named = Object.keys(process.env).flatMap((name) => readSecret(name) ?? []);
  return [
    ...named,
    ...passwordOf(DATABASE_URL),
    ...[KALSHI_API_KEY_ID, TEMPORAL_API_KEY].flatMap((value) => (value ? new Secret(value) : [])),
  ];
}

/** The password in an address, as it is written there and as it is meant. */
export function passwordOf(url: string | null | undefined): readonly Secret[] {
  if (!url || !URL.canParse(url)) return [];
  const { password } = new URL(url);
  return password === "" ? [] : [new Secret(password), new Secret(decoded(password))];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // A stray percent sign is one of its own.
  }
}

/** The whole environment for a child process, with some variables set. */
export function childEnvironment(set: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return { ...process.env, ...set };
}
