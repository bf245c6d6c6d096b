"""GAME-NIGHT on NautilusTrader: one binary option a game, bid and ask at the price, risk engine on.

    python peer_nautilus.py NIGHT.csv

A market order meets the quote that it was decided on, before the next one is read. After its last quote
each game gets one more, at 0 or 1, where the strategy sells what it holds: that is settlement, and is not
counted as a quote. Prints one JSON line.
"""

import hashlib
import json
import resource
import sys
import time
from collections import deque

import numpy as np
from nautilus_trader.backtest.config import BacktestEngineConfig
from nautilus_trader.backtest.engine import BacktestEngine
from nautilus_trader.backtest.models import FeeModel
from nautilus_trader.config import LoggingConfig
from nautilus_trader.model.currencies import USDC
from nautilus_trader.model.data import QuoteTick
from nautilus_trader.model.enums import AccountType, AssetClass, OmsType, OrderSide
from nautilus_trader.model.identifiers import InstrumentId, Symbol, Venue
from nautilus_trader.model.instruments import BinaryOption
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.trading.strategy import Strategy

CONTRACTS = 10
OPENING_QUOTES, OPENING_DISCOUNT = 600, 4.0
WINDOW, WINDOW_RANGE, ABOVE_LOW = 300, 6.0, 0.5
DIPS, LAST_ENTRY = 3, 8900
TARGET, STOP = 6.0, 5.0
NIGHT = Venue("NIGHT")
SECOND = 1_000_000_000
START = 1_767_225_600 * SECOND
CASH = 100_000


def tenths_of(dollars):
    """Tenths of a cent of a price in dollars."""
    return round(dollars * 1000)


def fee_of(tenths):
    """Micro-dollars: 7 % of p (1 - p) a contract, the order rounded up to 0.0001 USD."""
    return -(-7 * CONTRACTS * tenths * (1000 - tenths) // 10_000) * 100


class OrderFee(FeeModel):
    def get_commission(self, order, fill_qty, fill_px, instrument):
        return Money(fee_of(tenths_of(fill_px.as_double())) / 1e6, instrument.quote_currency)


class Extremes:
    """High and low of the last quotes."""

    __slots__ = ("highs", "lows")

    def __init__(self):
        self.highs, self.lows = deque(), deque()

    def push(self, second, price):
        for kept, is_spent in ((self.highs, price.__ge__), (self.lows, price.__le__)):
            while kept and is_spent(kept[-1][1]):
                kept.pop()
            kept.append((second, price))
            if kept[0][0] <= second - WINDOW:
                kept.popleft()


class Table:
    """What is remembered of one game."""

    __slots__ = ("number", "model", "quotes", "seen", "entry", "has_opened", "dips", "extremes")

    def __init__(self, number, model, quotes):
        self.number, self.model, self.quotes = number, model, quotes
        self.seen = self.dips = 0
        self.entry = None
        self.has_opened = False
        self.extremes = Extremes()


class Rules(Strategy):
    def __init__(self, tables):
        super().__init__()
        self.tables = tables
        self.contracts = Quantity.from_int(CONTRACTS)
        self.entries = self.closed = self.settled = self.result = self.fees = 0
        self.fills = []

    def on_start(self):
        for instrument_id in self.tables:
            self.subscribe_quote_ticks(instrument_id)

    def on_quote_tick(self, tick):
        instrument_id = tick.instrument_id
        table = self.tables[instrument_id]
        second = table.seen
        if second == table.quotes:
            if table.entry is not None:
                self.settled += 1
                self.send(instrument_id, OrderSide.SELL)
            return
        table.seen = second + 1
        price = tenths_of(tick.bid_price.as_double()) / 10
        table.extremes.push(second, price)
        entry = table.entry
        if entry is not None:
            if price >= entry + TARGET or price <= entry - STOP:
                self.sell_if_more_comes(table, instrument_id)
        elif second < OPENING_QUOTES:
            if not table.has_opened and price <= table.model - OPENING_DISCOUNT:
                table.has_opened = True
                self.enter(table, instrument_id)
        elif table.dips < DIPS and second < LAST_ENTRY:
            low = table.extremes.lows[0][1]
            if table.extremes.highs[0][1] - low >= WINDOW_RANGE and price <= low + ABOVE_LOW:
                table.dips += 1
                self.enter(table, instrument_id)

    def enter(self, table, instrument_id):
        self.entries += 1
        if table.seen < table.quotes:
            self.send(instrument_id, OrderSide.BUY)

    def sell_if_more_comes(self, table, instrument_id):
        if table.seen < table.quotes:
            self.send(instrument_id, OrderSide.SELL)

    def send(self, instrument_id, side):
        self.submit_order(self.order_factory.market(instrument_id, side, self.contracts))

    def on_order_filled(self, event):
        table = self.tables[event.instrument_id]
        tenths = tenths_of(event.last_px.as_double())
        is_buy = event.order_side == OrderSide.BUY
        if is_buy:
            table.entry = tenths / 10
        else:
            self.closed += 1
            self.result += (tenths - round(table.entry * 10)) * CONTRACTS
            table.entry = None
        fee = round(event.commission.as_double() * 1e6)
        self.fees += fee
        # What settlement pays is no fill.
        if table.seen < table.quotes or 0 < tenths < 1000:
            self.fills.append(f"{table.number} {'bid' if is_buy else 'ask'} {tenths} {fee}")

    def on_order_denied(self, event):
        raise RuntimeError(f"denied: {event}")

    def on_order_rejected(self, event):
        raise RuntimeError(f"rejected: {event}")


def option(number, quotes):
    symbol = Symbol(f"GAME{number}")
    return BinaryOption(
        instrument_id=InstrumentId(symbol, NIGHT),
        raw_symbol=symbol,
        asset_class=AssetClass.ALTERNATIVE,
        currency=USDC,
        price_precision=3,
        size_precision=0,
        price_increment=Price.from_str("0.001"),
        size_increment=Quantity.from_int(1),
        activation_ns=START,
        expiration_ns=START + quotes * SECOND,
        ts_event=START,
        ts_init=START,
    )


def ticks(instrument, prices, payout):
    dollars = np.array([*prices, payout]) / 100.0
    sizes = np.full(len(dollars), 1_000_000.0)
    times = START + np.arange(len(dollars), dtype=np.uint64) * SECOND
    return QuoteTick.from_raw_arrays_to_list(
        instrument.id, 3, 0, dollars, dollars, sizes, sizes, times, times
    )


def main():
    engine = BacktestEngine(config=BacktestEngineConfig(logging=LoggingConfig(log_level="ERROR")))
    engine.add_venue(
        venue=NIGHT,
        oms_type=OmsType.NETTING,
        account_type=AccountType.CASH,
        starting_balances=[Money(CASH, USDC)],
        fee_model=OrderFee(),
    )
    tables, data = {}, []
    with open(sys.argv[1], encoding="utf-8") as lines:
        for line in lines:
            number, model, home_wins, text = line.split(",")
            prices = [float(price) for price in text.split()]
            instrument = option(number, len(prices))
            engine.add_instrument(instrument)
            tables[instrument.id] = Table(int(number), float(model), len(prices))
            data += ticks(instrument, prices, 100.0 if home_wins == "1" else 0.0)
    engine.add_data(data)
    rules = Rules(tables)
    engine.add_strategy(rules)
    began = time.perf_counter()
    engine.run()
    seconds = time.perf_counter() - began
    quotes = sum(table.quotes for table in tables.values())
    checksum = {
        "entries": rules.entries,
        "closed": rules.closed,
        "settled": rules.settled,
        "result": rules.result,
        "fees": rules.fees,
        "fills": hashlib.sha256("\n".join(rules.fills).encode()).hexdigest(),
    }
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"rate": round(quotes / seconds), "peakMb": peak, "checksum": checksum}))
    engine.dispose()


if __name__ == "__main__":
    main()
