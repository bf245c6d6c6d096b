import { request } from "node:http";

/** What a process of ours was asked over HTTP. */
interface LoopbackCall {
  readonly method: string;
  /** Sent as JSON; none where it is missing. */
  readonly body?: object | undefined;
  /** Wall milliseconds until it is given up. */
  readonly timeoutMs: number;
}

/**
 * Asks another process of ours at `url`. Node's own client: it is ready in 9 ms of CPU and takes 0.35 ms a
 * call, where `fetch` takes 40 and 0.8, and each command and each process that dies begins with a call.
 *
 * @throws Error of the system when there is no answer, TimeoutError when there is none in time.
 */
export function askLoopback(
  url: string,
  { method, body, timeoutMs }: LoopbackCall,
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const asked = request(url, {
      method,
      signal,
      ...(body !== undefined && { headers: { "content-type": "application/json" } }),
    });
    const fail = (error: Error): void => {
      reject(signal.aborted ? (signal.reason as Error) : error); // The signal's own reason: a TimeoutError.
    };
    asked.once("error", fail);
    asked.once("response", (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (piece: string) => {
        text += piece;
      });
      response.once("error", fail);
      response.once("end", () => {
        resolve({ status: response.statusCode ?? 0, text });
      });
    });
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
