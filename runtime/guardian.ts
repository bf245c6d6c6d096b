/**
 * The guardian process: ends the supervisor's children when the supervisor is gone.
 *
 * The supervisor writes the list of its children, one JSON array a line, into this process's
 * standard input. When that closes, whatever killed the supervisor, the children of the last
 * list are ended in order. An orderly shutdown sends an empty list first.
 */
import { createInterface } from "node:readline";
import { endChildren } from "./child.ts";
import { type ChildProcessRecord, ChildProcessRecords } from "./home.ts";

let children: readonly ChildProcessRecord[] = [];

// Ctrl+C in a terminal goes to the whole group: the supervisor decides what happens then.
process.on("SIGINT", () => undefined);

for await (const line of createInterface({ input: process.stdin })) {
  children = ChildProcessRecords.parse(JSON.parse(line));
}
await endChildren(children);
