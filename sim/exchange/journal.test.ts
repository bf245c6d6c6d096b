import { appendFile, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { Journal } from "./journal.ts";
import { temporaryFolder } from "./testing/start.ts";

async function written(count: number): Promise<string> {
  const path = join(await temporaryFolder(), "journal.jsonl");
  const { journal } = await Journal.open(path);
  for (let n = 0; n < count; n += 1) journal.append({ kind: "cancel", orderId: `order ${n}` });
  await journal.close();
  return path;
}

it("gives back what was appended, in sequence", async () => {
  const { entries, journal } = await Journal.open(await written(3));
  expect(entries).toMatchObject([
    { sequence: 0, orderId: "order 0" },
    { sequence: 1 },
    { sequence: 2, orderId: "order 2" },
  ]);
  await journal.close();
});

it("drops a last line torn at any byte, and goes on after it", async () => {
  const path = await written(2);
  const whole = await readFile(path);
  const firstEnd = whole.indexOf("\n") + 1;
  for (let end = firstEnd; end < whole.length; end += 7) {
    await writeFile(path, whole);
    await truncate(path, end);
    const { entries, journal } = await Journal.open(path);
    expect(entries).toHaveLength(1);
    journal.append({ kind: "cancel", orderId: "after" });
    await journal.close();
    const again = await Journal.open(path);
    expect(again.entries).toMatchObject([{ sequence: 0 }, { sequence: 1, orderId: "after" }]);
    await again.journal.close();
  }
});

it("refuses a line that was changed, lost or doubled before the last, naming it", async () => {
  const path = await written(3);
  const lines = (await readFile(path, "utf8")).split("\n").slice(0, 3);
  const [one = "", two = "", three = ""] = lines;
  for (const damaged of [
    [one, two.replace("order 1", "order 9"), three],
    [one, three, three],
    [one, one, two],
  ]) {
    await writeFile(path, `${damaged.join("\n")}\n`);
    await expect(Journal.open(path)).rejects.toThrow(/JOURNAL_DAMAGED.*"line":2/);
  }
});

it("drops rubbish after the last line", async () => {
  const path = await written(1);
  await appendFile(path, "\u0000\u0000\u0000");
  const { entries, journal } = await Journal.open(path);
  expect(entries).toHaveLength(1);
  await journal.close();
});
