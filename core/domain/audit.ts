/** What an audit row can tell: acts that change what the system may do, order requests, venue responses. */
export const AUDIT_KINDS = [
  "config",
  "limits",
  "kill",
  "resume",
  "breaker-tripped",
  "breaker-released",
  "stage",
  "lock",
  "rollback",
  "key",
  "partner",
  "alert-acknowledged",
  "drill",
  "manual-item",
  "pause",
  "schedule",
  "incident",
  "audit-anchored",
  "judgement",
  "plan",
  "order-request",
  "order-not-sent",
  "cancel-request",
  "venue-response",
] as const;
/** One kind of audit row. */
export type AuditKind = (typeof AUDIT_KINDS)[number];
