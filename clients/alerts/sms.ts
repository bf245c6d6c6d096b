import type { Secret } from "../../runtime/secret.ts";
import { post } from "./post.ts";
import { type AlertMessage, type AlertSink, plainText } from "./sink.ts";

/** Two parts of a text message: enough to wake somebody. */
const SMS_MAX = 300;

/** How an SMS gateway is asked: each has its own names for number, text and key. */
export interface SmsGateway {
  readonly name: string;
  readonly url: string;
  readonly method: "POST" | "GET";
  /** `form` and `json` are bodies; a GET puts the fields into the query. */
  readonly encoding: "form" | "json";
  /** `{text}` in a value stands for the message. */
  readonly fields: Readonly<Record<string, string>>;
  readonly secretFields: Readonly<Record<string, Secret>>;
  /** Value of the header `authorization`. */
  readonly authorization: Secret | null;
}

/** Sends text messages through an HTTP gateway. */
export function createSmsSink(gateway: SmsGateway): AlertSink {
  return {
    name: gateway.name,
    kind: "sms",
    send: (message) => post(requestOf(gateway, message)),
  };
}

function requestOf(gateway: SmsGateway, message: AlertMessage): Parameters<typeof post>[0] {
  const text = plainText(message, SMS_MAX);
  const fields = {
    ...map(gateway.fields, (value) => value.replaceAll("{text}", text)),
    ...map(gateway.secretFields, (value) => value.reveal()),
  };
  const { method, encoding } = gateway;
  const authorization = gateway.authorization
    ? { authorization: gateway.authorization.reveal() }
    : {};
  if (method === "GET") {
    const url = new URL(gateway.url);
    for (const [name, value] of Object.entries(fields)) url.searchParams.set(name, value);
    return { method, url: url.href, headers: authorization };
  }
  const isForm = encoding === "form";
  const type = isForm ? "application/x-www-form-urlencoded" : "application/json";
  return {
    method,
    url: gateway.url,
    headers: { ...authorization, "content-type": type },
    body: isForm ? new URLSearchParams(fields).toString() : JSON.stringify(fields),
  };
}

function map<From, To>(
  record: Readonly<Record<string, From>>,
  turn: (value: From) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, turn(value)]));
}
