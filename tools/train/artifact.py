"""Writes an artifact: both models, rows to check an evaluator with, the card, and a manifest of hashes."""

import hashlib
import json
import os
import platform
from dataclasses import asdict
from importlib.metadata import version

import numpy as np

import card
from fit import INNER_SHARE, PATIENCE

SAMPLES = 200
LIBRARIES = ("catboost", "lightgbm", "numpy", "pandas", "scikit-learn")


def write(out, data, models, facts):
    """Appears whole or not at all: written beside its place, then moved there."""
    fresh = out.with_name(f"{out.name}.unfinished-{os.getpid()}")
    fresh.mkdir(parents=True)
    entry, leave = models
    entry.save_model(str(fresh / "entry.json"), format="json")
    # The values as CatBoost wrote them, without the spaces, which are most of the file.
    write_json(fresh / "entry.json", json.loads((fresh / "entry.json").read_text()), indent=None)
    leave.model.save_model(str(fresh / "exit.txt"))
    write_json(fresh / "samples.json", samples(data, entry, leave), indent=None)
    described = describe(data, models, facts)
    content = card.content(described, facts)
    write_json(fresh / "card.json", content)
    (fresh / "card.md").write_text(card.markdown(content), encoding="utf8")
    files = {path.name: sha256(path) for path in sorted(fresh.iterdir())}
    write_json(fresh / "manifest.json", {**described, "files": files})
    fresh.rename(out)


def describe(data, models, facts):
    options = facts["options"]
    entry, leave = models
    dates = data.games["date"]
    return {
        "schemaVersion": 1,
        "name": options.name,
        "trainedAt": options.trained_at,
        "commit": options.commit,
        "source": {
            "kind": data.kind, "described": options.described, "csvSha256": data.sha256,
            "rows": len(data.frame), "games": len(data.games), "from": dates.min(), "to": dates.max(),
            "seeds": data.seeds},
        "featureSet": options.feature_set,
        "features": data.features,
        "rules": {
            **{camel(name): value for name, value in asdict(facts["rules"]).items()},
            "minHoldSeconds": leave.least_hold, "horizonSeconds": options.horizon_seconds},
        "entry": {"file": "entry.json", "family": "catboost", "target": "settled", "trees": entry.tree_count_},
        "exit": {"file": "exit.txt", "family": "lightgbm", "target": "better-held-seconds", "trees": leave.model.num_trees()},
        "training": {
            "folds": options.folds, "firstShare": options.first_share, "embargoHours": options.embargo_hours,
            "innerShare": INNER_SHARE, "patience": PATIENCE, "depth": options.depth,
            "iterationsMax": options.iterations, "seed": options.seed},
        "libraries": {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}}}


def camel(name):
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def samples(data, entry, leave):
    """Rows over the whole table, and what the models themselves say of them."""
    places = np.unique(np.linspace(0, len(data.frame) - 1, SAMPLES).astype(int))
    rows = data.frame.iloc[places][data.features].to_numpy()
    plain = lambda value: None if np.isnan(value) else float(value)
    return {
        "rows": [[plain(value) for value in row] for row in rows],
        "entry": [float(value) for value in entry.predict_proba(rows)[:, 1]],
        "exit": [float(value) for value in leave.model.predict(rows)]}


def write_json(path, content, indent=1):
    separators = (",", ":") if indent is None else None
    text = json.dumps(content, indent=indent, separators=separators, allow_nan=False, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf8")


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()
