"""Holds `dtao fit` against neural posterior estimation on the same table: SN28, one mechanism, the facts of one set.

    pip install sbi pandas                       # not a dependency of the project
    dtao sweep configs/sweeps/sn28_wide.ron --out results/sn28_wide
    dtao fit configs/fits/sn28.ron --table results/sn28_wide --out results/sn28_fit
    python3 docs/plot/sn28_sbi.py results/sn28_wide results/sn28_fit [M1] [fitted]

An ensemble of three masked autoregressive flows (sbi: Tejero-Cantero et al. 2020, doi:10.21105/joss.02505) learns some quantities
together, as normal scores of their ranks, from the facts. Printed is each quantity's median and 5 to 95 % by either method, and how
far the two medians lie apart in the prior's ranks.
"""

import sys

import numpy as np
import pandas as pd
import torch
from sbi.inference import NPE
from scipy.stats import norm, rankdata

ARMS = {"M1": ("m1", "m1_alone"), "M2": ("m2", "m2_alone"), "M3": ("m3", "m3")}
RECORDED = {
    "peak_over_0500": 3.125, "blocks_to_peak": 2220, "price.1752": 0.03913, "dump": -0.8736, "worst_step": -0.6109,
    "price.2400": 0.0112, "price.26th": 0.00645,
}
# The quantities that are learned together: with a few hundred draws not more can be.
QUANTITIES = [
    "holders.reacts", "holders.required_yield.median", "holders.reaction.median", "holders.stops", "holders.inherits.alpha.28",
    "pumper.budget", "value.reaction.median", "noise.mood.shift",
]
LOG = ["peak_over_0500", "price.1752", "price.2400", "price.26th"]

table, fit = sys.argv[1:3]
model = sys.argv[3] if len(sys.argv) > 3 else "M1"
facts_of = sys.argv[4] if len(sys.argv) > 4 else "fitted"
runs = pd.read_csv(f"{table}/runs.csv")
own, alone = (runs[runs.arm == arm].set_index("seed").sort_index() for arm in ARMS[model])
facts = own[list(RECORDED)].copy()
recorded = pd.Series(RECORDED)
for name in LOG:
    facts[name], recorded[name] = np.log(facts[name]), np.log(recorded[name])
quantities = own.rename(columns=lambda name: name.removeprefix("prior."))
quantities = quantities[[name for name in QUANTITIES if quantities[name].nunique() > 1]].copy()
quantities["gain"] = own["profit.pumper"]
if model != "M3":
    quantities["caused"] = 1 - np.log1p(alone["dump"]) / np.log1p(own["dump"])
whole = facts.notna().all(axis=1) & quantities.replace([np.inf, -np.inf], np.nan).notna().all(axis=1)
facts, quantities = facts[whole], quantities[whole]
scores = quantities.apply(lambda values: norm.ppf((rankdata(values) - 0.5) / len(values)))
theta = torch.tensor(scores.to_numpy(), dtype=torch.float32)
spread = facts.std().replace(0, 1)
x = torch.tensor(((facts - facts.mean()) / spread).to_numpy(), dtype=torch.float32)
x_recorded = torch.tensor(((recorded - facts.mean()) / spread).to_numpy()[None], dtype=torch.float32)

samples = []
for seed in range(3):
    torch.manual_seed(seed)
    inference = NPE(density_estimator="maf", show_progress_bars=False)
    flow = inference.append_simulations(theta, x).train(stop_after_epochs=20)
    with torch.no_grad():
        samples.append(flow.sample((4_000,), condition=x_recorded)[:, 0].numpy())
parts = norm.cdf(np.concatenate(samples))
found = pd.read_csv(f"{fit}/posterior.csv").query("model == @model and facts == @facts_of").set_index("name")
print(f"{model}, {len(theta)} draws, {theta.shape[1]} quantities, facts: {facts_of}")
print(f"{'quantity':48} {'dtao fit':>32} {'sbi, three flows':>32} {'medians apart':>14}")
for at, name in enumerate(quantities):
    values = np.sort(quantities[name].to_numpy())
    low, median, high = np.quantile(values, np.quantile(parts[:, at], [0.05, 0.5, 0.95]))
    row = found.loc[name]
    apart = np.searchsorted(values, median) / len(values) - np.searchsorted(values, row.posterior) / len(values)
    ours = f"{row.posterior:.4g} [{row.low:.4g}, {row.high:.4g}]"
    print(f"{name:48} {ours:>32} {f'{median:.4g} [{low:.4g}, {high:.4g}]':>32} {apart:>14.2f}")
