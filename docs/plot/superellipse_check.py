"""Trades in superellipse pools, computed with 60 decimal digits and without the simulator.

    python3 docs/plot/superellipse_check.py > crates/protocol/tests/superellipse_trades.json      20 trades, for a test
    python3 docs/plot/superellipse_check.py table                                                 docs/experiments/superellipse.md

The ellipse is that of `pallets/swap/src/pallet/superellipse.rs` (RaoFoundation/subtensor @ 0249a4a4e5d5aa5d4dd940730374183fe30a6f2c):
scales and centres are cut at 2^-32 rao, as there, and everything else is in decimals. Where a payout lies so near a whole number
of rao that 60 digits and the chain's cut root could differ, the script stops.
"""

import json
import random
import sys
from decimal import ROUND_FLOOR, Decimal, getcontext

getcontext().prec = 60
ONE = Decimal(10) ** 18
FRACTION = Decimal(2) ** 32


def cut(value):
    """Cut at 2^-32."""
    return (value * FRACTION).to_integral_value(ROUND_FLOOR) / FRACTION


def payout(start, weight, emitted, side, amount):
    tao, alpha = map(Decimal, start)
    w = Decimal(weight) / ONE
    a, b = cut(2 * w * alpha), cut(2 * (1 - w) * tao)
    # The centre moves with the emission, so the distances stay a and b.
    x, y, t = a, b, Decimal(amount)
    if side == "buy":
        out = (x * x + (y * y - (y - t) ** 2) * a * a / (b * b)).sqrt() - x
    else:
        out = (y * y + (x * x - (x - t) ** 2) * b * b / (a * a)).sqrt() - y
    whole = out.to_integral_value(ROUND_FLOOR)
    if min(out - whole, whole + 1 - out) < Decimal(4) / FRACTION:
        raise SystemExit("too near a whole number of rao: choose another seed")
    return int(whole)


def cases():
    draw = random.Random(3211)
    for number in range(20):
        start = (draw.randrange(10**9, 10**14), draw.randrange(10**10, 10**15))
        weight = draw.choice([500_000_000_000_000_000, draw.randrange(10**16, 99 * 10**16)])
        emitted = (draw.randrange(0, start[0]), draw.randrange(0, start[1]))
        side = "buy" if number % 2 == 0 else "sell"
        w = weight / 10**18
        reach = 2 * (1 - w) * start[0] if side == "buy" else 2 * w * start[1]
        # From next to nothing to most of the way to the end of the curve, and within the reserve that pays.
        amount = max(1, int(reach * 10 ** draw.uniform(-6, -0.05)))
        out = payout(start, weight, emitted, side, amount)
        yield {
            "start_tao": start[0],
            "start_alpha": start[1],
            "tao_weight": weight,
            "emitted_tao": emitted[0],
            "emitted_alpha": emitted[1],
            "side": side,
            "amount": amount,
            "out": out,
        }


def table(tao, alpha):
    """What pumps and exits cost on equal weights and on the ellipse that takes them over, without fees."""
    print("| trade | weighted reserves | ellipse | ellipse / weighted |\n|---|---|---|---|")
    row = lambda name, a, b, unit: print(f"| {name} | {a:,.1f} {unit} | {b:,.1f} {unit} | {b / a:.3f} |")
    for times in map(Decimal, ("1.1", "2", "10", "100")):
        root = times.sqrt()
        # X / Y is the price's multiple, on X^2 + Y^2 = 2.
        y = (2 / (1 + times * times)).sqrt()
        row(f"TAO for {times} times the price", tao * (root - 1), tao * (1 - y), "TAO")
        row(f"alpha that it buys", alpha * (1 - 1 / root), alpha * (times * y - 1), "alpha")
    for part in map(Decimal, ("0.01", "0.1", "0.5", "0.9")):
        x = 1 - part
        name = f"{part * 100:f} %".replace(".00 %", " %")
        row(f"TAO for alpha of {name} of the pool's", tao * part / (1 + part), tao * ((2 - x * x).sqrt() - 1), "TAO")


if sys.argv[1:] == ["table"]:
    table(Decimal("12019.5705"), Decimal("1284506.3381"))
    raise SystemExit

listed = list(cases())
for case in listed:
    reserve = case["start_alpha"] + case["emitted_alpha"] if case["side"] == "buy" else case["start_tao"] + case["emitted_tao"]
    if case["out"] > reserve:
        raise SystemExit("a payout beyond the reserve: choose another seed")
print(json.dumps({"kind": "superellipse_trades", "digits": 60, "cases": listed}, indent=1))
