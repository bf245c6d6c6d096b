import { z } from "zod";
import { SECRET_VARIABLE } from "./config.ts";
import { configInvalid, parseConfigText, readConfigText, whole } from "./config-file.ts";
import type { Secret } from "./secret.ts";

const error = { error: "expected a text" };
const text = z.string(error).min(1, error);
const variable = z.string(error).regex(SECRET_VARIABLE, {
  error: "expected the name of a variable that begins with TIPOFF_ALERT_",
});
const oneOf = <const Words extends readonly string[]>(
  words: Words,
): z.ZodEnum<{ [W in Words[number]]: W }> =>
  z.enum(words, { error: `expected ${words.join(" or ")}` });
/** Over the network only encrypted; a server on this machine may be plain. */
const isSafeUrl = (url: string): boolean => {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return protocol === "https:" || (protocol === "http:" && isLoopback(hostname));
};
const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(host);
const URL_RULE = "expected an https address, or http on this machine";

const common = {
  least: oneOf(["warning", "critical"]),
  joinsAtRepeat: whole(0, 10),
  gatherSeconds: whole(0, 3_600),
};

const Terminal = z.strictObject({ kind: z.literal("terminal"), ...common });
const Webhook = z.strictObject({
  kind: z.literal("webhook"),
  ...common,
  shape: oneOf(["discord", "slack"]),
  urlFrom: variable,
});
const Email = z
  .strictObject({
    kind: z.literal("email"),
    ...common,
    host: text,
    port: whole(1, 65_535),
    security: oneOf(["tls", "starttls", "none"]),
    user: text.nullable(),
    passwordFrom: variable.nullable(),
    from: text,
    to: z.array(text, { error: "expected a list of addresses" }).min(1),
  })
  .refine(({ user, passwordFrom }) => (user === null) === (passwordFrom === null), {
    error: "user and passwordFrom belong together",
    path: ["passwordFrom"],
  })
  .refine(({ security, host }) => security !== "none" || isLoopback(host), {
    error: "expected tls or starttls: none is for a server on this machine",
    path: ["security"],
  });
const Sms = z.strictObject({
  kind: z.literal("sms"),
  ...common,
  url: z.string(error).refine(isSafeUrl, { error: URL_RULE }),
  method: oneOf(["POST", "GET"]),
  encoding: oneOf(["form", "json"]),
  fields: z
    .record(text, z.string(error))
    .refine((fields) => Object.values(fields).some((value) => value.includes("{text}")), {
      error: "one field must hold {text}",
    }),
  secretFields: z.record(text, variable),
  authorizationFrom: variable.nullable(),
});

const AlertsFile = z
  .strictObject({
    repeatSeconds: whole(10, 86_400),
    silentSeconds: whole(5, 3_600),
    lostSeconds: whole(2, 3_600),
    unknownOrderSeconds: whole(5, 3_600),
    sinks: z.record(
      z.string().regex(/^[a-z][a-z0-9-]{0,30}$/),
      z.discriminatedUnion("kind", [Terminal, Webhook, Email, Sms], {
        error: "expected terminal, webhook, email or sms",
      }),
      { error: "expected sinks by name" },
    ),
  })
  .refine(({ sinks }) => Object.values(sinks).some(({ joinsAtRepeat }) => joinsAtRepeat === 0), {
    error: "one sink must have joinsAtRepeat 0: it hears critical alerts first",
    path: ["sinks"],
  });
type AlertsFile = z.infer<typeof AlertsFile>;

/** A sink as it is configured, by its name, its secrets in hand. */
export type SinkSettings = {
  readonly name: string;
  /** The least severity it is told. */
  readonly least: "warning" | "critical";
  /** Critical alerts reach it from this repeat on; 0 is at once. */
  readonly joinsAtRepeat: number;
  /** Warnings are gathered for so long and sent together. Wall milliseconds. */
  readonly gatherMs: number;
} & (
  | { readonly kind: "terminal" }
  | { readonly kind: "webhook"; readonly shape: "discord" | "slack"; readonly url: Secret }
  | (Omit<z.infer<typeof Email>, keyof typeof common | "passwordFrom"> & {
      readonly password: Secret | null;
    })
  | (Omit<z.infer<typeof Sms>, keyof typeof common | "secretFields" | "authorizationFrom"> & {
      readonly secretFields: Readonly<Record<string, Secret>>;
      readonly authorization: Secret | null;
    })
);

/** Who is told of what. Times are the wall's, in milliseconds. */
export interface AlertSettings {
  /** A critical alert that nobody has acknowledged is repeated after so long. */
  readonly repeatMs: number;
  /** A worker that gave no sign of life for so long is silent. */
  readonly silentMs: number;
  /** A service that has not answered for so long is lost. */
  readonly lostMs: number;
  /** An order that may or may not be at the venue for so long is told of. */
  readonly unknownOrderMs: number;
  readonly sinks: readonly SinkSettings[];
  /** Every secret of them, to be kept out of whatever is written. */
  readonly secrets: readonly Secret[];
}

/**
 * Reads who is told of what.
 *
 * @throws TradingError CONFIG_INVALID naming file, key and allowed range of every fault, and each variable
 *   that holds no secret or an address that cannot be used; never a value of one.
 */
export function loadAlerts(
  file: string,
  secretOf: (variable: string) => Secret | null,
): AlertSettings {
  const read = parseConfigText(file, readConfigText(file), AlertsFile);
  const faults: string[] = [];
  const secrets: Secret[] = [];
  const take = (name: string, at: string): Secret | null => {
    const secret = secretOf(name);
    if (secret === null) faults.push(`${at}: the variable ${name} is not set`);
    else secrets.push(secret);
    return secret;
  };
  const sinks = Object.entries(read.sinks).flatMap(([name, sink]) =>
    resolve(name, sink, take, faults),
  );
  if (faults.length > 0) throw configInvalid(file, faults);
  return {
    repeatMs: read.repeatSeconds * 1_000,
    silentMs: read.silentSeconds * 1_000,
    lostMs: read.lostSeconds * 1_000,
    unknownOrderMs: read.unknownOrderSeconds * 1_000,
    sinks,
    secrets,
  };
}

type Take = (variable: string, at: string) => Secret | null;

function resolve(
  name: string,
  { least, joinsAtRepeat, gatherSeconds, ...sink }: AlertsFile["sinks"][string],
  take: Take,
  faults: string[],
): readonly SinkSettings[] {
  const shared = { name, least, joinsAtRepeat, gatherMs: gatherSeconds * 1_000 };
  const at = `sinks.${name}`;
  switch (sink.kind) {
    case "terminal":
      return [{ ...shared, kind: sink.kind }];
    case "webhook": {
      const { kind, shape } = sink;
      const url = take(sink.urlFrom, `${at}.urlFrom`);
      if (url === null) return [];
      if (!isSafeUrl(url.reveal())) faults.push(`${at}.urlFrom: in ${sink.urlFrom}, ${URL_RULE}`);
      return [{ ...shared, kind, shape, url }];
    }
    case "email": {
      const { passwordFrom, ...rest } = sink;
      const password = passwordFrom === null ? null : take(passwordFrom, `${at}.passwordFrom`);
      return [{ ...shared, ...rest, password }];
    }
    case "sms": {
      const { secretFields: named, authorizationFrom, ...rest } = sink;
      const secretFields = Object.fromEntries(
        Object.entries(named).flatMap(([field, variable]) => {
          const secret = take(variable, `${at}.secretFields.${field}`);
          return secret === null ? [] : [[field, secret] as const];
        }),
      );
      const authorization =
        authorizationFrom === null ? null : take(authorizationFrom, `${at}.authorizationFrom`);
      return [{ ...shared, ...rest, secretFields, authorization }];
    }
  }
}
