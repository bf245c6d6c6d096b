import { generateKeyPairSync } from "node:crypto";
import { expect, it } from "vitest";
import { createSecretNet } from "./scrub.ts";
import { Secret } from "./secret.ts";

const PEM = generateKeyPairSync("ed25519")
  .privateKey.export({ type: "pkcs8", format: "pem" })
  .toString();
const BODY = PEM.split("\n")[1] ?? "";

it.each([
  ["a key", PEM, BODY],
  ["a key in JSON", JSON.stringify({ text: PEM }), BODY],
  ["a key that is cut off", `x ${PEM.slice(0, 60)}`, PEM.slice(30, 60)],
  ["the password of an address", "at postgres://tipoff:hunter22@localhost:5/db", "hunter22"],
  ["a bearer", "sent authorization: Bearer abc.def-123456", "abc.def-123456"],
  ["a field", '{"apiKey":"abc123","n":1}', "abc123"],
  ["a field in JSON in JSON", JSON.stringify({ body: '{"password":"hunter22"}' }), "hunter22"],
  ["a signature", '"KALSHI-ACCESS-SIGNATURE": "c2lnbmVk"', "c2lnbmVk"],
])("hides %s by its form", (_, text, secret) => {
  const net = createSecretNet([]);
  expect(text).toContain(secret);
  expect(net.scrub(text)).not.toContain(secret);
  expect(net.hidden).toBe(1);
});

it("hides what is known to be one, wherever it stands, line by line", () => {
  const net = createSecretNet([new Secret(PEM)]);
  expect(net.scrub(`a stray ${BODY} in a message`)).toBe("a stray [secret] in a message");
});

it("leaves everything else as it is, and keeps JSON readable", () => {
  const line =
    '{"level":30,"time":"2026-11-21T01:00:00.000Z","msg":"worker announced","workflows":3}';
  const net = createSecretNet([new Secret(PEM)]);
  expect(net.scrub(line)).toBe(line);
  expect(net.hidden).toBe(0);
  const hidden: unknown = JSON.parse(
    net.scrub('{"apiKey":"abc","note":"the apiKey is set","n":1}'),
  );
  expect(hidden).toEqual({ apiKey: "[secret]", note: "the apiKey is set", n: 1 });
});
