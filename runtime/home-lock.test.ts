import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { HomeHeldError, lockHolder, takeLock } from "./home-lock.ts";
import { nodeArguments } from "./package-root.ts";

let folder = "";
let path = "";
const children: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lock-"));
  path = join(folder, "lock");
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await rm(folder, { recursive: true, force: true });
});

/** A real process that takes the lock, says `held` or `refused`, and stays. */
async function contender(): Promise<{ child: ChildProcess; said: string }> {
  const child = spawn(process.execPath, nodeArguments("test/runtime/hold-lock.ts", path), {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  const [data] = (await once(child.stdout, "data")) as [Buffer];
  return { child, said: data.toString().trim() };
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  await once(child, "exit");
}

it("refuses a second holder and names the first", async () => {
  const { child, said } = await contender();
  expect(said).toBe("held");
  const error = await takeLock(path, "tipoff up").catch((refusal: unknown) => refusal);
  expect(error).toBeInstanceOf(HomeHeldError);
  expect(String(error)).toContain(`process ${child.pid ?? 0} (tipoff start)`);
  expect((await lockHolder(path))?.pid).toBe(child.pid);
});

it("takes over after kill -9 of the holder, and only one of many does", async () => {
  const { child } = await contender();
  await kill(child);
  const answers = await Promise.all([1, 2, 3, 4].map(() => contender()));
  const held = answers.filter(({ said }) => said === "held");
  expect(held).toHaveLength(1);
  expect((await lockHolder(path))?.pid).toBe(held[0]?.child.pid);
  expect(await readdir(folder)).toEqual(["lock"]);
});

it("is taken over by one alone, however those who want it fall together", async () => {
  const own = await takeLock(path, "tipoff up");
  const dead = { ...(JSON.parse(await readFile(path, "utf8")) as object), start: "another life" };
  await own.release();
  for (let round = 0; round < 40; round += 1) {
    await writeFile(path, JSON.stringify(dead));
    const asked = await Promise.allSettled(
      Array.from({ length: 6 }, () => takeLock(path, "tipoff up")),
    );
    const held = asked.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    expect(held, `round ${round}`).toHaveLength(1);
    expect(await readdir(folder)).toEqual(["lock"]);
    await held[0]?.release();
  }
});

it("is held by one at a time, however many take and release it", async () => {
  let held = 0;
  const contend = async (): Promise<void> => {
    for (let taking = 0; taking < 60; taking += 1) {
      const lock = await takeLock(path, "tipoff up").catch((error: unknown) => {
        expect(error).toBeInstanceOf(HomeHeldError);
        return null;
      });
      if (lock === null) continue;
      held += 1;
      expect(held).toBe(1);
      await new Promise((resume) => setImmediate(resume));
      held -= 1;
      await lock.release();
    }
  };
  await Promise.all(Array.from({ length: 6 }, contend));
  expect(await readdir(folder)).toEqual([]);
});

it("is not taken where what stands there cannot be read", async () => {
  await mkdir(path);
  await expect(takeLock(path, "tipoff start")).rejects.toThrow("EISDIR");
  await expect(lockHolder(path)).rejects.toThrow("EISDIR");
});

it("of which the file is spoiled is nobody's", async () => {
  await writeFile(path, "not a holder");
  await (await takeLock(path, "tipoff up")).release();
  expect(await readdir(folder)).toEqual([]);
});

it("does not take a reused pid for the holder", async () => {
  const own = await takeLock(path, "tipoff up");
  const holder = JSON.parse(await readFile(path, "utf8")) as object;
  await own.release();
  await writeFile(path, JSON.stringify({ ...holder, start: "another life" }));
  await (await takeLock(path, "tipoff up")).release();
  expect(await readdir(folder)).toEqual([]);
});

it("is free again after its release", async () => {
  for (let round = 0; round < 2; round += 1) await (await takeLock(path, "tipoff up")).release();
  expect(await lockHolder(path)).toBeNull();
});
