import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type BinarySearch, findTemporalBinary, obtainTemporalBinary } from "./temporal-binary.ts";

const BINARY = "#!/bin/sh\necho 'temporal version 1.2.3 (Server 1.29.1, UI 2.42.1)'\n";

let folder = "";
let server: Server | null = null;
let said: string[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "binary-"));
  said = [];
});

afterEach(async () => {
  server?.close();
  server = null;
  await rm(folder, { recursive: true, force: true });
});

const search = (change: Partial<BinarySearch> = {}): BinarySearch => ({
  environment: { temporalCliPath: null, searchPath: "", userCachePath: join(folder, "user") },
  say: (line) => said.push(line),
  cachePath: join(folder, "cache"),
  ...change,
});

async function putBinary(path: string, content = BINARY): Promise<string> {
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, content);
  await chmod(path, 0o755);
  return path;
}

/** Serves the download place's two answers, for any platform. */
async function downloads(archive: Buffer): Promise<string> {
  const started = createServer((request, response) => {
    if (request.url === "/archive.tar.gz") return response.end(archive);
    const archiveUrl = `http://${request.headers.host ?? ""}/archive.tar.gz`;
    response.setHeader("content-type", "application/json");
    return response.end(JSON.stringify({ archiveUrl, fileToExtract: "temporal" }));
  });
  server = started;
  return new Promise((resolve) => {
    started.listen(0, "127.0.0.1", () => {
      const address = started.address();
      const port = typeof address === "object" && address ? address.port : 0;
      resolve(`http://127.0.0.1:${port}`);
    });
  });
}

it("prefers TEMPORAL_CLI_PATH, then the home's own, then PATH, then the cache", async () => {
  const named = await putBinary(join(folder, "named"));
  const own = await putBinary(join(folder, "own"));
  const onPath = await putBinary(join(folder, "bin", "temporal"));
  await putBinary(join(folder, "cache", "temporal-v1.5.1"));
  const { environment } = search();
  const withPath = { ...environment, searchPath: join(folder, "bin") };
  const all = search({
    environment: { ...withPath, temporalCliPath: named },
    remembered: own,
  });
  expect((await findTemporalBinary(all))?.path).toBe(named);
  expect((await findTemporalBinary(search({ environment: withPath, remembered: own })))?.path).toBe(
    own,
  );
  expect((await findTemporalBinary(search({ environment: withPath })))?.path).toBe(onPath);
  expect(await findTemporalBinary(search())).toMatchObject({
    how: "in the cache",
    version: "1.2.3-server-1.29.1",
  });
});

it("does not pass over a TEMPORAL_CLI_PATH that does not run", async () => {
  const broken = await putBinary(join(folder, "broken"), "#!/bin/sh\nexit 1\n");
  const { environment } = search();
  const named = search({ environment: { ...environment, temporalCliPath: broken } });
  await expect(findTemporalBinary(named)).rejects.toThrow("TEMPORAL_CLI_PATH");
});

it("downloads once into the cache and leaves nothing else there", async () => {
  const source = await putBinary(join(folder, "source", "temporal"));
  execFileSync("tar", ["-czf", join(folder, "a.tar.gz"), "-C", join(source, ".."), "temporal"]);
  const base = await downloads(await readFile(join(folder, "a.tar.gz")));
  // Only where no Go left a binary in its own folder is there anything to fetch.
  const home = process.env["GOPATH"];
  process.env["GOPATH"] = join(folder, "go");
  try {
    const fetched = await obtainTemporalBinary(search({ downloads: base }));
    expect(fetched.how).toBe("downloaded");
    const digest = (content: Buffer): string => createHash("sha256").update(content).digest("hex");
    expect(digest(await readFile(fetched.path))).toBe(digest(Buffer.from(BINARY)));
    expect(await readdir(join(folder, "cache"))).toEqual(["temporal-v1.5.1"]);
    expect(said).toHaveLength(1);
    expect((await obtainTemporalBinary(search({ downloads: base }))).how).toBe("in the cache");
    expect(said).toHaveLength(1);
  } finally {
    if (home === undefined) delete process.env["GOPATH"];
    else process.env["GOPATH"] = home;
  }
});

it("says what to do when nothing works", async () => {
  const { PATH: path, GOPATH: go } = process.env;
  process.env["PATH"] = "";
  process.env["GOPATH"] = join(folder, "go");
  try {
    await expect(obtainTemporalBinary(search({ downloads: "http://127.0.0.1:1" }))).rejects.toThrow(
      /Go is not installed.*TEMPORAL_CLI_PATH.*TEMPORAL_ADDRESS/,
    );
  } finally {
    process.env["PATH"] = path;
    if (go === undefined) delete process.env["GOPATH"];
    else process.env["GOPATH"] = go;
  }
});
