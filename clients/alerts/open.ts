import type { AlertSettings, SinkSettings } from "../../runtime/alerts-config.ts";
import { createEmailSink } from "./email.ts";
import type { AlertSink } from "./sink.ts";
import { createSmsSink } from "./sms.ts";
import { createTerminalSink } from "./terminal.ts";
import { createWebhookSink } from "./webhook.ts";

/** The sinks as they are configured; `say` is the terminal of this process. */
export function openSinks(
  settings: Pick<AlertSettings, "sinks">,
  say: (line: string) => void,
): readonly AlertSink[] {
  return settings.sinks.map((sink) => openSink(sink, say));
}

function openSink(sink: SinkSettings, say: (line: string) => void): AlertSink {
  switch (sink.kind) {
    case "terminal":
      return createTerminalSink(sink.name, say);
    case "webhook":
      return createWebhookSink(sink);
    case "email":
      return createEmailSink(sink);
    case "sms":
      return createSmsSink(sink);
  }
}
