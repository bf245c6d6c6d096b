import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { nodeArguments, PACKAGE_ROOT } from "../../runtime/package-root.ts";

/** A night to be played by `tipoff start` in a home of its own. */
export interface NightWish {
  readonly home: string;
  readonly seed: number;
  readonly games: number;
  /** Null takes the default: at most three minutes. */
  readonly speed: number | null;
}

/** `tipoff start --exit` as a child process; what it prints goes to `start.log` in its home. */
export class NightProcess {
  readonly reportFile: string;
  readonly #wish: NightWish;
  readonly #logFile: string;
  #child: ChildProcess;
  #exited: Promise<number | null>;

  constructor(wish: NightWish) {
    this.#wish = wish;
    mkdirSync(wish.home, { recursive: true });
    this.reportFile = join(wish.home, "report.json");
    this.#logFile = join(wish.home, "start.log");
    [this.#child, this.#exited] = this.#spawn();
  }

  /** Whether it runs, as far as this process has heard. */
  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Resolves with the exit code; null when a signal ended it. */
  exited(): Promise<number | null> {
    return this.#exited;
  }

  /** `kill -9` of the supervisor, while its services live or die with it. */
  kill(): void {
    this.#child.kill("SIGKILL");
  }

  /** Starts it again after it was killed: it resumes the night of its home. */
  async startAgain(): Promise<void> {
    await this.#exited;
    [this.#child, this.#exited] = this.#spawn();
  }

  /** Asks it to end its services in order, and waits. */
  async stop(): Promise<void> {
    if (this.isRunning) this.#child.kill("SIGINT");
    await this.#exited;
  }

  #spawn(): [ChildProcess, Promise<number | null>] {
    const { home, seed, games, speed } = this.#wish;
    const options = ["--seed", String(seed), "--games", String(games), "--home", home];
    const paced = speed === null ? [] : ["--speed", String(speed)];
    const answers = ["--json", this.reportFile, "--exit"];
    const log = openSync(this.#logFile, "a");
    const child = spawn(
      process.execPath,
      nodeArguments("cli/main.ts", "start", ...options, ...paced, ...answers),
      { cwd: PACKAGE_ROOT, stdio: ["ignore", log, log] },
    );
    closeSync(log);
    const exited = new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (code) => {
        resolve(code);
      });
    });
    return [child, exited];
  }
}
