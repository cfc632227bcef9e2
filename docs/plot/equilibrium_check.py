"""Solves games of `dtao equilibrium` anew with Gambit, from their tables of payoffs, and prints both beside each other.

    pip install pygambit==16.7.0
    dtao equilibrium owners --role owners --parts 2 --seeds 3 --set blocks=50400 --out results/equilibrium_2
    python3 docs/plot/equilibrium_check.py results/equilibrium_2 [more folders]

A table of payoffs is a symmetric game in normal form: what a player earns depends on its own strategy and on how many of the others follow
each. Of the replicator's rest points those without regret must be the game's symmetric Nash equilibria: those of `enummixed` (two
players, rational numbers) or of `enumpoly` (more). Of logit choice the one that continues the even mixture must be Gambit's quantal response
equilibrium at a lambda of the intensity. The payoffs that Gambit computes at every rest point say whether it is one. The script ends with
1 if a number differs by more than 1e-5, in a share or as a part of the largest difference of payoffs.
"""

import csv
import itertools
import math
import sys
from pathlib import Path

import numpy
import pygambit

NEAR = 1e-5


def game_of(folder):
    """The strategies, and what each earns at every split."""
    with (folder / "payoffs.csv").open() as file:
        rows = list(csv.DictReader(file))
    names = [column.removeprefix("players.") for column in rows[0] if column.startswith("players.")]
    earned = {}
    for row in rows:
        split = tuple(int(row[f"players.{name}"]) for name in names)
        earned[split, names.index(row["strategy"])] = float(row["payoff"])
    return names, sum(split), earned


def in_gambit(names, players, earned):
    shape = (len(names),) * players
    tables = [numpy.empty(shape) for _ in range(players)]
    for profile in itertools.product(range(len(names)), repeat=players):
        split = tuple(profile.count(strategy) for strategy in range(len(names)))
        for player, own in enumerate(profile):
            tables[player][profile] = earned[split, own]
    return pygambit.Game.from_arrays(*tables)


def shares_of(profile, game):
    """Each player's mixture."""
    return [[float(profile[strategy]) for strategy in player.strategies] for player in game.players]


def symmetric(profiles, game):
    found = []
    for profile in profiles:
        first, *others = shares_of(profile, game)
        if all(apart(first, other) < NEAR for other in others) and all(apart(first, seen) > NEAR for seen in found):
            found.append(first)
    return found


def apart(one, other):
    return max(abs(a - b) for a, b in zip(one, other))


def payoffs_at(shares, game):
    """What each strategy of the first player earns where all others mix so, by Gambit."""
    profile = game.mixed_strategy_profile(rational=False)
    for player in game.players:
        for strategy, share in zip(player.strategies, shares):
            profile[strategy] = share
    return [float(profile.strategy_value(strategy)) for strategy in next(iter(game.players)).strategies]


def logit(earned, intensity):
    best = max(earned)
    weights = [math.exp(intensity * (value - best)) for value in earned]
    return [weight / sum(weights) for weight in weights]


def told(shares):
    return " ".join(f"{share:8.6f}" for share in shares)


def check(folder):
    names, players, earned = game_of(folder)
    game = in_gambit(names, players, earned)
    scale = max(earned.values()) - min(earned.values())
    with (folder / "rest_points.csv").open() as file:
        rests = [(row, [float(row[f"share.{name}"]) for name in names]) for row in csv.DictReader(file)]
    print(f"{folder}: {players} players, {', '.join(names)}")
    wrong = 0

    def held(what, off):
        nonlocal wrong
        wrong += off > NEAR
        print(f"  {what}: off by {off:.1e}" + (" WRONG" if off > NEAR else ""))

    for row, shares in rests:
        values = payoffs_at(shares, game)
        if row["dynamics"] == "replicator":
            average = sum(share * value for share, value in zip(shares, values))
            off = max(share * abs(value - average) for share, value in zip(shares, values)) / scale
            held(f"replicator {told(shares)} earns the same", off)
            held(f"replicator {told(shares)} regret", abs(max(values) - average - float(row["regret"])) / scale)
        else:
            held(f"logit {row['intensity']} {told(shares)} chooses itself", apart(logit(values, float(row["intensity"])), shares))

    solve = pygambit.nash.enummixed_solve if players == 2 else pygambit.nash.enumpoly_solve
    nash = symmetric(solve(game).equilibria, game)
    ours = [shares for row, shares in rests if row["dynamics"] == "replicator" and float(row["regret"]) < NEAR * scale]
    print(f"  symmetric Nash equilibria: {len(nash)} by Gambit, {len(ours)} rest points without regret")
    for shares in nash:
        held(f"Nash {told(shares)}", min((apart(shares, other) for other in ours), default=1.0))
    for shares in ours:
        held(f"rest {told(shares)}", min((apart(shares, other) for other in nash), default=1.0))

    for intensity in sorted({float(row["intensity"]) for row, _ in rests if row["dynamics"] == "logit"}):
        (point,) = pygambit.qre.logit_solve_lambda(game, [intensity])
        principal = shares_of(point.profile, game)
        held(f"quantal response at {intensity:g} is symmetric", max(apart(principal[0], other) for other in principal))
        of = [shares for row, shares in rests if row["dynamics"] == "logit" and float(row["intensity"]) == intensity]
        held(f"quantal response at {intensity:g} {told(principal[0])}, one of {len(of)}", min(apart(principal[0], other) for other in of))
    return wrong


if __name__ == "__main__":
    sys.exit(1 if sum(check(Path(folder)) for folder in sys.argv[1:]) else 0)
