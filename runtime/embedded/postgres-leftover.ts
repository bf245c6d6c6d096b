import { readdir, readFile, readlink, realpath, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isErrno, unavailable } from "./postgres-binaries.ts";

/**
 * Makes way for a new server on this data directory.
 *
 * After a `kill -9` of the owner its server lives on, a child of init now: it is ended. After a
 * `kill -9` of the server its sessions may live on for a moment: they are waited for. A server whose
 * owner lives is refused. What remains of the pid file is removed: its number may by now be a
 * stranger's, whom PostgreSQL would take for a running server.
 *
 * Elsewhere than on Linux, PostgreSQL's own check of its pid file decides.
 *
 * @throws TradingError DATABASE_UNAVAILABLE when the directory is in use.
 */
export async function endLeftoverServer(dataDir: string): Promise<void> {
  if (process.platform !== "linux") return;
  const folder = await realpath(dataDir).catch(() => null);
  if (folder === null) return;
  const pidFile = join(folder, "postmaster.pid");
  const server = await readPid(pidFile);
  if (server === null) {
    // Killed between making the file and writing it, a server leaves it empty, and none would
    // start over it. With nobody's number in it there is nobody to spare.
    await rm(pidFile, { force: true });
    return;
  }
  if (await hasOwner(server, folder)) {
    throw unavailable(
      `${dataDir} is in use by PostgreSQL process ${server}, whose owner is running`,
      "stop that Tipoff first, or choose another data directory (--home or DB_PATH)",
    );
  }
  await endProcessesIn(folder, server);
  await rm(pidFile, { force: true });
}

async function readPid(pidFile: string): Promise<number | null> {
  const text = await readFile(pidFile, "utf8").catch((error: unknown) => {
    if (isErrno(error, "ENOENT")) return "";
    throw error;
  });
  const pid = Number(text.split("\n")[0]);
  return Number.isInteger(pid) && pid > 1 ? pid : null;
}

/** The server is a child of a running Node process; an orphan belongs to init or a session's reaper. */
async function hasOwner(server: number, folder: string): Promise<boolean> {
  if ((await workingFolder(server)) !== folder) return false;
  const status = await readFile(`/proc/${server}/status`, "utf8").catch(() => "");
  const parent = Number(/^PPid:\s+(\d+)$/m.exec(status)?.[1] ?? 1);
  if (parent <= 1) return false;
  const name = await readFile(`/proc/${parent}/comm`, "utf8").catch(() => "");
  return /^(node|MainThread|tipoff|npm)/.test(name);
}

async function endProcessesIn(folder: string, server: number): Promise<void> {
  const steps: readonly (readonly [NodeJS.Signals, (pids: number[]) => number[]])[] = [
    ["SIGINT", (pids) => pids.filter((pid) => pid === server)],
    ["SIGQUIT", (pids) => pids],
  ];
  for (const [signal, choose] of steps) {
    for (const pid of choose(await processesIn(folder))) tryKill(pid, signal);
    for (let waited = 0; waited < 10_000; waited += 50) {
      if ((await processesIn(folder)).length === 0) return;
      await sleep(50);
    }
  }
  const left = (await processesIn(folder)).join(" ");
  throw unavailable(
    `PostgreSQL processes left over in ${folder} do not end`,
    `end them by hand: kill -9 ${left}`,
  );
}

/** Every process of a server works in its data directory. */
async function processesIn(folder: string): Promise<number[]> {
  const pids = (await readdir("/proc")).map(Number).filter(Number.isInteger);
  const folders = await Promise.all(pids.map(workingFolder));
  return pids.filter((pid, index) => pid !== process.pid && folders[index] === folder);
}

async function workingFolder(pid: number): Promise<string | null> {
  return readlink(`/proc/${pid}/cwd`).catch(() => null);
}

function tryKill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!isErrno(error, "ESRCH")) throw error;
  }
}
