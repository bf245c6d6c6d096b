"""GAME-NIGHT on backtrader, event mode: every quote is a bar, orders fill at the next bar's open.

    python peer_backtrader.py NIGHT.csv

The open of a bar is the price of the one before, so an order fills at the price it was decided on.
Prints one JSON line.
"""

import datetime
import hashlib
import json
import resource
import sys
import time

import backtrader as bt

CONTRACTS = 10
OPENING_QUOTES, OPENING_DISCOUNT = 600, 4
WINDOW, WINDOW_RANGE, ABOVE_LOW = 300, 6, 0.5
DIPS, LAST_ENTRY = 3, 8900
TARGET, STOP = 6, 5
FIRST_DAY = bt.date2num(datetime.datetime(2026, 1, 1))
SECONDS_A_DAY = 86_400


class Prices(bt.feed.DataBase):
    """One game's prices as bars of a second."""

    params = (("prices", None),)

    def start(self):
        super().start()
        self.second = 0

    def _load(self):
        prices, second = self.p.prices, self.second
        if second == len(prices):
            return False
        close = prices[second]
        opened = prices[max(0, second - 1)]
        bar = self.lines
        bar.datetime[0] = FIRST_DAY + second / SECONDS_A_DAY
        bar.open[0], bar.close[0] = opened, close
        bar.high[0], bar.low[0] = max(opened, close), min(opened, close)
        bar.volume[0], bar.openinterest[0] = 1, 0
        self.second += 1
        return True


class Table:
    """What is remembered of one game."""

    def __init__(self, data, model):
        self.data, self.model = data, model
        self.high = bt.ind.Highest(data.close, period=WINDOW)
        self.low = bt.ind.Lowest(data.close, period=WINDOW)
        self.mean = bt.ind.SMA(data.close, period=WINDOW)
        self.has_opened = self.is_waiting = False
        self.dips = 0


class Rules(bt.Strategy):
    params = (("models", None),)

    def __init__(self):
        self.tables = [Table(data, model) for data, model in zip(self.datas, self.p.models)]
        self.numbers = {id(data): number for number, data in enumerate(self.datas)}
        self.entries = 0
        self.result = 0.0
        self.closed = 0
        self.fees = 0
        self.fills = []

    def notify_order(self, order):
        if order.status in (order.Submitted, order.Accepted):
            return
        number = self.numbers[id(order.data)]
        self.tables[number].is_waiting = False
        if order.status != order.Completed:
            raise RuntimeError(f"an order of game {number} came to status {order.getstatusname()}")
        price = round(order.executed.price * 10)
        fee = -(-7 * CONTRACTS * price * (1000 - price) // 10_000) * 100
        self.fees += fee
        self.fills.append(f"{number} {'bid' if order.isbuy() else 'ask'} {price} {fee}")

    def notify_trade(self, trade):
        if trade.isclosed:
            self.closed += 1
            self.result += trade.pnl

    def prenext(self):
        self.next()

    def next(self):
        for table in self.tables:
            if not table.is_waiting:
                self.look(table)

    def look(self, table):
        data = table.data
        second, price = len(data) - 1, data.close[0]
        position = self.getposition(data)
        if position.size:
            if price >= position.price + TARGET or price <= position.price - STOP:
                table.is_waiting = True
                self.close(data)
        elif second < OPENING_QUOTES:
            if not table.has_opened and price <= table.model - OPENING_DISCOUNT:
                table.has_opened = True
                self.enter(table)
        elif table.dips < DIPS and second < LAST_ENTRY:
            low = table.low[0]
            if table.high[0] - low >= WINDOW_RANGE and price <= low + ABOVE_LOW:
                table.dips += 1
                self.enter(table)

    def enter(self, table):
        table.is_waiting = True
        self.entries += 1
        self.buy(table.data, size=CONTRACTS)


def read(path):
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            _, model, home_wins, prices = line.split(",")
            yield float(model), home_wins == "1", [float(price) for price in prices.split()]


def main():
    games = list(read(sys.argv[1]))
    began = time.perf_counter()
    cerebro = bt.Cerebro(stdstats=False, runonce=False, preload=False)
    for number, (_, _, prices) in enumerate(games):
        cerebro.adddata(Prices(prices=prices), name=str(number))
    cerebro.addstrategy(Rules, models=[model for model, _, _ in games])
    cerebro.broker.setcash(1e7)
    rules = cerebro.run()[0]
    seconds = time.perf_counter() - began
    settled = 0
    for table, (_, home_wins, _) in zip(rules.tables, games):
        position = rules.getposition(table.data)
        if position.size:
            settled += 1
            rules.result += ((100 if home_wins else 0) - position.price) * position.size
    checksum = {
        "entries": rules.entries,
        "closed": rules.closed + settled,
        "settled": settled,
        "result": round(rules.result * 10),
        "fees": rules.fees,
        "fills": hashlib.sha256("\n".join(rules.fills).encode()).hexdigest(),
    }
    quotes = sum(len(prices) for _, _, prices in games)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"rate": round(quotes / seconds), "peakMb": peak, "checksum": checksum}))


if __name__ == "__main__":
    main()
