import type { AlertSink } from "./sink.ts";

/** Writes to the terminal of the process that delivers. It cannot fail. */
export function createTerminalSink(name: string, say: (line: string) => void): AlertSink {
  return {
    name,
    kind: "terminal",
    send: ({ lines }) => {
      // One line an alert says it all; a title above a single line would say it twice.
      for (const line of lines) say(printable(line));
      return Promise.resolve({ kind: "delivered", said: "written" });
    },
  };
}

/** Whatever a feed or a venue wrote must not steer the terminal. */
function printable(line: string): string {
  return line.replaceAll(/\p{Cc}/gu, " ");
}
