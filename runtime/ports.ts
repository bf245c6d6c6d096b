import { createServer } from "node:net";

/** Whether a loopback port can be listened on now. */
export async function isPortFree(port: number): Promise<boolean> {
  return (await listenOnce(port)) !== null;
}

/** Keeps the wished port when it is free, else takes one the system gives. */
export async function choosePort(wished: number | undefined): Promise<number> {
  const port = (wished === undefined ? null : await listenOnce(wished)) ?? (await listenOnce(0));
  if (port === null) throw new Error("no free port on 127.0.0.1");
  return port;
}

/** Takes a loopback port for a moment; 0 takes any. @returns the port, or null when it is not free. */
export async function listenOnce(port: number): Promise<number | null> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => {
      resolve(null);
    });
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => {
      const address = server.address();
      const taken = typeof address === "object" && address ? address.port : null;
      server.close(() => {
        resolve(taken);
      });
    });
  });
}
