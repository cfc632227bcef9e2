"""Writes the tables of docs/experiments/sn28.md, or of placebo.md, anew, from what `dtao reproduce` leaves.

    python3 docs/plot/sn28_tables.py [results/sn28] [docs/experiments/sn28.md]
    python3 docs/plot/sn28_tables.py results/placebo docs/experiments/placebo.md

A table stands between `<!-- table: NAME -->` and `<!-- end -->`, a sentence with figures between `<!-- text: NAME -->` and `<!-- end -->`;
everything else stays as it is. To be shown beside a look, the tables of an edition are copied:

    cp results/sn28/{answers,validation}.csv crates/reproduce/published/sn28/
    cp results/placebo/answers.csv crates/reproduce/published/placebo/
"""

import csv
import json
import re
import textwrap
import sys
from pathlib import Path

ALL = ["M1", "M2", "M3", "M4", "M5"]
CUT = ["M1", "M2", "M4"]
KINDS = {"fitted": "Calibrated", "test": "Validation", "again": "Restated"}
CAUSED = "How much of the fall did the cut cause?"
ORDER = "In what order did the steps come?"
LEFT = "What is left of the price a day later?"
RESCUE = "Does the rescue work?"
SEEN = "Does it work where weights are seen before they count?"
HOURLY = "How would it look in hourly prices?"
LOOP = "What does the moving price do?"
PARTS = "What does each part do?"
ADDS = "What does the pump add to what they gain, TAO?"
PAYS = "In how many seeds does the pump pay?"
GAIN = "What do they gain, TAO?"
WHOSE = ["the pumper", "pumper and holders together", "pumper, holders and owner together", "those who followed"]
LABELS = {
    "baseline": "as it was",
    "no_intervention": "no intervention",
    "no_pumper": "no pump",
    "neither": "no pump, no intervention",
    "switch_1252": "switch at 12:52, 28 minutes after the peak",
    "switch_by_rank": "switch an hour after rank 10 is reached",
    "zero_holders": "0.95, zeroing holders, all follow",
    "reward_sellers": "0.95, rewarding sellers, all follow",
    "switch_1808": "0.95, at 18:08, all follow",
    "budget_150": "150 TAO instead of 500 to 690",
    "budget_300": "300 TAO",
    "budget_1200": "1,200 TAO",
    "position_05": "5 % of the alpha held before",
    "exit_after_1h": "leaves an hour after its purchase",
    "exit_below_80": "leaves at 80 % of its best price",
    "many_followers": "four times the followers, looking more often",
    "quick_100": "four times the followers, 100 TAO, out after 12 minutes",
    "reacts_10": "a tenth of the holders watch their income",
    "reacts_100": "all do",
    "required_20": "required income that hardly anybody ever gets",
    "pumper_stays": "pumper stays",
    "owner_stays": "owner stays",
    "owner_alone": "owner alone leaves at the cut, always",
    "nobody_leaves": "nobody leaves at the cut",
    "no_stops": "no stops",
    "no_profit": "nobody takes profits",
    "no_mood": "noise sells no more after a crash",
    "no_value": "no value traders",
    "no_followers": "no followers",
    "budget_1000": "budget of 1,000 TAO",
    "pump_1600": "pump at 16:00",
    "moving_3e-6": "3e-6",
    "moving_spot": "spot price",
}


def number(text, digits=3):
    """A number with this many significant digits."""
    value = float(text)
    size, places = abs(value), digits - 1
    if size == 0:
        return "0"
    if size < 1e-4:
        return f"{value:.{places}e}"
    while size >= 10 and places > 0:
        size, places = size / 10, places - 1
    while size < 1:
        size, places = size * 10, places + 1
    return f"{value:.{places}f}"


def spread(row):
    if row is None or row["value"] == "":
        return "-"
    if row["low"] == "":
        return row["value"] if float(row["value"]).is_integer() else number(row["value"])
    return f"{number(row['value'])} [{number(row['low'])}, {number(row['high'])}]"


def sure(row):
    """With the 95 % interval of the median in round brackets."""
    text = spread(row)
    if text == "-" or row["sure_low"] == "":
        return text
    return f"{text} ({number(row['sure_low'])} to {number(row['sure_high'])})"


def percent(row):
    if row is None or row["value"] == "":
        return "-"
    value, low, high = (100 * float(row[column]) for column in ("value", "low", "high"))
    return f"{value:.0f} % [{low:.0f}, {high:.0f}]"


def show(row):
    return percent(row) if row is not None and "Wilson" in row["range"] else spread(row)


def fact(rows):
    cells = []
    for row in rows:
        if row is None:
            cells.append("-")
            continue
        if row["median"] == "":
            cells.append("not reached")
            continue
        cell = f"{number(row['median'])} [{number(row['q05'])}, {number(row['q95'])}]"
        if row["skill"] != "":
            cell += f", {float(row['skill']):.2f}"
        if row["verdict"] == "not reached":
            cell += f" (not reached by {int(row['runs']) - int(row['n'])} of {row['runs']})"
        elif row["verdict"] != "met":
            cell += f" **{row['verdict']}**"
        cells.append(cell)
    first = next(row for row in rows if row is not None)
    low, high = number(first["least"]), number(first["greatest"])
    return [f"`{first['metric']}`", number(first["target"]), f"{low} to {high}", *cells]


def find(rows, **values):
    found = [row for row in rows if all(row[column] == value for column, value in values.items())]
    assert len(found) <= 1, (values, len(found))
    return found[0] if found else None


def facts(checks, kind):
    names = list(dict.fromkeys(row["metric"] for row in checks if row["kind"] == kind))
    head = ["fact", "recorded", "bounds", *ALL]
    return [head, *(fact([find(checks, metric=name, mechanism=one) for one in ALL]) for name in names)]


def label(arm):
    if match := re.fullmatch(r"(?:coalition|seen)_(\d+)", arm):
        return f"{int(match[1]) / 100:g}"
    return LABELS.get(arm, arm)


def by_arm(rows, question, measure, mechanisms, cell=show):
    """A row for each arm that has the measure."""
    asked = [row for row in rows if row["question"] == question and row["measure"] == measure]
    arms = list(dict.fromkeys(row["arm"] for row in asked if row["mechanism"] in mechanisms))
    table = [["", *mechanisms]]
    for arm in arms:
        cells = [cell(find(asked, arm=arm, mechanism=one)) for one in mechanisms]
        table.append([label(arm), *cells])
    return table


def by_measure(rows, question, arm, mechanisms, cell=show):
    asked = [row for row in rows if row["question"] == question and (arm is None or row["arm"] == arm)]
    measures = list(dict.fromkeys((row["measure"], row["arm"]) for row in asked if row["mechanism"] in mechanisms))
    table = [["", *mechanisms]]
    for measure, of_arm in measures:
        cells = [cell(find(asked, measure=measure, arm=of_arm, mechanism=one)) for one in mechanisms]
        table.append([measure + ("" if arm is not None or of_arm == "baseline" else ", " + label(of_arm)), *cells])
    return table


def across(rows, question, mechanism, measures, cell=show):
    """A row for each arm, a column for each measure."""
    asked = [row for row in rows if row["question"] == question and row["mechanism"] == mechanism]
    arms = list(dict.fromkeys(row["arm"] for row in asked))
    table = [["", *measures.values()]]
    for arm in arms:
        table.append([label(arm), *(cell(find(asked, arm=arm, measure=measure)) for measure in measures)])
    return table


def seen(rows):
    asked = [row for row in rows if row["question"] == SEEN and row["mechanism"] == "M1"]
    parts = sorted({int(row["arm"].split("_")[1]) for row in asked}, reverse=True)
    table = [["coalition", "nobody looks at weights", "some do"]]
    for part in parts:
        pair = [find(asked, arm=f"{kind}_{part}") for kind in ("coalition", "seen")]
        table.append([f"{part / 100:g}", *map(percent, pair)])
    return table


def of_sn28(results):
    read = lambda name: list(csv.DictReader((results / name).open()))
    checks, rows = read("validation.csv"), read("answers.csv")
    made = {name: facts(checks, kind) for name, kind in KINDS.items()}
    made["caused"] = by_measure(rows, CAUSED, None, CUT, sure)
    made["order"] = by_measure(rows, ORDER, "baseline", ALL)
    made["left"] = by_arm(rows, LEFT, "price on the 26th at 17:52, TAO", ALL)
    made["rescue"] = by_arm(rows, RESCUE, "part of the seeds in which it works", ALL)
    made["seen"] = seen(rows)
    made["hourly"] = by_measure(rows, HOURLY, None, ALL)
    for name, whose in zip(["pumper", "holders", "owner", "followers"], WHOSE):
        made[f"adds_{name}"] = by_arm(rows, ADDS, whose, ALL, sure)
        made[f"pays_{name}"] = by_arm(rows, PAYS, whose, ALL)
        made[f"gain_{name}"] = by_arm(rows, GAIN, whose, ALL)
    shares = {f"share of the emission {at}": at for at in ("at 17:52", "at 24:00", "a day later")}
    made["loop"] = across(rows, LOOP, "M1", shares)
    ratios = {
        "the peak with 3e-4 over that with this coefficient": "the peak with 3e-4 over that",
        "the price of 17:52 with 3e-4 over that with this coefficient": "the price of 17:52 with 3e-4 over that",
    }
    made["loop_price"] = [row for row in across(rows, LOOP, "M1", ratios, sure) if row[1] != "-"]
    measures = {
        "fitted facts met": "fitted, of 7",
        "facts kept for the test met": "kept, of 21",
        "fall from 17:52 to the day's trough": "fall from 17:52",
        "part of the fall of ln(price) from 17:52 to the day's trough": "caused, from 17:52",
        "part of the fall of ln(price) from the peak to the day's trough": "caused, from the peak",
        "part of the seeds in which it works": "works",
    }
    made["parts"] = across(rows, PARTS, "M1", measures)
    return made, texts_of_sn28(results, checks, rows)


def manifest(results, rows):
    """Which commit made the results, with how many seeds of every arm."""
    told = json.load((results / "manifest.json").open())
    most = max(int(row["n"]) for row in rows if row["n"])
    return f"{told['commit'][:7]}, {most} seeds of every arm" + ("" if told["seeds"] is None else ", a look")


def texts_of_sn28(results, checks, rows):
    said = {"edition": f"The tables and figures of this section are of commit {manifest(results, rows)}."}
    get = lambda question, mechanism, arm, measure: find(
        rows, question=question, mechanism=mechanism, arm=arm, measure=measure
    )
    lines = []
    for mechanism in ALL:
        counts = {}
        for kind in ("Calibrated", "Validation"):
            of_kind = [row for row in checks if row["kind"] == kind and row["mechanism"] == mechanism]
            met = sum(row["verdict"] == "met" for row in of_kind)
            covered = sum(row["covered"] == "true" for row in of_kind)
            some = sum(row["verdict"] == "not reached" for row in of_kind)
            counts[kind] = f"{met} met and {covered} covered of {len(of_kind)}" + (f" ({some} not reached by all seeds and not judged)" if some else "")
        lines.append(f"{mechanism}: fitted {counts['Calibrated']}, kept {counts['Validation']}")
    said["score"] = "; ".join(lines) + ". Ranges of 90 % that are right cover nine of ten facts; a wide range covers easily, and the facts are not independent."

    order = "part of the seeds with 2 steps beyond 12 % and 35 % of the fall before the largest"
    size = "part of the seeds with that order and that size"
    of = lambda measure: ", ".join(f"{one} {percent(get(ORDER, one, 'baseline', measure))}" for one in ALL)
    said["order"] = (
        f"The recorded order, loosely (two steps beyond 12 % and 35 % of the fall before the largest), comes in {of(order)} of the seeds; with a "
        f"largest step that sells more than the morning bought, in {of(size)}. What an order tells is who sold: M4 and M5 have the same sellers "
        "and differ in whether anybody intervened, so the difference between them is what the order says of the cause."
    )
    works = "part of the seeds in which it works"
    said["rescue"] = (
        f"A rescue needs half of the votes that turn out: the step at one half is Yuma's, what softens it the prior on turnout. With 0.95, all "
        f"following, it works in {percent(get(RESCUE, 'M1', 'baseline', works))} of the seeds under M1, in {percent(get(RESCUE, 'M2', 'baseline', works))} "
        f"under M2 and in {percent(get(RESCUE, 'M4', 'baseline', works))} under M4; under M3 the price is down the next day in "
        f"{percent(get(RESCUE, 'M3', 'baseline', works))}, by assumption whatever a coalition does. That a minority cannot do it holds only if nobody looks at weights: "
        f"with 0.4 it works in {percent(get(SEEN, 'M1', 'coalition_40', works + ', from the price of 16:40 on'))} if nobody does and in "
        f"{percent(get(SEEN, 'M1', 'seen_40', works + ', from the price of 16:40 on'))} if some do. It also hangs on the agents that the aftermath was fitted "
        f"with: {percent(get(PARTS, 'M1', 'no_mood', works))} without noise that sells more after a crash, "
        f"{percent(get(PARTS, 'M1', 'no_value', works))} without value traders."
    )
    adds = lambda whose, mechanism, arm: sure(get(ADDS, mechanism, arm, whose))
    pays = lambda whose, mechanism, arm: percent(get(PAYS, mechanism, arm, whose))
    both, three = WHOSE[1], WHOSE[2]
    def tried(whose):
        told = [row for row in rows if row["question"] == PAYS and row["measure"] == whose and row["value"] != ""]
        most = max(float(row["value"]) for row in told)
        best = [row for row in told if float(row["value"]) == most]
        arms = " and ".join(f"\"{LABELS.get(row['arm'], row['arm'])}\" under {row['mechanism']} ({adds(whose, row['mechanism'], row['arm'])} TAO)" for row in best)
        return f"{percent(best[0])} with {arms}"

    tries = (
        f"Of all that was tried the pump pays the pumper most often in {tried(WHOSE[0])}; pumper and holders together in {tried(both)}; with the owner in "
        f"{tried(three)}. A pump of the day's size loses money for the pumper under each mechanism; a small one need not, and a coalition may gain by one. These "
        "are tries, and no search: the best of them says nothing of the best attack."
    )
    said["gains"] = (
        f"To the pumper alone the pump adds {adds(WHOSE[0], 'M1', 'baseline')} TAO under M1, and {adds(WHOSE[0], 'M1', 'no_intervention')} if nobody "
        f"intervenes. To pumper and holders together it adds {adds(both, 'M1', 'baseline')} with and {adds(both, 'M1', 'no_intervention')} without the "
        f"intervention, above zero in {pays(both, 'M1', 'no_intervention')} of the seeds; with the owner {adds(three, 'M1', 'no_intervention')}, above zero in "
        f"{pays(three, 'M1', 'no_intervention')}. Holders are paid emission without a pump, too: what they then gain is no gain of the pump. {tries}"
    )
    peak = "the peak with 3e-4 over that with this coefficient"
    said["loop"] = (
        f"With 3e-4 the peak is {sure(get(LOOP, 'M1', 'moving_3e-6', peak))} of that with the code's default, and "
        f"{sure(get(LOOP, 'M1', 'moving_spot', peak))} of that with the spot price. What the coefficient moves is the share of the emission, hours later; "
        "a ratio below one means that the loop damps this pump (more emission deepens the pool) and does not feed it."
    )
    since = "part of the fall of ln(price) from 17:52 to the day's trough"
    part = lambda arm: show(get(PARTS, "M1", arm, since))
    said["parts"] = (
        f"From a tenth of the holders watching their income to all of them the part caused moves from {part('reacts_10')} to {part('reacts_100')}, "
        f"and with an income that hardly anybody gets it is {part('required_20')}: neither it nor the fit identifies whether holders watched. With the owner "
        f"as the only one who leaves at the cut it is {part('owner_alone')}, with nobody {part('nobody_leaves')}. One leaver is enough for most of the fall that the cut makes; the stops do the rest."
    )
    fall = "part of the seeds that fall by 80 % within 9 hours of the peak"
    said["placebo"] = (
        f"Looked at every hour, the price falls by 80 % within nine hours of its peak in {percent(get(HOURLY, 'M3', 'baseline', fall))} of the seeds of M3, "
        f"{percent(get(HOURLY, 'M5', 'baseline', fall))} of M5, and {percent(get(HOURLY, 'M1', 'no_intervention', fall))} of M1 without the intervention. "
        "None of the recorded pumps did."
    )
    return said


def of_placebo(results):
    rows = list(csv.DictReader((results / "answers.csv").open()))
    made = {}
    for name, question in {
        "endings": "How do pumps end in which nobody is known to have intervened?",
        "elsewhere": "What do SN28's agents say of pumps that they were not fitted to?",
    }.items():
        asked = [row for row in rows if row["question"] == question]
        arms = list(dict.fromkeys(row["arm"] for row in asked))
        measures = list(dict.fromkeys(row["measure"] for row in asked))
        made[name] = [["", *arms]]
        for measure in measures:
            made[name].append([measure, *(show(find(asked, arm=arm, measure=measure)) for arm in arms)])
    asked = [row for row in rows if row["question"] == "Do SN28's arms without an intervention look like them?"]
    mechanisms = list(dict.fromkeys(row["mechanism"] for row in asked))
    measures = list(dict.fromkeys(row["measure"] for row in asked))
    made["test"] = [["", *mechanisms]]
    for measure in measures:
        made["test"].append([measure, *(show(find(asked, mechanism=one, measure=measure)) for one in mechanisms)])
    pumps = list(csv.DictReader((results / "pumps.csv").open()))
    made["pumps"] = [["subnet", "onset", "hours to double", "rise", "TAO before", "fall in 9 h"]]
    for pump in pumps:
        fall, rise = f"{100 * float(pump['fall_9h']):.0f} %", number(pump["rise"])
        made["pumps"].append([pump["netuid"], pump["time_utc"][:16], pump["hours_to_double"], rise, pump["tao"] or "-", fall])
    forecast = list(csv.DictReader((results / "forecast.csv").open()))
    made["forecast"] = [["by", "rise", "TAO before", "hours to double", "n", "P(-50 %)", "P(-80 %)", "price after 1, 3, 6, 9 h"]]
    for row in forecast:
        upto = lambda low, high: f"{row[low]} to {row[high]}" if row[high] else f"from {row[low]}"
        path = ", ".join(row[f"path_{hour}h"] for hour in (1, 3, 6, 9))
        cells = [row["by"], upto("rise_from", "rise_to"), upto("tao_from", "tao_to"), upto("hours_from", "hours_to")]
        made["forecast"].append([*cells, row["n"], row["falls_50"], row["falls_80"], path])
    everything = {row["measure"]: row for row in rows if row["arm"] == "all" and row["question"].startswith("How do pumps")}
    told = lambda measure: show(everything[measure])
    of_m1 = [row for row in rows if row["mechanism"] == "M1"]
    # The seeds of the sweeps of this experiment, not of SN28's arms beside them.
    kinds = list(csv.DictReader((results / "forecast.csv").open()))
    theirs = lambda measure: show(find(of_m1, measure=measure))
    said = {
        "test": (
            f"Of {len(pumps)} pumps {told('part that falls by 80 % within 9 hours of the peak')} fell by 80 % within nine hours of the peak; the median fall is "
            f"{told('deepest fall within 9 hours of the peak')}, and from six hours after the peak to the lowest of the next six "
            f"{told('from 6 hours after the peak to the lowest of the next 6')}. A fall of 80 %, which is what M3 ordinarily makes, is an "
            "event that none of them shows: the table says how likely that is if each pump did it as often, were they independent and like "
            "SN28, and the rate of the runs exact. This is evidence against M3 and M5 as accounts of what pumps do. The arms of M1, M2 and M4 without an intervention are nearer, but no "
            f"match either: M1's falls by {theirs('deepest fall within 9 hours of the peak')} at the median, and "
            f"{theirs('from 6 hours after the peak to the lowest of the next 6')} later on. What is left of a price without an intervention is rather too low "
            "there than too high."
        ),
        "elsewhere": (
            "A forecast is better than that of the other pumps where its mean CRPS is smaller, and honest where it covers nine of ten and expects as many deep "
            f"falls as there were. The last lines count both. These are of commit {manifest(results, kinds)}."
        ),
    }
    return made, said


def main():
    results = Path(sys.argv[1] if len(sys.argv) > 1 else "results/sn28")
    page = Path(sys.argv[2] if len(sys.argv) > 2 else "docs/experiments/sn28.md")
    made, said = of_placebo(results) if (results / "pumps.csv").exists() else of_sn28(results)
    text = page.read_text()
    for kind, name in re.findall(r"<!-- (table|text): (\w+) -->", text):
        if kind == "table":
            lines = ["| " + " | ".join(row) + " |" for row in made[name]]
            lines.insert(1, "|" + "---|" * len(made[name][0]))
        else:
            lines = textwrap.wrap(said[name], 140, break_long_words=False, break_on_hyphens=False)
        pattern = rf"(<!-- {kind}: {name} -->\n).*?(<!-- end -->)"
        body = "\n".join(lines) + "\n"
        text, count = re.subn(pattern, lambda found: found[1] + body + found[2], text, flags=re.S)
        assert count == 1, f"{page}: {count} places for the {kind} `{name}`"
    page.write_text(text)


main()
