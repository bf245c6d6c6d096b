/** The exchange of a test plays the night that its run is of. */
export const ONE_NIGHT = { isBetweenNights: () => Promise.resolve(false) } as const;
