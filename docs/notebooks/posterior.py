# %% [markdown]
# # A posterior
#
# Which part of the traders' orders are purchases? A run of the noise scenario with a known answer takes the place of data. How far one
# price narrows it down is found by rejection among 400 simulated truths: not far. [sbi/posterior.py](sbi/posterior.py)
# does the same with [sbi](https://sbi-dev.github.io/sbi/): `dtao.simulator` takes and returns torch tensors. Run from the project's folder, or after `dtao.init()`.

# %%
import dtao
import numpy as np

PRIORS = {"agents.traders.strategy.buys": (0.3, 0.9)}
OUTCOMES = ["sn1.price", "sn1.price.highest"]
LAST = {f'metrics."{name}".at': 5_100_499 for name in ("emission_shares", "sn1.price", "sn6.root_proportion")}
simulate = dtao.simulator(
    "configs/scenarios/noise.ron",
    PRIORS,
    OUTCOMES,
    set={**LAST, 'metrics."sn1.price.highest".to': 5_100_499, "agents.traders.strategy.trades_per_day": 240.0},
    blocks=500,
)

# %% [markdown]
# The truth is 0.7; the inference sees only what it came to.

# %%
seen = simulate(np.array([0.7]), seeds=[1_000_000])
generator = np.random.default_rng(1)
theta = generator.uniform(simulate.low, simulate.high, size=(400, 1))
outcomes = simulate(theta)

# %%
scale = outcomes.std(axis=0)
distance = np.linalg.norm((outcomes - seen) / scale, axis=1)
kept = theta[np.argsort(distance)[:40], 0]
low, middle, high = np.percentile(kept, [5, 50, 95])
print(f"purchases: {middle:.2f} of all orders, 90 % between {low:.2f} and {high:.2f}; the prior said 0.30 to 0.90")
assert low < 0.7 < high and high - low < 0.5
