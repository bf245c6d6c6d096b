import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "@temporalio/client";
import { ReportSummary } from "../../activities/report/report-schema.ts";
import { childEnvironment } from "../../runtime/config.ts";
import { createExchangeControl, type ExchangeControl } from "../../runtime/exchange-control.ts";
import { type Home, homeAt, readServices, reportFolder } from "../../runtime/home.ts";
import { nodeArguments } from "../../runtime/package-root.ts";
import { connectTemporal } from "../../runtime/temporal-client.ts";
import { type Db, openDatabase } from "../../schema/database.ts";
import { roomyFolder } from "../support/roomy-folder.ts";
import { Bot } from "../../sim/exchange/testing/bot.ts";

/** A command under way, with all it has said so far. */
export interface Run {
  readonly child: ChildProcess;
  readonly said: () => string;
  /** Resolves when it is gone; null when a signal ended it. */
  readonly exitCode: Promise<number | null>;
}

/** A command at a terminal, with keys to type. */
export interface TerminalRun extends Run {
  readonly type: (keys: string) => void;
}

/** What a command answered. */
export interface Answer {
  readonly exitCode: number | null;
  readonly said: string;
  /** Standard output alone. */
  readonly out: string;
}

/** What a terminal sends for Ctrl+C. */
export const CTRL_C = "\u0003";
const END_GRACE_MS = 30_000;
const LOOK_MS = 100;
const TYPED_AGAIN_MS = 1_000;

/**
 * A data directory of its own, and the product as a stranger sees it: commands, the database, the
 * exchange, Temporal, files. `remove` ends what was started in it.
 */
export class NightHome {
  readonly home: Home;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #started: Run[] = [];
  readonly #closers: (() => Promise<void>)[] = [];

  private constructor(path: string, environment: Readonly<Record<string, string>>) {
    this.home = homeAt(path);
    this.#environment = environment;
  }

  static async create(environment: Readonly<Record<string, string>> = {}): Promise<NightHome> {
    return new NightHome(await mkdtemp(join(roomyFolder(), "tipoff-night-")), environment);
  }

  /** Starts a command in this home. */
  start(...args: readonly string[]): Run & { readonly out: () => string } {
    return this.#follow(
      spawn(process.execPath, this.#words(args), {
        stdio: ["ignore", "pipe", "pipe"],
        env: childEnvironment(this.#environment),
      }),
    );
  }

  /**
   * Starts a command in this home as a person does, in a terminal of its own.
   *
   * @throws Error where there is nothing to make a terminal with.
   */
  startInTerminal(...args: readonly string[]): TerminalRun {
    const version = spawnSync("script", ["--version"], { encoding: "utf8" });
    if (version.error !== undefined || !version.stdout.includes("util-linux")) {
      throw new Error("no terminal can be made: install `script` of util-linux (bsdutils)");
    }
    const words = [process.execPath, ...this.#words(args)].map((word) => `'${word}'`).join(" ");
    const line = `stty cols 120 rows 40; exec ${words}`; // A pipe has no size to take over.
    const child = spawn("script", ["-q", "-f", "-e", "-c", line, "/dev/null"], {
      stdio: ["pipe", "pipe", "pipe"],
      env: childEnvironment(this.#environment),
    });
    return {
      ...this.#follow(child),
      type: (keys) => {
        child.stdin.write(keys);
      },
    };
  }

  #words(args: readonly string[]): string[] {
    return nodeArguments("cli/main.ts", ...args, "--home", this.home.path);
  }

  #follow(
    child: ChildProcess & { readonly stdout: Readable; readonly stderr: Readable },
  ): Run & { readonly out: () => string } {
    let said = "";
    let out = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      said += chunk;
      out += chunk;
    });
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      said += chunk;
    });
    const exitCode = new Promise<number | null>((resolve) => {
      child.once("close", resolve);
    });
    const run = { child, exitCode, said: () => said, out: () => out };
    this.#started.push(run);
    return run;
  }

  /** Runs a command to its end. */
  async answer(...args: readonly string[]): Promise<Answer> {
    const run = this.start(...args);
    return { exitCode: await run.exitCode, said: run.said(), out: run.out() };
  }

  /** Brings the services up. @throws Error with what was said when they do not come. */
  async up(...args: readonly string[]): Promise<Run> {
    const run = this.start("up", ...args);
    await until("services that are ready", 120_000, () => {
      if (run.child.exitCode !== null) throw new Error(run.said());
      return run.said().includes("ready; start a day");
    });
    return run;
  }

  /** A connection of our own. It outlives killed servers. */
  async database(): Promise<Db> {
    const { urls } = await readServices(this.home);
    const onConnectionLost = (): void => undefined;
    const url = urls.database ?? "";
    const db = openDatabase({ url, poolSize: 2, name: "night test", onConnectionLost });
    this.#closers.push(() => db.destroy());
    return db;
  }

  async temporal(): Promise<Client> {
    const { urls } = await readServices(this.home);
    const client = await connectTemporal(urls.temporalAddress ?? "");
    this.#closers.push(() => client.connection.close());
    return client;
  }

  async exchange(): Promise<ExchangeControl> {
    return createExchangeControl(await this.#exchangeUrl());
  }

  /** A signer with the paper account's own key: what the exchange itself says of the account. */
  async account(): Promise<Bot> {
    const read = (name: string): Promise<string> =>
      readFile(join(this.home.exchange, name), "utf8");
    return new Bot(
      await this.#exchangeUrl(),
      (await read("paper-key.id")).trim(),
      await read("paper-key.pem"),
    );
  }

  /** Changes the pace of the night under way. */
  async setSpeed(speed: number): Promise<void> {
    await (await this.exchange()).setSpeed(speed);
  }

  /** Waits until so much run time has passed. */
  async playFor(runMs: number): Promise<void> {
    const control = await this.exchange();
    const { nowMs } = await control.clock();
    await until(`${runMs} ms of run time`, 120_000, async () => {
      return (await control.clock()).nowMs >= nowMs + runMs;
    });
  }

  /** The report that a night of this date left, held against its strict schema. */
  async report(date: string, mode = "paper"): Promise<ReportSummary> {
    const file = join(reportFolder(this.home, mode, date), "report.json");
    return ReportSummary.parse(JSON.parse(await readFile(file, "utf8")));
  }

  /** Ends everything that still runs here, and forgets the home. */
  async remove(): Promise<void> {
    for (const close of this.#closers.splice(0)) await close().catch(() => undefined);
    for (const { child } of this.#started.splice(0)) await end(child);
    await rm(this.home.path, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }

  async #exchangeUrl(): Promise<string> {
    const { urls } = await readServices(this.home);
    return urls.exchange ?? "";
  }
}

/** Types `tipoff resume` until what must be true first is. @throws Error with what it said last. */
export async function lift(night: NightHome, ...args: readonly string[]): Promise<void> {
  let said = "";
  await untilTyped("a kill that is lifted", async () => {
    const answer = await night.answer("resume", "--confirm", "paper", ...args);
    said = answer.said;
    return answer.exitCode === 0;
  }).catch((error: unknown) => {
    throw new Error(`${String(error)}: ${said}`);
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  // A second signal ends it at once, and its guardian ends its services.
  const timer = setTimeout(() => child.kill("SIGKILL"), END_GRACE_MS);
  await gone;
  clearTimeout(timer);
}

/** Types a command until it answers as it should, for two minutes, as a person does: each time is a process. */
export function untilTyped(what: string, type: () => Promise<boolean>): Promise<void> {
  return until(what, 120_000, type, TYPED_AGAIN_MS);
}

/** Waits until something holds. @throws Error naming what did not come. */
export async function until(
  what: string,
  timeoutMs: number,
  holds: () => boolean | Promise<boolean>,
  pauseMs = LOOK_MS,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`);
    await sleep(pauseMs);
  }
}
