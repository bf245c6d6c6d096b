import type { AccountDeps } from "../../activities/account.ts";

/** A hub of nobody: what is left of our orders changes no quote. */
export const NO_HUB: AccountDeps["hub"] = { ownOrder: () => undefined };
