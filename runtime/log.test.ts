import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createLogger } from "./log.ts";
import { Secret } from "./secret.ts";

it("writes one JSON line a fact, at once, with secrets hidden", () => {
  const file = join(mkdtempSync(join(tmpdir(), "log-")), "deep", "worker.log");
  const log = createLogger({ level: "info", service: "worker", file });
  log.debug("not asked for");
  log.info({ key: new Secret("hunter2"), privateKey: "hunter2", priceMicros: 560_000 }, "quoted");
  const lines = readFileSync(file, "utf8").trim().split("\n");
  expect(lines).toHaveLength(1);
  expect(lines[0]).not.toContain("hunter2");
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({
    service: "worker",
    msg: "quoted",
    priceMicros: 560_000,
  });
});

it("says what an error was, and none of its other properties", () => {
  const file = join(mkdtempSync(join(tmpdir(), "log-")), "worker.log");
  const log = createLogger({ level: "info", service: "worker", file });
  const error = Object.assign(new TypeError("no such venue"), { headers: { key: "hunter2" } });
  log.warn({ error }, "not read");
  log.warn({ error: "in words" }, "not read");
  const [first = "", second = ""] = readFileSync(file, "utf8").trim().split("\n");
  expect(JSON.parse(first)).toMatchObject({
    error: { name: "TypeError", message: "no such venue", stack: error.stack },
  });
  expect(first).not.toContain("hunter2");
  expect(JSON.parse(second)).toMatchObject({ error: "in words" });
});
