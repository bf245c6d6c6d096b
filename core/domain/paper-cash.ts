/** What a paper account may begin with, dollars. */
export const STARTING_CASH_USD = { min: 1, max: 10_000_000 } as const;

/**
 * What a night may be loaded with at most, dollars: an account goes on from night to night, also one that has grown
 * beyond what any begins with. Its micro-dollars are still exact nine times over in sums.
 */
export const ACCOUNT_CASH_USD_MAX = 1_000_000_000;
