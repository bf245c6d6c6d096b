import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { build } from "esbuild";
import { nodeArguments, PACKAGE_ROOT } from "../../runtime/package-root.ts";
import type { PlayAnswer, PlayRequest } from "./child.ts";

/** How a play ended: the process died of it, or answered. */
export type Ending = { readonly kind: "died" } | Exclude<PlayAnswer, { kind: "ready" }>;

/** A play that does not end has failed. Wall time. */
const PLAY_TIMEOUT_MS = 180_000;

/** Processes that play. One is always being started ahead, since starting takes longest. */
export class Children {
  readonly #program: string;
  #next: Promise<ChildProcess> | null = null;
  #current: ChildProcess | null = null;

  /** @param program what `bundleChild` made. */
  constructor(program: string) {
    this.#program = program;
  }

  /** Plays in the process that took over last, or in a new one. */
  async play(request: PlayRequest): Promise<Ending> {
    this.#current ??= await (this.#next ?? this.#start());
    this.#next ??= this.#start();
    const child = this.#current;
    const ending = await ask(child, request);
    if (ending.kind !== "played") {
      // What failed may still be at it: it must not meddle with the next case.
      child.kill("SIGKILL");
      this.#current = await this.#next;
      this.#next = this.#start();
    }
    return ending;
  }

  async close(): Promise<void> {
    const children = [this.#current, await this.#next].filter((child) => child !== null);
    for (const child of children) child.kill("SIGKILL");
  }

  #start(): Promise<ChildProcess> {
    return startFile(nodeArguments("scripts/crash-orders/child-main.ts", this.#program));
  }
}

/** What a module of the newer kind knows of itself, and one file of the older kind does not. */
const MODULE_URL = 'const moduleUrl = require("node:url").pathToFileURL(__filename).href;';

/**
 * Makes one file of the process that dies and all it loads: it is started a hundred times, and finding
 * hundreds of little files takes most of a start. @returns the file's path.
 */
export async function bundleChild(folder: string): Promise<string> {
  const outfile = join(folder, "child.cjs");
  await build({
    absWorkingDir: PACKAGE_ROOT,
    entryPoints: ["scripts/crash-orders/child.ts"],
    outfile,
    bundle: true,
    format: "cjs",
    platform: "node",
    target: "node20",
    define: { "import.meta.url": "moduleUrl" },
    banner: { js: MODULE_URL },
    logLevel: "error",
  });
  return outfile;
}

/** Starts a program of ours that says over IPC when it is ready. @throws when it ends before that. */
export function startProgram(script: string): Promise<ChildProcess> {
  return startFile(nodeArguments(script));
}

async function startFile(args: readonly string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, args, {
    cwd: PACKAGE_ROOT,
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const ended = once(child, "exit").then(() => {
    throw new Error(`${args.join(" ")} ended before it was ready`);
  });
  await Promise.race([once(child, "message"), ended]);
  ended.catch(() => undefined);
  return child;
}

async function ask(child: ChildProcess, request: PlayRequest): Promise<Ending> {
  const answer = new Promise<Ending>((resolve) => {
    child.once("message", (message) => {
      resolve(message as Exclude<PlayAnswer, { kind: "ready" }>); // The child's own type.
    });
    child.once("exit", (_code, signal) => {
      const died: Ending = { kind: "died" };
      resolve(signal === "SIGKILL" ? died : { kind: "failed", error: "the process ended" });
    });
  });
  child.send(request);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Ending>((resolve) => {
    timer = setTimeout(() => {
      resolve({ kind: "failed", error: `no end within ${PLAY_TIMEOUT_MS / 1_000} s` });
    }, PLAY_TIMEOUT_MS);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
    child.removeAllListeners("message").removeAllListeners("exit");
  }
}
