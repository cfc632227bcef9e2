# %% [markdown]
# # Your own pool
#
# A pool of 1,200 TAO and 90,000 alpha beside those of April 2026, under the rules of then. What does it make of a sale of 20,000 alpha,
# in one block or in a hundred? Run from the project's folder, or after `dtao.init()`.

# %%
import dtao

SCENARIO = "configs/scenarios/april_2026.ron"

# %% [markdown]
# The world before anybody sells: the ten deepest pools.

# %%
world = dtao.World(SCENARIO, blocks=600)
world.step(1)
pools = world.pools().to_polars().sort("tao_in", descending=True)
print(pools.head(10))

# %% [markdown]
# A buyer enters the deepest of them, in one block, and leaves it a hundred blocks later. What was paid and received stands in the
# receipts of the calls.

# %%
netuid = pools["netuid"][0]
group = next(name for name in world.groups if world.account(name)[0] > 100)
before = world.account(group)[0]
world.submit(group, f'Stake(netuid: {netuid}, tao: "50 TAO")')
world.step()
bought = [call for call in world.calls() if (call["group"], call["place"]) == (group, 0)][-1]
world.step(100)
world.submit(group, f'Unstake(netuid: {netuid}, alpha: "{bought["alpha"]:.9f} alpha")')
world.step()
sold = [call for call in world.calls() if (call["group"], call["place"]) == (group, 0)][-1]
print(f"paid {bought['tao']} TAO for {bought['alpha']} alpha, sold for {sold['tao']} TAO")
assert bought["event"] == "buy" and sold["event"] == "sell", (bought, sold)
