"""Reads the CSV that `tipoff features export` writes, and refuses one that is not what it must be."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from fees import taker_fee

HEAD = ["game_id", "market", "source", "instant_ms", "knownAt_ms", "yes_bid", "yes_ask", "mid"]
PRICES = ["yes_bid", "yes_ask", "mid"]
TAIL = ["label_settled", "label_exit_value_c", "seconds_to_close"]
# What is known only afterwards. It is never a feature.
LABELS = {"label_settled", "label_exit_value_c"}
TEXT = {"game_id": str, "market": str, "source": str}
WORLD = "world:"
# A night ends in the small hours of the next day, Eastern time.
NIGHT_ENDS = pd.Timedelta(hours=6)


class BadTable(Exception):
    """A file that cannot be trained on: the message says where and why."""


@dataclass(frozen=True)
class Table:
    """Rows in play by market and time, prices in cents, with `date`, `tradable`, and one row per game in `games`."""

    frame: pd.DataFrame
    features: list[str]
    games: pd.DataFrame
    sha256: str
    kind: str
    seeds: list[int]
    dropped: dict[str, int]


def read(path, tip_delay_seconds=600.0):
    """`tip_delay_seconds`: where no score is known a game counts as played from then on, as the strategy has it."""
    try:
        frame = pd.read_csv(path, dtype=TEXT, na_values=[""], keep_default_na=False)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise BadTable(f"{path}: is no CSV: {error}") from error
    features = columns_of(path, list(frame.columns))
    if frame.empty:
        raise BadTable(f"{path}: has no rows")
    for column in frame.columns:
        if column not in TEXT and not pd.api.types.is_numeric_dtype(frame[column]):
            raise BadTable(f"{path}: column {column} holds something that is no number")
    rows = len(frame)
    check_rows(path, frame)
    kind, seeds = origin_of(path, frame["source"])
    frame = frame[frame["label_settled"].notna()].copy()
    if frame.empty:
        raise BadTable(f"{path}: no game of it has settled")
    frame = frame.sort_values(["market", "instant_ms"], kind="stable").reset_index(drop=True)
    frame[features] = frame[features].astype(float)
    frame[PRICES] = (frame[PRICES].astype(float) * 100).round(6)
    unsettled = rows - len(frame)
    # Where the strategy is never asked there is nothing to learn for it.
    played = in_play(frame, tip_delay_seconds)
    frame = frame[played].reset_index(drop=True)
    if frame.empty:
        raise BadTable(f"{path}: has no rows in play")
    quoted = frame["yes_bid"].notna() & frame["yes_ask"].notna()
    # Where ask and fee leave nothing to win there is no trade to learn from.
    frame["tradable"] = quoted & (frame["yes_ask"] + taker_fee(frame["yes_ask"]) < 100)
    games = games_of(frame)
    frame["date"] = frame["game_id"].map(games["date"])
    dropped = {
        "not settled": int(unsettled), "not in play": int((~played).sum()), "no trade possible": int((~frame["tradable"]).sum())}
    return Table(frame, features, games, sha256_of(path), kind, seeds, dropped)


def in_play(frame, tip_delay_seconds):
    """Whether a believed score says that the game is played; by the scheduled tip in games that never show one."""
    if "game_period" not in frame or "game_seconds_to_tip" not in frame:
        return np.ones(len(frame), dtype=bool)
    scored = frame["game_period"].notna()
    blind = ~scored.groupby(frame["game_id"]).transform("any")
    return (scored | (blind & (frame["game_seconds_to_tip"] <= -tip_delay_seconds))).to_numpy()


def sha256_of(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def columns_of(path, columns):
    head, features, tail = columns[: len(HEAD)], columns[len(HEAD) : -len(TAIL)], columns[-len(TAIL) :]
    for found, expected in ((head, HEAD), (tail, TAIL)):
        if found != expected:
            raise BadTable(f"{path}: expected the columns {expected}, found {found}")
    if not features:
        raise BadTable(f"{path}: has no feature columns between {HEAD[-1]} and {TAIL[0]}")
    return features


def check_rows(path, frame):
    def refuse(wrong, what):
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            raise BadTable(f"{path}: line {row + 2}: {what} ({int(wrong.sum())} lines)")

    refuse(frame["game_id"].isna() | frame["market"].isna(), "no game or market")
    known = frame["source"].str.fullmatch(rf"recording|{WORLD}\d+").fillna(False).astype(bool)
    refuse(~known, "source is neither recording nor world:SEED")
    refuse(frame["instant_ms"].isna(), "no instant_ms")
    refuse(frame["knownAt_ms"] > frame["instant_ms"], "knownAt_ms is after instant_ms: it looks ahead")
    refuse(~frame["label_settled"].isin([0, 1]) & frame["label_settled"].notna(), "label_settled is not 0 or 1")
    for price in PRICES:
        refuse((frame[price] < 0) | (frame[price] > 1), f"{price} is outside 0 to 1 USD")
    refuse(frame["yes_bid"] > frame["yes_ask"], "yes_bid is above yes_ask")
    refuse(frame.duplicated(["market", "instant_ms"]), "market and instant_ms are there twice")
    outcomes = frame.groupby("market")["label_settled"].transform("nunique")
    refuse(outcomes > 1, "a market settles both ways")


def origin_of(path, sources):
    """What all of it was made of, and the seeds: of every row, also of those that nothing is learned from."""
    names = sources.unique()
    worlds = [name for name in names if name.startswith(WORLD)]
    if worlds and len(worlds) < len(names):
        raise BadTable(f"{path}: rows of worlds and of recordings together: a model is of one of them")
    return ("world" if worlds else "recording"), sorted(int(name.removeprefix(WORLD)) for name in worlds)


def games_of(frame):
    """First and last instant of each game, and the trading date it belongs to."""
    games = frame.groupby("game_id")["instant_ms"].agg(first="min", last="max")
    last = pd.to_datetime(games["last"], unit="ms", utc=True).dt.tz_convert("America/New_York")
    games["date"] = (last - NIGHT_ENDS).dt.strftime("%Y-%m-%d")
    return games.sort_values(["date", "first"], kind="stable")
