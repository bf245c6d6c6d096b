import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, it } from "vitest";
import { instant } from "../../core/domain/units.ts";
import { type HttpOutcome, request } from "./request.ts";

const clock = { now: () => instant(1_000), speed: 1 };
let server: Server;
let base = "";
let redirected = 0;

function answer(req: IncomingMessage, res: ServerResponse): void {
  const send = (status: number, type: string, body: string): void => {
    res.writeHead(status, { "content-type": type }).end(body);
  };
  switch (req.url ?? "") {
    case "/json":
      send(200, "application/json; charset=utf-8", '{"a":"é"}');
      return;
    case "/problem":
      send(409, "application/problem+json", '{"error":{"code":"x"}}');
      return;
    case "/html":
      send(200, "text/html", "<html>down</html>");
      return;
    case "/html-403":
      send(403, "text/html", "<html>forbidden</html>");
      return;
    case "/truncated":
      send(200, "application/json", '{"a":');
      return;
    case "/large":
      send(200, "application/json", `"${"x".repeat(100_000)}"`);
      return;
    case "/gzip":
      sendPacked(res, gzipSync('{"a":"é"}'));
      return;
    case "/gzip-large":
      sendPacked(res, gzipSync(`"${"x".repeat(100_000)}"`));
      return;
    case "/gzip-broken":
      sendPacked(res, Buffer.from("no gzip at all"));
      return;
    case "/empty":
      res.writeHead(204).end();
      return;
    case "/redirect":
      res.writeHead(307, { location: "/landed" }).end();
      return;
    case "/landed":
      redirected += 1;
      send(200, "application/json", "{}");
      return;
    case "/cut":
      res.writeHead(200, { "content-type": "application/json", "content-length": "100" });
      res.write('{"a":1');
      setTimeout(() => res.destroy(), 10);
      return;
    case "/echo":
      send(200, "application/json", JSON.stringify(req.headers));
      return;
    default:
      return; // Hangs.
  }
}

function sendPacked(res: ServerResponse, body: Buffer): void {
  const type = { "content-type": "application/json", "content-encoding": "gzip" };
  res.writeHead(200, type).end(body);
}

beforeAll(async () => {
  server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  base = `http://127.0.0.1:${port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const get = (path: string, timeoutMs = 2_000, maxBytes = 50_000): Promise<HttpOutcome> =>
  request({ method: "GET", url: base + path, timeoutMs, maxBytes }, clock);

it("gives JSON with its text", async () => {
  expect(await get("/json")).toEqual({
    kind: "ok",
    status: 200,
    body: '{"a":"é"}',
    json: { a: "é" },
    fetchedAt: 1_000,
    receivedAt: 1_000,
  });
});

it("reads the body of an error, JSON or not", async () => {
  expect(await get("/problem")).toMatchObject({
    kind: "http-error",
    status: 409,
    json: { error: { code: "x" } },
  });
  expect(await get("/html-403")).toMatchObject({
    kind: "http-error",
    status: 403,
    json: undefined,
    body: "<html>forbidden</html>",
  });
});

it("takes an answer without a body for null", async () => {
  expect(await get("/empty")).toMatchObject({ kind: "ok", status: 204, json: null });
});

it.each([
  ["/html", "content type is text/html"],
  ["/truncated", "text is not JSON"],
  ["/large", "answer is too large"],
  ["/gzip-large", "answer is too large"],
])("refuses a 2xx that is not whole JSON: %s", async (path, reason) => {
  expect(await get(path)).toMatchObject({ kind: "invalid", reason });
});

it("says that it takes packed answers, unpacks them, and believes no broken one", async () => {
  expect(await get("/echo")).toMatchObject({ json: { "accept-encoding": "gzip" } });
  expect(await get("/gzip")).toMatchObject({ kind: "ok", json: { a: "é" } });
  expect(await get("/gzip-broken")).toMatchObject({ kind: "network", reason: "Z_DATA_ERROR" });
});

it("calls a hang a timeout", async () => {
  expect(await get("/hang", 50)).toMatchObject({ kind: "timeout" });
});

it("calls a cut connection and a closed port a network fault, with the system's code", async () => {
  expect(await get("/cut")).toMatchObject({ kind: "network" });
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
  const { port } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  const refused = await request(
    { method: "GET", url: `http://127.0.0.1:${port}/`, timeoutMs: 2_000 },
    clock,
  );
  expect(refused).toMatchObject({ kind: "network", reason: "ECONNREFUSED" });
});

it("takes no answer from a name that is not found, nor from a port that speaks no TLS", async () => {
  const ask = (url: string): Promise<HttpOutcome> =>
    request({ method: "GET", url, timeoutMs: 3_000 }, clock);
  // `.invalid` is never a name; a resolver that cannot be reached is waited for in vain.
  expect(["network", "timeout"]).toContain((await ask("https://venue.invalid/")).kind);
  const plain = base.replace("http:", "https:");
  expect(await ask(`${plain}/json`)).toMatchObject({
    kind: "network",
    reason: expect.stringMatching(/SSL|TLS/) as string,
  });
});

it("follows no redirect", async () => {
  expect(await get("/redirect")).toMatchObject({ kind: "http-error", status: 307 });
  expect(redirected).toBe(0);
});

it("sends the headers it was given", async () => {
  const outcome = await request(
    {
      method: "GET",
      url: `${base}/echo`,
      headers: { referer: "https://www.nba.com/" },
      timeoutMs: 2_000,
    },
    clock,
  );
  expect(outcome).toMatchObject({ kind: "ok", json: { referer: "https://www.nba.com/" } });
});
