"""Tree models and what CatBoost and LightGBM themselves predict with them, for core/models/trees.

    python3 -m venv /tmp/trees
    /tmp/trees/bin/pip install -r tools/train/requirements.txt
    /tmp/trees/bin/python test/references/make_trees.py

Writes `trees/`: each model as its library saves it, and `rows.json` with 1,000 random rows (null is
missing; categories that no model has seen and negative ones among them) and every model's
predictions of them. The tests read the models, evaluate the rows and compare to 1e-9.
"""

import json
from pathlib import Path

import lightgbm
import numpy as np
from catboost import CatBoostClassifier, CatBoostRegressor, Pool

HERE = Path(__file__).parent / "trees"
NAMES = ["price", "lead", "range", "ratio", "team", "phase"]
NUMERIC, ROWS = 4, 1000


def sample(seed, count, categories):
    """Numbers, some missing, some exactly zero; two categories, the first with gaps in its codes."""
    chance = np.random.default_rng(seed)
    table = np.round(chance.normal(size=(count, len(NAMES))), 3)
    table[chance.random(table.shape) < 0.12] = np.nan
    table[chance.random(table.shape) < 0.08] = 0.0
    table[:, 4] = chance.integers(*categories, size=count) * 3
    table[:, 5] = chance.integers(-1, 4, size=count)
    return table


def truth(table, seed):
    known = np.nan_to_num(table, nan=0.7)
    noise = np.random.default_rng(seed).normal(size=len(table))
    team = np.isin(table[:, 4], [6, 33, 99]) * 1.5
    return known[:, 0] - known[:, 1] * known[:, 2] + team - (table[:, 5] == 2) + noise


def catboost_rows(table):
    """CatBoost takes categories as text; a missing one is a category that it has never seen."""
    category = lambda value: "missing" if np.isnan(value) else str(int(value))
    return [[*row[:NUMERIC], category(row[4]), category(row[5])] for row in table]


def catboost(name, model, train, target, rows):
    model.set_params(allow_writing_files=False, verbose=0, random_seed=7, thread_count=1)
    categories = [4, 5] if "plain" not in name else []
    shaped = catboost_rows if categories else (lambda table: table)
    pool = Pool(shaped(train), target, cat_features=categories, feature_names=NAMES)
    model.fit(pool)
    path = HERE / f"{name}.json"
    model.save_model(str(path), format="json", pool=pool)
    # The same values without the spaces, which are most of the file.
    path.write_text(json.dumps(json.loads(path.read_text()), separators=(",", ":")) + "\n")
    if hasattr(model, "predict_proba"):
        return model.predict_proba(shaped(rows))[:, 1]
    return model.predict(shaped(rows))


def lightgbm_model(name, settings, train, target, rows):
    data = lightgbm.Dataset(train, target, feature_name=NAMES, categorical_feature=[4, 5])
    fixed = {"verbose": -1, "num_threads": 1, "deterministic": True, "seed": 7, "num_leaves": 12,
             "min_data_in_leaf": 10, "min_data_per_group": 10, "cat_smooth": 1}
    booster = lightgbm.train({**fixed, **settings}, data, num_boost_round=30)
    booster.save_model(str(HERE / f"{name}.txt"))
    return booster.predict(rows)


def main():
    HERE.mkdir(exist_ok=True)
    train = sample(1, 4000, (0, 30))
    rows = sample(2, ROWS, (-2, 50))
    rows[np.random.default_rng(3).random(ROWS) < 0.05, 4] = np.nan
    rows[np.random.default_rng(4).random(ROWS) < 0.05, 5] = np.nan
    value = truth(train, 5)
    won, count = (value > 0).astype(int), np.floor(np.exp(np.clip(value, -3, 3)))
    one_hot = {"one_hot_max_size": 255, "depth": 5, "iterations": 30}
    predictions = {
        "catboost-logloss": catboost("catboost-logloss", CatBoostClassifier(**one_hot), train, won, rows),
        "catboost-max": catboost("catboost-max", CatBoostRegressor(nan_mode="Max", **one_hot), train, value, rows),
        "catboost-plain": catboost("catboost-plain", CatBoostRegressor(
            loss_function="Poisson", depth=4, iterations=20), train, count, rows),
        "lightgbm-binary": lightgbm_model(
            "lightgbm-binary", {"objective": "binary", "sigmoid": 1.5}, train, won, rows),
        "lightgbm-zero": lightgbm_model(
            "lightgbm-zero", {"objective": "poisson", "zero_as_missing": True}, train, count, rows),
        "lightgbm-none": lightgbm_model(
            "lightgbm-none", {"objective": "regression", "use_missing": False}, train, value, rows),
    }
    # A column that says something only by being missing: LightGBM splits it at infinity.
    by_absence = np.where(np.isnan(train[:, 3]), value + 3, value)
    predictions["lightgbm-absence"] = lightgbm_model(
        "lightgbm-absence", {"objective": "regression"}, train, by_absence, rows)
    plain = lambda number: None if np.isnan(number) else float(number)
    content = {
        "features": NAMES,
        "rows": [[plain(number) for number in row] for row in rows],
        "predictions": {name: list(map(float, found)) for name, found in predictions.items()},
    }
    (HERE / "rows.json").write_text(json.dumps(content, separators=(",", ":"), allow_nan=False) + "\n")


if __name__ == "__main__":
    main()
