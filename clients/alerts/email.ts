import type { Secret } from "../../runtime/secret.ts";
import { type AlertMessage, type AlertSink, plainText, SEND_TIMEOUT_MS } from "./sink.ts";

const MAIL_MAX = 50_000;

/** A mail server and whom to write to. */
export interface MailServer {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** `starttls` refuses to go on without; `none` is for a server on this machine. */
  readonly security: "tls" | "starttls" | "none";
  readonly user: string | null;
  readonly password: Secret | null;
  readonly from: string;
  readonly to: readonly string[];
}

/** Sends e-mail by SMTP: one connection a message, plain text. */
export function createEmailSink(server: MailServer): AlertSink {
  return {
    name: server.name,
    kind: "email",
    send: async (message) => {
      // Loaded with the first mail: few have a mail server, and every supervisor can send.
      const { createTransport } = await import("nodemailer");
      const transport = createTransport(optionsOf(server));
      try {
        await transport.sendMail(mailOf(server, message));
        return { kind: "delivered", said: "accepted" };
      } catch (error) {
        return { kind: "failed", said: reasonOf(error) };
      } finally {
        transport.close();
      }
    },
  };
}

function optionsOf({ host, port, security, user, password }: MailServer) {
  return {
    host,
    port,
    secure: security === "tls",
    requireTLS: security === "starttls",
    ignoreTLS: security === "none",
    connectionTimeout: SEND_TIMEOUT_MS,
    greetingTimeout: SEND_TIMEOUT_MS,
    socketTimeout: SEND_TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(user !== null && password !== null && { auth: { user, pass: password.reveal() } }),
  };
}

function mailOf({ from, to }: MailServer, message: AlertMessage) {
  return {
    from,
    to: [...to],
    subject: message.title.replaceAll(/\p{Cc}/gu, " ").slice(0, 200),
    text: plainText(message, MAIL_MAX),
    messageId: `<${message.id}@tipoff>`,
  };
}

/** The library's code and the server's number: its text may quote what it was sent, the password too. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "not sent";
  const code = "code" in error && typeof error.code === "string" ? error.code : "not sent";
  const answer =
    "responseCode" in error && typeof error.responseCode === "number"
      ? ` (smtp ${error.responseCode})`
      : "";
  return `${code}${answer}`;
}
