# %% [markdown]
# # A posterior with sbi
#
# The question of [posterior.py](../posterior.py), how far two prices narrow down which part of all orders are purchases, answered by neural
# posterior estimation ([sbi](https://sbi-dev.github.io/sbi/), Tejero-Cantero et al. 2020) instead of rejection. `dtao.simulator` takes and
# returns torch tensors, so that sbi can call it as it is. sbi and torch are large and no dependency of the project, so the checks do not run
# this notebook; what it printed is in [posterior.txt](posterior.txt). Run from the project's folder, or after `dtao.init()`:
#
#     pip install sbi            # 0.27.0 here, with torch 2.15.0
#     python docs/notebooks/sbi/posterior.py

# %%
import dtao
import torch
from sbi.inference import NPE
from sbi.utils import BoxUniform

LAST = {f'metrics."{name}".at': 5_100_499 for name in ("emission_shares", "sn1.price", "sn6.root_proportion")}
simulate = dtao.simulator(
    "configs/scenarios/noise.ron",
    {"agents.traders.strategy.buys": (0.3, 0.9)},
    ["sn1.price", "sn1.price.highest"],
    set={**LAST, 'metrics."sn1.price.highest".to': 5_100_499, "agents.traders.strategy.trades_per_day": 240.0},
    blocks=500,
)
prior = BoxUniform(torch.tensor(simulate.low), torch.tensor(simulate.high))

# %% [markdown]
# A thousand simulated truths teach the network. Prices are seen as logarithms, since a few of them are ten times the others; a spline
# flow, since the default one draws nothing but normal distributions where there is one parameter.

# %%
torch.manual_seed(1)
theta = prior.sample((1_000,))
outcomes = simulate(theta)
inference = NPE(prior=prior, density_estimator="nsf", show_progress_bars=False)
inference.append_simulations(theta.float(), outcomes.log().float()).train()
posterior = inference.build_posterior()

# %% [markdown]
# One truth of 0.7, and whether the intervals keep their word on 100 truths that the network has not seen.

# %%
seen = simulate(torch.tensor([[0.7]]), seeds=[1_000_000])
kept = posterior.sample((4_000,), x=seen.log().float(), show_progress_bars=False)[:, 0]
low, middle, high = torch.quantile(kept, torch.tensor([0.05, 0.5, 0.95])).tolist()
print(f"purchases: {middle:.2f} of all orders, 90 % between {low:.2f} and {high:.2f}; the truth is 0.70, the prior said 0.30 to 0.90")

truths = prior.sample((100,))
found = simulate(truths, seeds=list(range(2_000_000, 2_000_100)))
inside = 0
for truth, outcome in zip(truths, found):
    kept = posterior.sample((1_000,), x=outcome.log().float()[None], show_progress_bars=False)[:, 0]
    low, high = torch.quantile(kept, torch.tensor([0.05, 0.95])).tolist()
    inside += low <= truth.item() <= high
print(f"of 100 other truths {inside} lie within their 90 % interval")
