"""Fits the two models: CatBoost for the entry, LightGBM for how long to hold."""

from dataclasses import dataclass

import lightgbm
import numpy as np
from catboost import CatBoostClassifier, Pool
from sklearn.linear_model import LogisticRegression

from folds import inner_split
from policy import least_hold, tradable_price

PATIENCE = 40
INNER_SHARE = 0.2


@dataclass(frozen=True)
class Settings:
    iterations: int = 400
    depth: int = 4
    learning_rate: float = 0.03
    exit_learning_rate: float = 0.1
    min_rows_in_leaf: int = 200
    threads: int = 2
    seed: int = 7
    embargo_ms: int = 0


@dataclass(frozen=True)
class Leave:
    """The exit model, and the hold in seconds at or below which it says to leave; 0 never says so."""

    model: lightgbm.Booster
    least_hold: float

    def leaves(self, values):
        return (self.model.predict(values) <= self.least_hold) & (self.least_hold > 0)


def game_weights(frame):
    """Each game counts once, however many rows it has."""
    return (1 / frame.groupby("game_id")["game_id"].transform("size")).to_numpy()


def split_rows(frame, games, settings):
    """Rows that are learned from, and rows of the last dates that say when to stop."""
    inner = inner_split(games, INNER_SHARE, settings.embargo_ms)
    return frame["game_id"].isin(inner.train).to_numpy(), frame["game_id"].isin(inner.test).to_numpy()


def fit_entry(frame, features, label, games, settings):
    """@returns the model of all rows, as many trees as the inner split found best."""
    learned, stopping = split_rows(frame, games, settings)
    weights = game_weights(frame)

    def pool(rows):
        return Pool(frame.loc[rows, features].to_numpy(), label[rows], weight=weights[rows], feature_names=features)

    def model(iterations):
        return CatBoostClassifier(
            loss_function="Logloss", iterations=iterations, depth=settings.depth,
            learning_rate=settings.learning_rate, l2_leaf_reg=10, border_count=64, nan_mode="Min",
            random_seed=settings.seed, thread_count=settings.threads, has_time=True,
            allow_writing_files=False, verbose=False)

    stopped = model(settings.iterations)
    stopped.fit(pool(learned), eval_set=pool(stopping), early_stopping_rounds=PATIENCE, use_best_model=True)
    final = model(max(1, stopped.tree_count_))
    final.fit(pool(np.ones(len(frame), dtype=bool)))
    return final


def fit_exit(frame, features, holding, games, settings, rules):
    """@returns the booster of all rows with a label, as many trees and the least hold as the inner split found best."""
    target = holding.seconds
    known = ~np.isnan(target)
    learned, stopping = (rows & known for rows in split_rows(frame, games, settings))
    weights = game_weights(frame)
    parameters = {
        "objective": "regression", "metric": "l2", "learning_rate": settings.exit_learning_rate,
        "num_leaves": 2 ** settings.depth - 1, "min_data_in_leaf": settings.min_rows_in_leaf,
        "lambda_l2": 10, "feature_fraction": 0.7, "seed": settings.seed, "deterministic": True,
        "force_row_wise": True, "num_threads": settings.threads, "verbosity": -1}

    def data(rows):
        return lightgbm.Dataset(
            frame.loc[rows, features].to_numpy(), target[rows], weight=weights[rows], feature_name=features,
            free_raw_data=False)

    stopped = lightgbm.train(
        parameters, data(learned), settings.iterations, valid_sets=[data(stopping)],
        callbacks=[lightgbm.early_stopping(PATIENCE, verbose=False)])
    judged = stopping & tradable_price(frame, rules)
    hold = stopped.predict(frame.loc[judged, features].to_numpy(), num_iteration=stopped.best_iteration)
    least = least_hold(hold, holding.gain_cents[judged], frame.loc[judged, "game_id"].to_numpy())
    return Leave(lightgbm.train(parameters, data(known), max(1, stopped.best_iteration)), least)


def fit_market(frame, label):
    """The market's price alone: a probability from the mid in log-odds, by the same rows and weights."""
    model = LogisticRegression(C=1e6)
    model.fit(log_odds(frame), label, sample_weight=game_weights(frame))
    return model


def log_odds(frame):
    price = np.clip(frame["mid"].to_numpy() / 100, 0.005, 0.995)
    return np.log(price / (1 - price)).reshape(-1, 1)
