import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

/** A process that can be recognised later: pids are reused, a pid with its start is not. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When the process began, as the system tells it; opaque, compared for equality. */
  readonly start: string;
}

/** Reads who runs under a pid. @returns `null` when nobody does. */
export async function identify(pid: number): Promise<ProcessIdentity | null> {
  const start = process.platform === "linux" ? await linuxStart(pid) : await psStart(pid);
  return start === null ? null : { pid, start };
}

/** Reads this process's own identity. */
export async function identifySelf(): Promise<ProcessIdentity> {
  const identity = await identify(process.pid);
  if (!identity) throw new Error("cannot read this process's own start time");
  return identity;
}

/** Whether that very process still runs. */
export async function isRunning(identity: ProcessIdentity): Promise<boolean> {
  return (await identify(identity.pid))?.start === identity.start;
}

/** Sends a signal to that very process. @returns whether it was there to receive it. */
async function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): Promise<boolean> {
  if (!(await isRunning(identity))) return false;
  try {
    return process.kill(identity.pid, signal);
  } catch {
    return false;
  }
}

/** Asks a process to end, and after the grace makes it. Returns when it is gone. */
export async function endProcess(
  identity: ProcessIdentity,
  signal: NodeJS.Signals,
  graceMs: number,
): Promise<void> {
  if (!(await signalProcess(identity, signal))) return;
  const deadline = Date.now() + graceMs;
  while (await isRunning(identity)) {
    if (Date.now() > deadline) await signalProcess(identity, "SIGKILL");
    await new Promise((resume) => setTimeout(resume, 20));
  }
}

/** Boot and start tick of a process; a zombie counts as gone, its parent only has not looked yet. */
async function linuxStart(pid: number): Promise<string | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8");
    // The command in parentheses may hold spaces: count fields after it. State is 3, start is 22.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields[0] === "Z" || fields[0] === "X") return null;
    return `${boot.trim()}:${fields[19] ?? ""}`;
  } catch {
    return null;
  }
}

async function psStart(pid: number): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)("ps", ["-o", "lstart=", "-p", String(pid)]);
    return stdout.trim() || null;
  } catch {
    return null;
  }
}
