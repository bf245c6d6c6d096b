const NETWORK = new Set([
  ...["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT"],
  ...["ENOTFOUND", "EAI_AGAIN"], // Names: not there, and no word on them now.
]);
/**
 * Classes of PostgreSQL's codes: connection, resources (disk, memory, sessions), operator, system; and the
 * code of a server that only reads, as one does that has not taken over yet.
 */
const AWAY_CLASS = /^(08|25006|53|57P|58|XX)/;
/** What the driver says when a connection ends under a query; it gives these no code. */
const DRIVER =
  /connection terminated|connection error|timeout exceeded when trying to connect|client was closed|query read timeout/i;

/** Whether an error means that the database cannot be reached or cannot work now: worth a retry. */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError) return error.errors.some(isDatabaseAway);
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  return NETWORK.has(code) || AWAY_CLASS.test(code) || DRIVER.test(error.message);
}
