import { TradingError } from "../../core/domain/errors.ts";
import type { Venue } from "../../core/domain/venue.ts";
import { toBook, toEvent, toExchangeStatus, toFeeSchedule, toMarket } from "./mapper.ts";
import type { KalshiRest } from "./rest.ts";
import {
  EventAnswer,
  EventsPage,
  ExchangeStatusWire,
  MarketAnswer,
  OrderBookAnswer,
  SeriesAnswer,
} from "./wire.ts";

const EVENTS_PER_PAGE = 200;

/** The venue's public side. */
export type MarketData = Pick<
  Venue,
  "exchangeStatus" | "events" | "market" | "feeSchedule" | "orderBook"
>;

export function createMarketData(rest: KalshiRest): MarketData {
  return {
    async exchangeStatus() {
      return toExchangeStatus(await rest.read("/exchange/status", {}, ExchangeStatusWire));
    },

    async events({ seriesTicker, status }) {
      const query = {
        series_ticker: seriesTicker,
        status,
        with_nested_markets: true,
        limit: EVENTS_PER_PAGE,
      };
      const events = await rest.pages("/events", query, EventsPage, (page) => page.events);
      return events.map(toEvent);
    },

    async market(ticker) {
      const answer = await rest.find(`/markets/${encodeURIComponent(ticker)}`, {}, MarketAnswer);
      if (answer !== null) return toMarket(answer.market);
      // Archived markets leave the live set for good.
      const path = `/historical/markets/${encodeURIComponent(ticker)}`;
      const archived = await rest.find(path, {}, MarketAnswer);
      return archived === null ? null : toMarket(archived.market);
    },

    async feeSchedule(seriesTicker, eventTicker) {
      const [{ series }, { event }] = await Promise.all([
        rest.read(`/series/${encodeURIComponent(seriesTicker)}`, {}, SeriesAnswer),
        rest.read(`/events/${encodeURIComponent(eventTicker)}`, {}, EventAnswer),
      ]);
      return toFeeSchedule(
        event.fee_type_override ?? series.fee_type,
        event.fee_multiplier_override ?? series.fee_multiplier,
      );
    },

    async orderBook(ticker) {
      const path = `/markets/${encodeURIComponent(ticker)}/orderbook`;
      const answer = await rest.find(path, { depth: 0 }, OrderBookAnswer);
      if (answer === null) {
        throw new TradingError("VENUE_REFUSED", { path, status: 404, code: "not_found" });
      }
      return toBook(ticker, answer);
    },
  };
}
