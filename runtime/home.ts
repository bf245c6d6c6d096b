import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { z } from "zod";
import { type HomeLock, type Holder, lockHolder, takeLock } from "./home-lock.ts";

/** Paths of one data directory. */
export interface Home {
  readonly path: string;
  readonly postgres: string;
  readonly temporal: string;
  readonly exchange: string;
  readonly spool: string;
  readonly reports: string;
  readonly logs: string;
  /** Trained models that were installed, a folder each. */
  readonly models: string;
  /** The environment that models are trained in. */
  readonly training: string;
  /** Settings a night was started with, kept so that it resumes with the same. */
  readonly settingsFile: string;
  readonly servicesFile: string;
  readonly lockFile: string;
  /** The newest link of the audit chain, where no one who can write to the database alone reaches it. */
  readonly auditHeadFile: string;
  /** While a file of this name stands, nothing is sent that its level forbids. */
  readonly killFile: string;
  /** The worker's sign of life, for the supervisor. */
  readonly heartbeatFile: string;
}

const ChildProcessRecord = z.strictObject({
  name: z.string(),
  pid: z.number().int().positive(),
  start: z.string(),
  /** How it is asked to end, and how long it may take before it is made to. */
  stopSignal: z.enum(["SIGTERM", "SIGINT", "SIGKILL"]),
  graceMs: z.number().nonnegative(),
});

/** A child of a supervisor, with all it takes to recognise and end it later. */
export type ChildProcessRecord = z.infer<typeof ChildProcessRecord>;

/** The children of one supervisor, in the order they were started. */
export const ChildProcessRecords = z.array(ChildProcessRecord);

const Services = z.strictObject({
  schemaVersion: z.literal(1),
  /** Ports stay with a home, so that what a workflow or a person noted remains true. */
  ports: z.strictObject({
    temporal: z.number().int().optional(),
    temporalUi: z.number().int().optional(),
    temporalMetrics: z.number().int().optional(),
    exchange: z.number().int().optional(),
  }),
  urls: z.strictObject({
    database: z.string().optional(),
    temporalAddress: z.string().optional(),
    temporalUi: z.string().optional(),
    exchange: z.string().optional(),
  }),
  /** Where the worker that runs was told to find the venue. */
  venue: z
    .strictObject({ orders: z.string(), marketData: z.string(), stream: z.string() })
    .optional(),
  /** The binary the home's Temporal database was made with: another version could not read it. */
  temporalBinary: z.string().optional(),
  /** Mode of the worker that runs. */
  mode: z.enum(["shadow", "paper"]).optional(),
  /** Children of the supervisor that last held the home, oldest first. */
  processes: ChildProcessRecords,
});

/** `services.json`: what runs in a home and where it answers. */
export type Services = z.infer<typeof Services>;

/** Lays out a data directory; DB_PATH and LOG_PATH may put two of its folders elsewhere. */
export function homeAt(
  path: string,
  elsewhere: { readonly postgres?: string | null; readonly logs?: string | null } = {},
): Home {
  const root = resolve(path);
  return {
    path: root,
    postgres: elsewhere.postgres ?? join(root, "postgres"),
    temporal: join(root, "temporal"),
    exchange: join(root, "exchange"),
    spool: join(root, "spool"),
    reports: join(root, "reports"),
    logs: elsewhere.logs ?? join(root, "logs"),
    models: join(root, "models"),
    training: join(root, "training"),
    settingsFile: join(root, "settings.yaml"),
    servicesFile: join(root, "services.json"),
    lockFile: join(root, "lock"),
    auditHeadFile: join(root, "audit-head.json"),
    killFile: join(root, "KILL"),
    heartbeatFile: join(root, "heartbeat.json"),
  };
}

/** Folder of one day's report. */
export function reportFolder(home: Home, mode: string, date: string): string {
  return join(home.reports, `${date}-${mode}`);
}

/** Takes a home for this process and makes its folders. @throws HomeHeldError naming the holder. */
export async function holdHome(home: Home, command: string): Promise<HomeLock> {
  await mkdir(home.path, { recursive: true });
  const lock = await takeLock(home.lockFile, command);
  for (const folder of [home.temporal, home.exchange, home.spool, home.reports, home.logs]) {
    await mkdir(folder, { recursive: true });
  }
  return lock;
}

/** Who holds the home. @returns `null` when nobody living does. */
export async function homeHolder(home: Home): Promise<Holder | null> {
  return lockHolder(home.lockFile);
}

/** Reads `services.json`; an absent one is a new home's. @throws Error naming file and field. */
export async function readServices(home: Home): Promise<Services> {
  let content: string;
  try {
    content = await readFile(home.servicesFile, "utf8");
  } catch {
    return { schemaVersion: 1, ports: {}, urls: {}, processes: [] };
  }
  const parsed = Services.safeParse(parseJson(content));
  if (!parsed.success) {
    throw new Error(
      `${home.servicesFile} cannot be read (${z.prettifyError(parsed.error)}); ` +
        "end leftover processes by hand, remove the file and start again",
    );
  }
  return parsed.data;
}

/**
 * `services.json` of the process that holds the home. Changes come from several services at once:
 * each write holds all changes so far, and one comes after the other.
 */
export class ServicesFile {
  readonly #home: Home;
  #services: Services;
  #written: Promise<void> = Promise.resolve();

  constructor(home: Home, services: Services) {
    this.#home = home;
    this.#services = services;
  }

  get services(): Services {
    return this.#services;
  }

  /** Returns when the change is on the disk. */
  change(part: Partial<Services>): Promise<void> {
    this.#services = { ...this.#services, ...part };
    const write = (): Promise<void> => writeServices(this.#home, this.#services);
    this.#written = this.#written.then(write, write); // One that failed spoils no other.
    return this.#written;
  }
}

/** Replaces `services.json` at once and durably: a reader or a crash never sees half of it. */
async function writeServices(home: Home, services: Services): Promise<void> {
  const fresh = `${home.servicesFile}.new`;
  await writeFile(fresh, `${JSON.stringify(services, null, 2)}\n`, { mode: 0o600, flush: true });
  await rename(fresh, home.servicesFile);
}

function parseJson(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return null;
  }
}
