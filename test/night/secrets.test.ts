import { generateKeyPairSync, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readServices } from "../../runtime/home.ts";
import { prepareWorkflowBundle } from "../../workers/workflow-bundle.ts";
import { type MailBox, startMailBox } from "../support/smtp-server.ts";
import { startWireServer, type WireServer } from "../support/wire-server.ts";
import { signingKeyFile } from "../../runtime/signing-key.ts";
import { NightHome, type Run, until } from "./night-home.ts";

/** Files whose purpose is to hold a secret; each is its owner's alone. */
const HOLDERS =
  /^(services\.json|postgres\/tipoff\.json|keys\/signing\.pem|exchange\/(paper-key\.(pem|id)|keys\.json))$/;

let night: NightHome;
let up: Run;
let server: WireServer;
let box: MailBox;
let aside: string;
const said: string[] = [];
/** What was planted, by what it is. */
const planted = new Map<string, string>();

const token = (): string => `planted-${randomBytes(12).toString("hex")}`;

beforeAll(async () => {
  server = await startWireServer();
  aside = await mkdtemp(join(tmpdir(), "tipoff-secrets-"));
  for (const what of ["key id", "mail password", "webhook token", "gateway key"]) {
    planted.set(what, token());
  }
  const plantedAs = (what: string): string => planted.get(what) ?? "";
  box = await startMailBox({ user: "tipoff", password: plantedAs("mail password") });
  // Servers quote what they were sent: the address, the form, the password.
  server.answer = ({ path, body }) =>
    path.startsWith("/broken/")
      ? { status: 500, json: { error: `no hook ${path} for ${body}` } }
      : { status: 200, text: "ok", type: "text/plain" };
  const { privateKey } = generateKeyPairSync("ed25519");
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  planted.set("private key", pem.split("\n")[1] ?? "");
  await writeFile(join(aside, "key.pem"), pem, { mode: 0o600 });
  await writeFile(join(aside, "alerts.yaml"), alertsFile(server.url, box.port));
  night = await NightHome.create({
    TIPOFF_ALERTS: join(aside, "alerts.yaml"),
    TIPOFF_ALERT_CHAT_URL: `${server.url}/hooks/${plantedAs("webhook token")}`,
    TIPOFF_ALERT_BROKEN_URL: `${server.url}/broken/${plantedAs("webhook token")}`,
    TIPOFF_ALERT_MAIL_PASSWORD: plantedAs("mail password"),
    TIPOFF_ALERT_SMS_KEY: plantedAs("gateway key"),
    KALSHI_API_KEY_ID: plantedAs("key id"),
    KALSHI_PRIVATE_KEY_PATH: join(aside, "key.pem"),
    LOG_LEVEL: "trace",
  });
  // Bundled beforehand: a busy machine may take longer for it than a start may take.
  await prepareWorkflowBundle(join(night.home.path, "cache"));
});
afterAll(async () => {
  await night.remove();
  await box.close();
  await server.close();
  await rm(aside, { recursive: true });
});

function alertsFile(url: string, port: number): string {
  const all = "least: warning, joinsAtRepeat: 0, gatherSeconds: 0";
  return `
repeatSeconds: 10
silentSeconds: 20
lostSeconds: 15
unknownOrderSeconds: 60
sinks:
  terminal: { kind: terminal, ${all} }
  chat: { kind: webhook, shape: slack, urlFrom: TIPOFF_ALERT_CHAT_URL, ${all} }
  broken: { kind: webhook, shape: discord, urlFrom: TIPOFF_ALERT_BROKEN_URL, ${all} }
  mail: { kind: email, host: 127.0.0.1, port: ${port}, security: none, user: tipoff, passwordFrom: TIPOFF_ALERT_MAIL_PASSWORD, from: a@example.com, to: [b@example.com], ${all} }
  phone: { kind: sms, url: "${url}/sms", method: POST, encoding: form, fields: { text: "{text}" }, secretFields: { key: TIPOFF_ALERT_SMS_KEY }, authorizationFrom: null, ${all} }
`;
}

async function command(...args: readonly string[]): Promise<string> {
  const answer = await night.answer(...args);
  said.push(answer.said);
  return answer.out;
}

it("plays, is killed, fails and is ended, and tells people all of it", async () => {
  up = await night.up();
  const { urls, processes } = await readServices(night.home);
  planted.set("database password", new URL(urls.database ?? "").password);
  planted.set(
    "paper key id",
    (await readFile(join(night.home.exchange, "paper-key.id"), "utf8")).trim(),
  );
  const paperKey = await readFile(join(night.home.exchange, "paper-key.pem"), "utf8");
  planted.set("paper key", paperKey.split("\n")[1] ?? "");
  const signingKey = await readFile(signingKeyFile(night.home), "utf8");
  planted.set("signing key", signingKey.split("\n")[1] ?? "");
  await command("day", "start", "--source", "world:7", "--games", "1", "--speed", "240");
  await until("fills that were told of", 120_000, () =>
    server.seen.some(({ body }) => body.includes("filled: ")),
  );
  // The worker dies under it, the key's password is wrong for somebody else, commands fail.
  process.kill(processes.find(({ name }) => name === "worker")?.pid ?? 0, "SIGKILL");
  await command("kill", "--reason", "a drill with secrets planted");
  await until("a kill that was told everywhere", 60_000, () => {
    const posted = server.seen.map(({ path, body }) =>
      path === "/sms" ? [...new URLSearchParams(body).values()].join(" ") : body,
    );
    const isPosted =
      posted.filter((text) => text.includes("a drill with secrets planted")).length >= 3;
    return isPosted && box.taken.some(({ raw }) => raw.includes("a drill with secrets"));
  });
  await until("the broken sink told on the others", 60_000, () =>
    server.seen.some(
      ({ path, body }) => path.startsWith("/hooks/") && body.includes("alert_sink_failing"),
    ),
  );
  expect(await command("alerts", "test")).toMatch(
    /FAILED {2}broken +webhook \(discord\): http 500/,
  );
  expect(await command("readiness", "--json")).toContain("broken: http 500");
  expect(await command("alerts", "--json")).toContain('"code": "kill"');
  expect(await command("ack", "--all", "--note", "seen")).toContain("acknowledged");
  for (const args of [
    ["doctor"],
    ["games"],
    ["game", "NO-SUCH"],
    ["day", "status", "--json"],
    ["resume"],
  ]) {
    await command(...args);
  }
  await command("day", "stop");
  up.child.kill("SIGINT");
  expect(await up.exitCode).toBe(0);
  said.push(up.said());
});

it("leaves no secret in anything it said, sent, logged, stored or reported", async () => {
  expect(planted.size).toBe(9);
  for (const [what, secret] of planted) expect(secret.length, what).toBeGreaterThan(10);
  const sent = server.seen.map(({ body, path }) => (path === "/sms" ? withoutKey(body) : body));
  const spoken = [...said, ...sent, ...box.taken.map(({ raw }) => raw)].join("\n");
  expect(spoken).toContain("CRITICAL");
  for (const [what, secret] of planted) {
    expect(spoken.includes(secret), `${what} was said`).toBe(false);
  }
  const files = await filesIn(night.home.path);
  expect(files).toEqual(
    expect.arrayContaining(["logs/worker.log", "logs/alerts.log", "services.json"]),
  );
  expect(files.some((file) => file.endsWith("report.html"))).toBe(true);
  const found = await Promise.all(files.map(findSecrets));
  expect(found.flat()).toEqual([]);
}, 120_000);

it("lets its owner alone read the files that hold a secret", async () => {
  const holders = (await filesIn(night.home.path)).filter((file) => HOLDERS.test(file));
  expect(holders).toHaveLength(6);
  for (const file of holders) {
    const { mode } = await stat(join(night.home.path, file));
    expect((mode & 0o777).toString(8), file).toBe("600");
  }
});

/** The gateway is sent its own key: that is no leak. */
function withoutKey(form: string): string {
  const fields = new URLSearchParams(form);
  fields.delete("key");
  return fields.toString();
}

async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}

/** Reads a file in pieces that overlap: a secret may lie across the edge of two. */
async function findSecrets(file: string): Promise<readonly string[]> {
  if (HOLDERS.test(file)) return [];
  const secrets = [...planted].map(([what, secret]) => [what, Buffer.from(secret)] as const);
  const found = new Set<string>();
  let tail = Buffer.alloc(0);
  const pieces: AsyncIterable<Buffer> = createReadStream(join(night.home.path, file));
  for await (const piece of pieces) {
    const text = Buffer.concat([tail, piece]);
    for (const [what, secret] of secrets) {
      if (text.includes(secret)) found.add(`${what} in ${file}`);
    }
    tail = text.subarray(-256);
  }
  return [...found];
}
