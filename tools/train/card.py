"""The model card: what the models are, how well they did on what they had not seen, and what not to do."""

from dataclasses import asdict

MUST_NOT = {
    "world": [
        "trading outside simulation: its world is invented, and so is every regularity in it",
        "claims about real games, teams or markets",
        "worlds of the seeds it was trained on, when it is judged"],
    "recording": [
        "orders of real money before its gates have passed on nights after its data window",
        "nights inside its data window, when it is judged",
        "redistribution: the recordings it was made of may have licences of their own"]}
ALWAYS = [
    "other markets than NBA winner markets",
    "features of another sequence or definition than those listed",
    "sizes that move the market: one contract at the displayed price was assumed"]


POLICY = [
    "one contract a market, bought at the ask, in play, by the settings of model-trees that the rules hold",
    "left at the bid: stop loss and take profit first, then when the exit model gives it no more than the least hold",
    "not in it: locks, sizes, the strategy's other rules, limits of risk, latency, and decisions between the rows"]


def content(described, facts):
    folds = [fold_content(fold, number) for number, fold in enumerate(facts["folds"], start=1)]
    return {
        **described,
        "label": {
            "entry": "1 when YES settles, of rows where ask and taker fee leave something to win",
            "exit": "seconds of the horizon in which selling would bring more than now: the bid minus the taker fee, or settlement without a fee"},
        "policy": POLICY,
        "mustNotBeUsedFor": MUST_NOT[described["source"]["kind"]] + ALWAYS,
        "notes": notes(facts["figures"]),
        "metrics": facts["figures"],
        "walkForward": folds,
        "balance": facts["balance"],
        "leakage": facts["leakage"]}


def fold_content(fold, number):
    parts = asdict(fold)
    return {"fold": number, **{name: len(games) for name, games in parts.items()}}


def notes(figures):
    """What the figures allow to say, in sentences; by intervals, never by the values alone."""
    gain, net = figures["entry"]["auc_gain"], figures["trades"]["model"]["net_cents"]
    leave = figures["exit"]["leave_gain_cents"]
    return [
        verdict("AUC beside the market's price", gain), verdict("Net result per contract", net),
        verdict("Leaving at the exit model's word, beside holding for the horizon", leave)]


def verdict(what, figure):
    if figure["value"] is None:
        return f"{what}: nothing to judge."
    if not figure["trusted"]:
        return f"{what}: not enough data ({figure['games']} games)."
    if figure["low"] > 0:
        return f"{what}: better than nothing, {spelled(figure)}."
    if figure["high"] < 0:
        return f"{what}: worse than nothing, {spelled(figure)}."
    return f"{what}: no edge shown, {spelled(figure)}."


def spelled(figure):
    if figure["value"] is None:
        return "none"
    interval = "" if figure["low"] is None else f" [{figure['low']:.4f}, {figure['high']:.4f}]"
    return f"{figure['value']:.4f}{interval}"


def markdown(card):
    source, rules = card["source"], card["rules"]
    lines = [
        f"# Model {card['name']}",
        "",
        f"Trained {card['trainedAt']} on a {source['kind']}: {source['described']}.",
        f"Data window {source['from']} to {source['to']}: {source['games']} games, {source['rows']} rows "
        f"(sha256 of the CSV {source['csvSha256'][:16]}).",
        f"Entry: CatBoost, {card['entry']['trees']} trees; {card['label']['entry']}; from {rules['threshold']:.0%} on.",
        f"Exit: LightGBM, {card['exit']['trees']} trees; {card['label']['exit']} ({rules['horizonSeconds']:.0f} s).",
        leaving(rules["minHoldSeconds"]),
        "",
        "## It must not be used for",
        "",
        *[f"- {item}" for item in card["mustNotBeUsedFor"]],
        "",
        "## What its figures allow to say",
        "",
        *[f"- {note}" for note in card["notes"]],
        "",
        "## Out of sample",
        "",
        "Walk-forward by date, purged and embargoed; 95 % intervals by a bootstrap over games (BCa, expanded tails).",
        "The models of the artifact were learned from all games afterwards, the same way.",
        "",
        *figure_table({**card["metrics"]["entry"], **card["metrics"]["exit"]}),
        "",
        "## Trades of one contract",
        "",
        *[f"- {line}" for line in card["policy"]],
        f"- rules: {', '.join(f'{name} {value:g}' for name, value in rules.items())}",
        f"- least holds of the folds, s: {', '.join(f'{value:g}' for value in card['metrics']['least_holds'])}",
        "",
        *trade_table(card["metrics"]["trades"]),
        "",
        "## Folds and balance",
        "",
        *fold_table(card),
        "",
        "## Leakage",
        "",
        *leakage_lines(card["leakage"]),
        "",
        "## Features",
        "",
        ", ".join(card["features"]) + ".",
        "",
        "## Made with",
        "",
        ", ".join(f"{name} {number}" for name, number in card["libraries"].items()) + f"; commit {card['commit']}."]
    return "\n".join(lines) + "\n"


def leaving(least):
    if least == 0:
        return "It never leaves: on the inner split no selling was worth more than holding, beyond chance."
    return f"It leaves when it gives a position no more than {least:g} s, the least hold that the inner split found best."


def figure_table(figures):
    rows = [
        f"| {figure['definition']} | {spelled(figure)} | {figure['rows']} | {figure['games']} |" for figure in figures.values()]
    return ["| figure | value | rows | games |", "|---|---|---|---|", *rows]


def trade_table(policies):
    rows = []
    for name, found in policies.items():
        figures = [spelled(found[key]) for key in ("net_cents", "fees_cents", "win_rate", "hold_seconds")]
        total = "none" if found["total_net_cents"] is None else f"{found['total_net_cents']:.2f}"
        rows.append(f"| {name} | {found['trades']} | {found['left_by_exit_model']} | {' | '.join(figures)} | {total} |")
    head = "| policy | trades | left by the exit model | net, cents | fees, cents | win rate | held, s | total, cents |"
    return [head, "|---|---|---|---|---|---|---|---|", *rows]


def fold_table(card):
    rows = []
    for fold, parts in zip(card["walkForward"], card["balance"]["folds"]):
        shares = [f"{parts[name]['yes_share_of_rows']:.3f}" for name in ("train", "test")]
        rows.append(f"| {fold['fold']} | {fold['train']} | {fold['purged']} | {fold['test']} | {' | '.join(shares)} |")
    head = "| fold | games learned from | purged | tested | YES share learned | YES share tested |"
    whole = card["balance"]["all"]
    share = f"YES settles in {whole['yes_share_of_markets']:.1%} of markets and {whole['yes_share_of_rows']:.1%} of rows."
    hindsight = whole["rows_with_an_exit_that_earns"]
    if hindsight is not None:
        share += f" With hindsight {hindsight:.1%} of rows had an exit that earns after fees."
    return [head, "|---|---|---|---|---|---|", *rows, "", share]


def leakage_lines(leaks):
    dealt = leaks["dealt_labels"]["auc"]
    strongest = max(leaks["features"], key=lambda entry: entry["auc_beside_the_price"] or 0)
    closest = max(leaks["features"], key=lambda entry: max_correlation(entry))
    return [
        f"- {len(leaks['suspects'])} suspects among {len(leaks['features'])} features; {len(leaks['empty'])} empty, "
        f"{len(leaks['constant'])} constant.",
        f"- Strongest beside the price: {strongest['feature']}, AUC {strongest['auc_beside_the_price']} "
        f"(limit {leaks['limits']['auc_beside_the_price']}).",
        f"- Closest to the price's future: {closest['feature']}, correlation {max_correlation(closest):.3f} "
        f"(limit {leaks['limits']['correlation_with_the_future']}).",
        f"- Labels dealt to other markets are learned with AUC {spelled(dealt)}."]


def max_correlation(entry):
    return max((abs(value) for value in entry["correlation_with_the_future"].values() if value is not None), default=0.0)
