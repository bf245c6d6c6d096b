import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Secret } from "../../runtime/secret.ts";
import { type MailBox, startMailBox } from "../../test/support/smtp-server.ts";
import { startWireServer, type WireServer } from "../../test/support/wire-server.ts";
import { createEmailSink, type MailServer } from "./email.ts";
import type { AlertMessage } from "./sink.ts";
import { plainText } from "./sink.ts";
import { createSmsSink } from "./sms.ts";
import { createTerminalSink } from "./terminal.ts";
import { createWebhookSink } from "./webhook.ts";

const MESSAGE: AlertMessage = {
  id: "alerts-7",
  severity: "critical",
  title: "Tipoff: 1 CRITICAL, 1 warnings",
  lines: ["CRITICAL #7 kill: <!channel> & all", "warning #8 fill: @everyone bought"],
};
const TOKEN = "token-that-nobody-may-see";

let server: WireServer;
beforeEach(async () => {
  server = await startWireServer();
});
afterEach(() => server.close());

const hook = (shape: "discord" | "slack", path = `/hooks/${TOKEN}`) =>
  createWebhookSink({ name: "chat", shape, url: new Secret(`${server.url}${path}`) });

describe("a webhook", () => {
  it("posts Discord's shape, in which no text can call everybody", async () => {
    server.answer = () => ({ status: 204, text: "", type: "text/plain" });
    expect(await hook("discord").send(MESSAGE)).toEqual({ kind: "delivered", said: "http 204" });
    expect(server.seen).toHaveLength(1);
    expect(server.seen[0]).toMatchObject({ method: "POST", path: `/hooks/${TOKEN}` });
    expect(JSON.parse(server.seen[0]?.body ?? "")).toEqual({
      username: "Tipoff",
      content: [MESSAGE.title, ...MESSAGE.lines].join("\n"),
      allowed_mentions: { parse: [] },
    });
  });

  it("posts Slack's shape, with its brackets escaped, and takes its bare ok", async () => {
    server.answer = () => ({ status: 200, text: "ok", type: "text/html" });
    expect(await hook("slack").send(MESSAGE)).toEqual({ kind: "delivered", said: "http 200" });
    expect(JSON.parse(server.seen[0]?.body ?? "")).toEqual({
      text: [
        MESSAGE.title,
        "CRITICAL #7 kill: &lt;!channel&gt; &amp; all",
        "warning #8 fill: @everyone bought",
      ].join("\n"),
    });
  });

  it("says what failed, and nothing of its address, which is the secret", async () => {
    server.answer = ({ path }) => ({ status: 404, json: { message: `unknown webhook ${path}` } });
    expect(await hook("discord").send(MESSAGE)).toEqual({ kind: "failed", said: "http 404" });
    server.answer = () => "cut";
    const cut = await hook("slack").send(MESSAGE);
    await server.close();
    const away = await hook("slack").send(MESSAGE);
    // A connection kept from before may be the one that breaks.
    expect(away).toEqual({
      kind: "failed",
      said: expect.stringMatching(/^(ECONNREFUSED|UND_ERR_SOCKET|ECONNRESET)$/) as string,
    });
    expect(cut.kind).toBe("failed");
    expect(JSON.stringify([cut, away])).not.toContain(TOKEN);
    server = await startWireServer();
  });

  it("keeps within what Discord takes, and counts what did not fit", async () => {
    server.answer = () => ({ status: 204, text: "", type: "text/plain" });
    const lines = Array.from({ length: 60 }, (_, index) => `${index} ${"x".repeat(60)}`);
    await hook("discord").send({ ...MESSAGE, lines });
    const { content } = JSON.parse(server.seen[0]?.body ?? "") as { content: string };
    expect(content.length).toBeLessThanOrEqual(2_000);
    expect(content).toMatch(/\(\d+ more: npx tipoff alerts\)$/);
  });
});

describe("an SMS gateway", () => {
  const gateway = {
    name: "phone",
    method: "POST",
    encoding: "form",
    fields: { to: "+15550100", text: "{text}" },
    secretFields: { key: new Secret("gateway-key") },
    authorization: null,
  } as const;

  it("is sent a form with its own field names and its key", async () => {
    server.answer = () => ({ status: 202, text: "<ok/>", type: "application/xml" });
    const sink = createSmsSink({ ...gateway, url: `${server.url}/send` });
    expect(await sink.send(MESSAGE)).toEqual({ kind: "delivered", said: "http 202" });
    const form = new URLSearchParams(server.seen[0]?.body);
    expect(server.seen[0]?.headers["content-type"]).toBe("application/x-www-form-urlencoded");
    expect(Object.fromEntries(form)).toEqual({
      to: "+15550100",
      text: [MESSAGE.title, ...MESSAGE.lines].join("\n"),
      key: "gateway-key",
    });
  });

  it("is sent JSON with a header, or a query, as it wants", async () => {
    server.answer = () => ({ status: 200, json: {} });
    const url = `${server.url}/send?account=1`;
    const authorization = new Secret("Bearer gateway-token");
    await createSmsSink({ ...gateway, url, encoding: "json", authorization }).send(MESSAGE);
    await createSmsSink({ ...gateway, url, method: "GET" }).send(MESSAGE);
    const [json, query] = server.seen;
    expect(json?.headers.authorization).toBe("Bearer gateway-token");
    expect(JSON.parse(json?.body ?? "")).toMatchObject({ to: "+15550100", key: "gateway-key" });
    expect(query).toMatchObject({ method: "GET", path: "/send", body: "" });
    expect(query?.query.get("account")).toBe("1");
    expect(query?.query.get("text")).toContain("CRITICAL #7");
  });
});

describe("e-mail", () => {
  const account = { user: "tipoff", password: "mail-password-nobody-may-see" };
  let box: MailBox;
  let mail: MailServer;
  beforeEach(async () => {
    box = await startMailBox(account);
    mail = {
      name: "mail",
      host: "127.0.0.1",
      port: box.port,
      security: "none",
      user: account.user,
      password: new Secret(account.password),
      from: "tipoff@example.com",
      to: ["a@example.com", "b@example.com"],
    };
  });
  afterEach(() => box.close());

  it("goes by SMTP to everybody who is named, with one id a message", async () => {
    const answer = await createEmailSink(mail).send(MESSAGE);
    expect(answer).toEqual({ kind: "delivered", said: "accepted" });
    expect(box.taken).toHaveLength(1);
    expect(box.taken[0]).toMatchObject({ to: mail.to, user: "tipoff" });
    expect(box.taken[0]?.raw).toContain("Subject: Tipoff: 1 CRITICAL, 1 warnings");
    expect(box.taken[0]?.raw).toContain("CRITICAL #7 kill");
    expect(box.taken[0]?.raw).toContain("Message-ID: <alerts-7@tipoff>");
  });

  it("says what the server's number was, and not its words, which may quote the password", async () => {
    const wrong = { ...mail, password: new Secret("wrong-password-nobody-may-see") };
    const answer = await createEmailSink(wrong).send(MESSAGE);
    expect(answer.kind).toBe("failed");
    expect(answer.said).toContain("EAUTH");
    expect(answer.said).not.toContain("nobody-may-see");
    box.refuse = `mailbox full, ${account.password}`;
    const full = await createEmailSink(mail).send(MESSAGE);
    expect(full).toEqual({ kind: "failed", said: "EMESSAGE (smtp 451)" });
  });

  it("refuses to go on without TLS where TLS is asked for", async () => {
    const answer = await createEmailSink({ ...mail, security: "starttls" }).send(MESSAGE);
    expect(answer.kind).toBe("failed");
    expect(box.taken).toEqual([]);
  });

  it("does not wait for ever for a server that is not there", async () => {
    await box.close();
    const answer = await createEmailSink(mail).send(MESSAGE);
    expect(answer).toEqual({ kind: "failed", said: "ESOCKET" });
    box = await startMailBox(account);
  });
});

it("the terminal is written to line by line, and nothing steers it", async () => {
  const said: string[] = [];
  const sink = createTerminalSink("terminal", (line) => said.push(line));
  await sink.send({ ...MESSAGE, lines: ["one \u001b[2J\rtwo", "three"] });
  expect(said).toEqual(["one  [2J two", "three"]);
});

it("cuts a text that is too long as a whole", () => {
  expect(plainText({ ...MESSAGE, title: "x".repeat(50), lines: ["y"] }, 20)).toBe("x".repeat(20));
});
