import { v5, validate, version } from "uuid";
import type { ClientOrderId } from "../core/domain/order.ts";

/** Namespace of Tipoff's order ids: `v5("orders.tipoff", v5.DNS)`, fixed for ever. */
const NAMESPACE = v5("orders.tipoff", v5.DNS);

/**
 * The order's id, from the key that its workflow chose before anything was sent. The same key gives
 * the same id after any crash, so that a repeat is recognised here and at the venue.
 */
export function clientOrderIdOf(intentKey: string): ClientOrderId {
  // The one place where an id becomes an order's id.
  return v5(intentKey, NAMESPACE) as ClientOrderId;
}

/**
 * Whether an order at the venue bears an id such as we make. Whose it is, the books say: one that they
 * do not know was sent by us and forgotten, or by another that makes its ids as we do.
 */
export function isOfOurForm(clientOrderId: string | null): boolean {
  return clientOrderId !== null && validate(clientOrderId) && version(clientOrderId) === 5;
}
