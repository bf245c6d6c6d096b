import type { VenueSettings } from "./tipoff-config.ts";

/** Where the venue answers: its REST address for orders and account, that for public data, its stream. */
export interface VenueAddresses {
  /** Up to and with `/trade-api/v2`. */
  readonly orders: string;
  readonly marketData: string;
  /** Up to and with `/trade-api/ws/v2`. */
  readonly stream: string;
}

/** The word for the exchange that runs in the home, whose port the home chooses. */
export const LOCAL = "local";

/** Everything at the home's own exchange. */
export const ALL_LOCAL: VenueSettings = { orders: LOCAL, marketData: LOCAL, stream: LOCAL };

/** The addresses that settings mean in a home whose exchange answers at `exchangeUrl`. */
export function venueAddresses(settings: VenueSettings, exchangeUrl: string): VenueAddresses {
  const rest = `${exchangeUrl}/trade-api/v2`;
  const stream = `${exchangeUrl.replace(/^http/, "ws")}/trade-api/ws/v2`;
  const meant = (setting: string, local: string): string => (setting === LOCAL ? local : setting);
  return {
    orders: meant(settings.orders, rest),
    marketData: meant(settings.marketData, rest),
    stream: meant(settings.stream, stream),
  };
}
