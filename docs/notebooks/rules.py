# %% [markdown]
# # A rule compared
#
# The same thirty traders under three rules for sharing a block's TAO: what becomes of the concentration of the emission?
# Run from the project's folder, or after `dtao.init()`.

# %%
import dtao

rules = dtao.compare(
    "configs/scenarios/noise.ron",
    ["MarketCap", "SpotPrice", "Uniform"],
    blocks=1_000,
    seeds=5,
    outcomes=["emission.hhi", "emission.gini"],
)
print(rules.sentence)

# %% [markdown]
# The table for a pull request; a notebook draws it.

# %%
print(rules.markdown)

# %% [markdown]
# The same as a data frame.

# %%
table = rules.table.to_polars()
print(table.select("outcome", "MovingPrice", "Uniform", "Uniform: difference"))
assert table.filter(table["outcome"] == "emission.hhi")["Uniform: difference"][0] < 0
