# %% [markdown]
# # SN28 in February 2025
#
# The pump of SN28 and the intervention, from the behaviour of its participants: one run of the scenario, its price, its facts. The whole
# experiment is `dtao reproduce sn28` ([what it says](../experiments/sn28.md)). Run from the project's folder, or after `dtao.init()`.

# %%
import dtao
import matplotlib.pyplot as plt
import polars as pl

result = dtao.run("configs/scenarios/sn28.ron", seed=1)
for name, value in result.metrics.items():
    print(f"{name:40} {value}")

# %%
sn28 = result.subnets.to_polars().filter(pl.col("netuid") == 28).with_columns(pl.col("time_utc").str.to_datetime("%Y-%m-%dT%H:%M:%SZ"))
figure, axes = plt.subplots()
axes.plot(sn28["time_utc"], sn28["price"], label="price")
axes.plot(sn28["time_utc"], sn28["moving_price"], label="moving price")
axes.set_ylabel("TAO per alpha")
axes.legend()
figure.autofmt_xdate()
plt.show()
assert sn28["price"].max() > 3 * sn28["price"][-1], "the price falls"

# %% [markdown]
# What was drawn of the quantities that are not known, in this run.

# %%
for name, value in sorted(result.summary["priors"].items())[:10]:
    print(f"{name:40} {value:.4g}")
