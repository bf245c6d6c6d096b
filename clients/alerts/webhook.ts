import type { Secret } from "../../runtime/secret.ts";
import { post } from "./post.ts";
import { type AlertMessage, type AlertSink, plainText } from "./sink.ts";

/** Discord refuses longer texts; Slack cuts far later. */
const DISCORD_MAX = 2_000;
const SLACK_MAX = 3_500;

/** Posts to a webhook of Discord or Slack. The whole address is the secret. */
export function createWebhookSink(options: {
  readonly name: string;
  readonly shape: "discord" | "slack";
  readonly url: Secret;
}): AlertSink {
  const { name, shape, url } = options;
  return {
    name,
    kind: `webhook (${shape})`,
    send: (message) =>
      post({
        method: "POST",
        url: url.reveal(),
        headers: { "content-type": "application/json" },
        body: JSON.stringify(shape === "discord" ? discordBody(message) : slackBody(message)),
      }),
  };
}

/** `parse: []`: no text of ours or of a feed may call everybody in the channel. */
function discordBody(message: AlertMessage): object {
  return {
    username: "Tipoff",
    content: plainText(message, DISCORD_MAX),
    allowed_mentions: { parse: [] },
  };
}

/** Slack reads `<!channel>` and links out of angle brackets: they are escaped. */
function slackBody(message: AlertMessage): object {
  const text = plainText(message, SLACK_MAX)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
  return { text };
}
