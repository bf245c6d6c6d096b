import { generateKeyPairSync } from "node:crypto";
import { createRateBudget, type RateBudget } from "../../clients/http/token-bucket.ts";
import { createKalshiVenue } from "../../clients/kalshi/venue.ts";
import type { Mode } from "../../core/domain/decision.ts";
import { instant } from "../../core/domain/units.ts";
import type { Venue } from "../../core/domain/venue.ts";
import { createLogger } from "../../runtime/log.ts";
import { Secret } from "../../runtime/secret.ts";
import type { Answer } from "./wire-server.ts";

/** A key that signs fast, for clients whose server does not check. */
export const TEST_KEY = new Secret(
  generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
);

/** The wall as a run clock of speed 1. */
export const WALL = { now: () => instant(Date.now()), speed: 1 };

/** Waits until something holds; the test's own timeout is the bound. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** A budget that nothing in a test uses up. */
export const AMPLE = {
  read: { refillPerSecond: 100_000, capacity: 100_000 },
  write: { refillPerSecond: 100_000, capacity: 100_000 },
};

export const SILENT = createLogger({ level: "silent", service: "test" });

/** How long a request may take: answers come at once, save where the machine is busy. */
export const PATIENT_MS = 5_000;
/** For answers that never come. */
export const IMPATIENT_MS = 200;

/** The patience that a request deserves. */
export const patienceFor = (answer: Answer): number =>
  answer === "hang" ? IMPATIENT_MS : PATIENT_MS;

/** A client of the exchange at `url`, without chance. */
export function testVenue(
  url: string,
  mode: Mode,
  bucket: RateBudget = createRateBudget(WALL, AMPLE),
  readTimeoutMs = PATIENT_MS,
): Venue {
  return createKalshiVenue({
    mode,
    restUrl: `${url}/trade-api/v2`,
    keyId: "key-1",
    privateKeyPem: TEST_KEY,
    clock: WALL,
    log: SILENT,
    bucket,
    readTimeoutMs,
    jitter: () => 0,
  });
}

/** An error in the shape the live venue uses. */
export const refused = (status: number, code: string): Extract<Answer, { json: unknown }> => ({
  status,
  json: { error: { code, message: `it is ${code}` } },
});
