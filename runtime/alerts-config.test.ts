import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { TradingError } from "../core/domain/errors.ts";
import { loadAlerts } from "./alerts-config.ts";
import { PACKAGE_ROOT } from "./package-root.ts";
import { createScrubber, Secret } from "./secret.ts";

const USUAL = readFileSync(`${PACKAGE_ROOT}config/alerts.yaml`, "utf8");
/** The file with its examples switched on. */
const FULL = USUAL.replace(/^ {2}# ( *)([a-z])/gim, "  $1$2");
const SECRETS: Readonly<Record<string, string>> = {
  TIPOFF_ALERT_CHAT_URL: "https://discord.example.com/hooks/token",
  TIPOFF_ALERT_MAIL_PASSWORD: "mail-password",
  TIPOFF_ALERT_SMS_KEY: "sms-key",
};
const secretOf = (name: string): Secret | null =>
  SECRETS[name] === undefined ? null : new Secret(SECRETS[name]);

function load(text: string, secrets = secretOf): ReturnType<typeof loadAlerts> {
  const file = join(mkdtempSync(join(tmpdir(), "alerts-")), "alerts.yaml");
  writeFileSync(file, text);
  return loadAlerts(file, secrets);
}

function faultsOf(text: string, secrets = secretOf): string {
  try {
    load(text, secrets);
  } catch (error) {
    if (error instanceof TradingError) return JSON.stringify(error.details);
    throw error;
  }
  return "no fault";
}

it("tells the terminal alone unless somebody is named, and reads every example in the file", () => {
  expect(load(USUAL).sinks).toEqual([
    { name: "terminal", kind: "terminal", least: "warning", joinsAtRepeat: 0, gatherMs: 0 },
  ]);
  const { sinks, secrets } = load(FULL);
  expect(sinks.map(({ name, kind }) => [name, kind])).toEqual([
    ["terminal", "terminal"],
    ["chat", "webhook"],
    ["mail", "email"],
    ["phone", "sms"],
  ]);
  expect(secrets).toHaveLength(3);
  expect(JSON.stringify(sinks)).not.toMatch(/token|mail-password|sms-key/);
});

it.each([
  [
    "an unknown key",
    USUAL.replace("repeatSeconds:", "repeatMinutes: 1\nrepeatSeconds:"),
    "repeatMinutes",
  ],
  [
    "a value out of range",
    USUAL.replace("repeatSeconds: 300", "repeatSeconds: 1"),
    "from 10 to 86400, found 1",
  ],
  [
    "a sink of no kind",
    USUAL.replace("kind: terminal", "kind: pager"),
    "expected terminal, webhook, email or sms",
  ],
  [
    "nobody who hears first",
    USUAL.replace("joinsAtRepeat: 0\n", "joinsAtRepeat: 1\n"),
    "joinsAtRepeat 0",
  ],
  [
    "a variable that is not for alerts",
    FULL.replace("TIPOFF_ALERT_CHAT_URL", "DATABASE_URL"),
    "begins with TIPOFF_ALERT_",
  ],
  ["a plain gateway far away", FULL.replace("https://sms", "http://sms"), "https address"],
  [
    "mail without encryption far away",
    FULL.replace("security: starttls", "security: none"),
    "on this machine",
  ],
  ["a text message without text", FULL.replace('"{text}" }', '"x" }'), "must hold {text}"],
])("refuses %s, naming the key", (_, text, says) => {
  expect(faultsOf(text)).toContain(says);
});

it("names a variable that is not set or holds no address, and shows no value", () => {
  const none = faultsOf(FULL, () => null);
  expect(none).toContain("sinks.chat.urlFrom: the variable TIPOFF_ALERT_CHAT_URL is not set");
  expect(none).toContain(
    "sinks.phone.secretFields.key: the variable TIPOFF_ALERT_SMS_KEY is not set",
  );
  const wrong = faultsOf(FULL, () => new Secret("http://elsewhere.example.com/token"));
  expect(wrong).toContain("TIPOFF_ALERT_CHAT_URL");
  expect(wrong).not.toContain("elsewhere");
});

it("takes secrets out of a text in every spelling of theirs, and leaves words alone", () => {
  const pem = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2Vw\n-----END PRIVATE KEY-----\n";
  const scrub = createScrubber([new Secret('pass/word "1"'), new Secret("short"), new Secret(pem)]);
  const text = `pass/word "1", ${encodeURIComponent('pass/word "1"')}, ${JSON.stringify('pass/word "1"')}`;
  expect(scrub(text)).toBe('[secret], [secret], "[secret]"');
  expect(scrub("a short word")).toBe("a short word");
  expect(scrub(pem)).not.toContain("MC4CAQAwBQYDK2Vw");
});
