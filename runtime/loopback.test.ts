import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { askLoopback } from "./loopback.ts";

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

it("sends a body as JSON, and answers with status and whole text", async () => {
  const url = await serve((asked, answer) => {
    let body = "";
    asked.on("data", (piece: Buffer) => (body += piece.toString()));
    asked.on("end", () => {
      const { method, headers } = asked;
      answer.statusCode = 409;
      answer.write(`${method ?? ""} ${headers["content-type"] ?? ""} `);
      answer.end(`${headers["content-length"] ?? "in pieces"} ${body} ü`);
    });
  });
  const call = { method: "POST", body: { speed: 60 }, timeoutMs: 5_000 };
  expect(await askLoopback(url, call)).toEqual({
    status: 409,
    text: 'POST application/json 12 {"speed":60} ü',
  });
});

it("gives up a server that does not answer in time, or not to the end", async () => {
  const silent = await serve(() => undefined);
  const call = { method: "GET", timeoutMs: 100 };
  await expect(askLoopback(silent, call)).rejects.toMatchObject({ name: "TimeoutError" });
  const halting = await serve((_asked, answer) => answer.write("half"));
  await expect(askLoopback(halting, call)).rejects.toMatchObject({ name: "TimeoutError" });
  const breaking = await serve((_asked, answer) => {
    answer.write("half", () => answer.destroy());
  });
  await expect(askLoopback(breaking, { ...call, timeoutMs: 5_000 })).rejects.toThrow("aborted");
});

it("fails with the system's code where nobody listens", async () => {
  const url = await serve(() => undefined);
  servers[0]?.close();
  const asked = askLoopback(url, { method: "GET", timeoutMs: 5_000 });
  await expect(asked).rejects.toMatchObject({ code: "ECONNREFUSED" });
});

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
