import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";

/** One request as the server saw it. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface Head {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What the server answers; `"hang"` never does, `"cut"` hangs up half-way. */
export type Answer =
  | (Head & { readonly json: unknown })
  | (Head & { readonly text: string; readonly type: string })
  | "hang"
  | "cut";

/** A real server on this machine whose answers a test decides. */
export interface WireServer {
  readonly url: string;
  readonly wsUrl: string;
  readonly seen: Seen[];
  readonly sockets: Set<WebSocket>;
  answer: (seen: Seen) => Answer;
  onSocket: (socket: WebSocket, headers: IncomingHttpHeaders) => void;
  close(): Promise<void>;
}

export async function startWireServer(): Promise<WireServer> {
  const http = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const url = new URL(request.url ?? "", "http://127.0.0.1");
      const seen = {
        method: request.method ?? "",
        path: url.pathname,
        query: url.searchParams,
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
      };
      server.seen.push(seen);
      const answer = server.answer(seen);
      if (answer === "hang") return;
      if (answer === "cut") {
        response.destroy();
        return;
      }
      const { type, text } =
        "json" in answer ? { type: "application/json", text: JSON.stringify(answer.json) } : answer;
      response.writeHead(answer.status, { "content-type": type, ...answer.headers }).end(text);
    });
  });
  const sockets = new WebSocketServer({ server: http });
  sockets.on("connection", (socket, request) => {
    server.onSocket(socket, request.headers);
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const { port } = http.address() as AddressInfo;
  const server: WireServer = {
    url: `http://127.0.0.1:${port}`,
    wsUrl: `ws://127.0.0.1:${port}`,
    seen: [],
    sockets: sockets.clients,
    answer: () => ({ status: 404, json: { error: { code: "not_found", message: "not found" } } }),
    onSocket: () => undefined,
    close: async () => {
      for (const socket of sockets.clients) socket.terminate();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
  return server;
}
