//! The funds of hotkeys on root as a run leaves them, for another run to go on with: all as one, that of the hotkey which
//! stands for most of root's stake.

use dtao_protocol::basket::{FundShares, RootDividends};
use dtao_protocol::fixed::Q32;
use dtao_protocol::share_pool::SharePool;
use dtao_protocol::units::{Alpha, Netuid, Tao};

use super::Stakes;
use crate::account::{AgentId, Hotkey};
use crate::carried::CarriedFund;

const ONE: Hotkey = Hotkey::AGGREGATE;

impl Stakes {
    /// What funds hold and owe, together, under rules by which there may be some; none if there is no fund.
    pub(crate) fn fund_as_one(&self, dividends: RootDividends) -> Option<CarriedFund> {
        let hotkeys: Vec<Hotkey> = self.funds.hotkeys().collect();
        let shares = |hotkey: &Hotkey| self.funds.of(*hotkey).expect("it was listed");
        let rate = self.funds.of(ONE).map(FundShares::rate);
        let rate = rate.or(hotkeys.iter().map(|hotkey| shares(hotkey).rate()).max());
        let rate = match dividends {
            // Before there is one, the shares are carried that it will join.
            RootDividends::FundShares => rate.unwrap_or_default(),
            RootDividends::Claimable => rate?,
        };
        let owed = |hotkey: &Hotkey| -> i128 {
            let of = |agent: &AgentId, staked| shares(hotkey).owed_or_overpaid(agent, staked);
            let pool = self.pool(Netuid::ROOT, *hotkey);
            let staking = pool.into_iter().flat_map(SharePool::values).filter(|(agent, _)| !agent.is_fund());
            let staking: Vec<_> =
                staking.map(|(agent, staked)| (agent, Tao::from_rao(staked.rao()))).collect();
            let left = shares(hotkey).booked().filter(|(agent, _)| !staking.iter().any(|s| s.0 == *agent));
            staking.iter().map(|(agent, staked)| of(agent, *staked)).sum::<i128>()
                + left.map(|(agent, _)| of(&agent, Tao::ZERO)).sum::<i128>()
        };
        let held = |netuid: Netuid| -> Alpha {
            let all = self.on(netuid).flat_map(|(_, pool)| pool.values());
            all.filter(|(agent, _)| agent.is_fund()).map(|(_, alpha)| alpha).sum()
        };
        let netuids = (1..self.pools.len() as u16).map(Netuid);
        let holdings = netuids.map(|netuid| (netuid, held(netuid))).filter(|(_, alpha)| *alpha > Alpha::ZERO);
        let holdings: Vec<(Netuid, Alpha)> = holdings.collect();
        // Also where the fund has nothing yet: what it comes in for later is rounded by the shares that are there.
        let pool = |netuid: Netuid| {
            let alone = self.on(netuid).count() == 1;
            Some((netuid, self.pool(netuid, ONE).filter(|_| alone)?.merged(as_one)))
        };
        Some(CarriedFund {
            shares: hotkeys.iter().map(|hotkey| shares(hotkey).minted()).sum(),
            rate,
            owed: hotkeys.iter().map(owed).sum(),
            cash: Tao::from_rao(held(Netuid::ROOT).rao()),
            pools: (1..self.pools.len() as u16).map(Netuid).filter_map(pool).collect(),
            holdings,
            last_turn: self.funds.cursor().map(|(_, netuid)| netuid),
        })
    }

    /// All stake on root as one account's, and what funds have of it as one fund's; none if there is none on the hotkey that
    /// stands for most of it.
    pub(crate) fn root_as_one(&self) -> Option<SharePool<AgentId>> {
        let mut pool = self.pool(Netuid::ROOT, ONE)?.merged(as_one);
        let others = || self.on(Netuid::ROOT).filter(|&(hotkey, _)| hotkey != ONE);
        let of_funds = |pool: &SharePool<AgentId>| -> Alpha {
            pool.values().filter(|(agent, _)| agent.is_fund()).map(|(_, alpha)| alpha).sum()
        };
        let funds: Alpha = others().map(|(_, pool)| of_funds(pool)).sum();
        let all: Alpha = others().map(|(_, pool)| pool.total()).sum();
        for (agent, alpha) in [(AgentId::ROOT_STAKERS, all - funds), (ONE.fund(), funds)] {
            if alpha > Alpha::ZERO {
                pool.add(agent, alpha);
            }
        }
        Some(pool)
    }

    /// Lets a fund go on as it was; what it holds is staked elsewhere.
    pub(crate) fn resume_fund(&mut self, fund: &CarriedFund) {
        if fund.shares == 0 && fund.rate == Q32::ZERO && fund.owed == 0 {
            return;
        }
        let staker = AgentId::ROOT_STAKERS;
        let earned = FundShares::<AgentId>::new(fund.shares, fund.rate, [].into());
        let earned = earned.owed_or_overpaid(&staker, self.on_root(ONE, staker));
        let claimed = Some((staker, earned - fund.owed)).filter(|&(_, claimed)| claimed != 0);
        self.funds.begin(ONE, FundShares::new(fund.shares, fund.rate, claimed.into_iter().collect()));
        self.funds.resume(fund.last_turn.map(|netuid| (ONE, netuid)));
    }
}

/// Whose share an account's is where all are one's.
fn as_one(agent: AgentId) -> AgentId {
    if agent.is_fund() { ONE.fund() } else { AgentId::ROOT_STAKERS }
}
