import type { Severity } from "../../core/domain/alert.ts";

/** What a sink is sent: one or more alerts, for a person to read. No secret in it. */
export interface AlertMessage {
  /** The same for the same message: a mail server may know a repeat by it. */
  readonly id: string;
  readonly severity: Severity;
  readonly title: string;
  /** One line an alert. */
  readonly lines: readonly string[];
}

/** What the sink's server made of a message, in words without secrets. */
export type SinkAnswer =
  | { readonly kind: "delivered"; readonly said: string }
  | { readonly kind: "failed"; readonly said: string };

/** Where alerts go. */
export interface AlertSink {
  readonly name: string;
  /** Such as `webhook (slack)`. */
  readonly kind: string;
  /** Sends one message, within the sink's timeout. Throws for nothing that the wire can do. */
  send(message: AlertMessage): Promise<SinkAnswer>;
}

/** How long a sink's server may take. Wall milliseconds. */
export const SEND_TIMEOUT_MS = 10_000;

/** A message as plain text of at most `max` characters: what does not fit is counted. */
export function plainText({ title, lines }: AlertMessage, max: number): string {
  let text = title;
  for (const [index, line] of lines.entries()) {
    const left = lines.length - index;
    const more = `\n(${left} more: npx tipoff alerts)`;
    if (text.length + 1 + line.length + (left > 1 ? more.length : 0) > max) {
      return text.length + more.length <= max ? `${text}${more}` : text.slice(0, max);
    }
    text += `\n${line}`;
  }
  return text.slice(0, max);
}
