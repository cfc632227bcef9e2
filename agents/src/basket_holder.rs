//! Somebody who holds shares of a validator's fund on root, and claims when it pays.
//!
//! At first it stakes TAO on root through a hotkey, which earns shares, and TAO into the hotkey's fund, which buys them. Every `every`
//! blocks it works out what a claim would pay now, and claims if that is enough:
//!
//! ```text
//! part   = its shares / all shares * the fund's value
//! claims if paid - cost >= least    and    paid >= (1 - most_lost) * part
//! ```
//! A claim gives up all shares that it is owed, also its part of holdings that are too small to be sold (`dust`), and is sold at what
//! the pools then give. What it is paid is staked on root and earns there, while shares that it leaves earn what the fund's holdings
//! earn. So it waits until there is enough to pay for the call, and leaves the claim where too much would be left behind.
//!
//! The cost is that of the call itself, which is not taken here: about 0.001 TAO on mainnet since spec 467. Waiting for a multiple of it
//! is an assumption.

use bevy_ecs::prelude::Component;
use dtao_engine::account::Hotkey;
use dtao_engine::call::Call;
use dtao_engine::strategy::{Actor, Strategy};
use dtao_engine::view::View;
use dtao_protocol::basket::FundShares;
use dtao_protocol::units::{Netuid, Tao};
use rand::RngExt;
use serde::{Deserialize, Serialize};

use crate::prior::Prior;
use crate::priors::priors;
use crate::script::Who;
use crate::{ParameterError, Parameters, range};

/// The line about it in the list.
pub(crate) const ABOUT: &str = "holds shares of a validator's fund on root, and claims when it pays";

/// Holds shares of a validator's fund on root, and claims when it pays.
#[derive(Component, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BasketHolder {
    /// The validator on root.
    pub hotkey: Who,
    /// TAO that it stakes on root through it at first; as much as it has, if that is less.
    pub root: Tao,
    /// TAO that it stakes into the fund at first, from spec 464 on; as much as is left, if that is less.
    pub fund: Tao,
    /// Blocks between two looks; 1 or more. The first is at a block of its own within as many.
    pub every: u64,
    /// What a claim must pay at least, beyond its cost. P.
    pub least: Prior<Tao>,
    /// What the call costs: it is not taken, only counted. P.
    pub cost: Prior<Tao>,
    /// Which part of what its shares are worth a claim may lose; 0 to 1. P.
    pub most_lost: Prior<f64>,
    #[serde(skip)]
    staked: bool,
}

impl BasketHolder {
    /// One before its first block.
    #[must_use]
    pub const fn new(
        hotkey: Who,
        (root, fund): (Tao, Tao),
        every: u64,
        (least, cost): (Prior<Tao>, Prior<Tao>),
        most_lost: Prior<f64>,
    ) -> Self {
        Self { hotkey, root, fund, every, least, cost, most_lost, staked: false }
    }

    /// Stakes what it begins with.
    fn stake(&self, hotkey: Hotkey, view: &View, me: &mut Actor) {
        let mut left = view.spendable(me.id);
        let root = self.root.min(left);
        if root > Tao::ZERO {
            me.submit(Call::Stake { netuid: Netuid::ROOT, hotkey, tao: root, limit: None });
            left -= root;
        }
        let fund = self.fund.min(left);
        if fund > Tao::ZERO {
            me.submit(Call::StakeIntoFund { hotkey, tao: fund });
        }
    }

    /// Whether a claim pays now.
    fn pays(&self, hotkey: Hotkey, view: &View, me: &Actor) -> bool {
        let paid = view.fund_claim(me.id, hotkey);
        if paid < self.least.value().saturating_add(self.cost.value()) || paid == Tao::ZERO {
            return false;
        }
        let all = view.funds().of(hotkey).map_or(0, FundShares::minted);
        let part = view.fund_shares(me.id, hotkey) as f64 / all as f64 * view.fund_value(hotkey).to_f64();
        paid.to_f64() >= (1.0 - self.most_lost.value()) * part
    }
}

priors! {
    BasketHolder {
        least: 0.0..=range::TAO,
        cost: 0.0..=range::TAO,
        most_lost: 0.0..=1.0,
    }
    besides { hotkey, root, fund, every, staked }
}

impl Parameters for BasketHolder {
    fn check(&self) -> Result<(), ParameterError> {
        range::blocks("every", self.every, 1)
    }

    fn groups(&self) -> Vec<(String, String)> {
        self.hotkey.group().map(|group| ("hotkey".to_owned(), group.to_owned())).into_iter().collect()
    }

    fn members(&self) -> Vec<(String, (String, u32))> {
        let owned = |(group, number): (&str, u32)| ("hotkey".to_owned(), (group.to_owned(), number));
        self.hotkey.member().map(owned).into_iter().collect()
    }
}

impl Strategy for BasketHolder {
    fn start(&mut self, _: &View, me: &mut Actor) {
        me.wake_after(1);
    }

    fn decide(&mut self, view: &View, me: &mut Actor) {
        let hotkey = Hotkey(self.hotkey.account(view, me.id));
        if !self.staked {
            self.staked = true;
            self.stake(hotkey, view, me);
            let first = me.random().random_range(1..=self.every);
            return me.wake_after(first);
        }
        if self.pays(hotkey, view, me) {
            me.submit(Call::ClaimFunds { hotkey: Some(hotkey) });
        }
        me.wake_after(self.every);
    }
}

#[cfg(test)]
mod tests {
    use dtao_engine::account::AgentId;
    use dtao_protocol::units::RAO;

    use super::*;
    use crate::Agent;
    use crate::testing::Market;

    /// One with 1,000 TAO on root and 100 in the fund, that looks every 20 blocks.
    fn holder(least: u64, most_lost: f64) -> BasketHolder {
        let tao = |whole: u64| Tao::from_rao(whole * RAO);
        let least = Prior::Exactly(Tao::from_rao(least));
        let cost = Prior::Exactly(Tao::from_rao(1_000_000));
        BasketHolder::new(
            Who::Aggregate,
            (tao(1_000), tao(100)),
            20,
            (least, cost),
            Prior::Exactly(most_lost),
        )
    }

    fn calls(holder: BasketHolder) -> Vec<(u64, Call)> {
        let calls = Market::with_funds().calls_of(holder, 400);
        calls.into_iter().map(|(block, call)| (block.0, call)).collect()
    }

    fn claims(calls: &[(u64, Call)]) -> Vec<u64> {
        // Of this fund only: what it is owed by others it has not valued.
        let fund = Hotkey(AgentId::ROOT_STAKERS);
        let claims = calls.iter().filter(|(_, call)| *call == Call::ClaimFunds { hotkey: Some(fund) });
        claims.map(|&(block, _)| block).collect()
    }

    #[test]
    fn it_stakes_on_root_and_into_the_fund_and_claims_what_is_worth_the_call() {
        let all = calls(holder(0, 0.05));
        let hotkey = Hotkey(AgentId::ROOT_STAKERS);
        let tao = Tao::from_rao(1_000 * RAO);
        assert_eq!(all[0].1, Call::Stake { netuid: Netuid::ROOT, hotkey, tao, limit: None });
        assert_eq!(all[1].1, Call::StakeIntoFund { hotkey, tao: Tao::from_rao(100 * RAO) });
        // Its hundred TAO in the fund can be claimed at the first look.
        let claims = claims(&all);
        assert!(!claims.is_empty() && claims[0] <= 22, "{claims:?}");
    }

    #[test]
    fn it_waits_until_there_is_enough() {
        let often = claims(&calls(holder(0, 0.05))).len();
        let seldom = claims(&calls(holder(3_000_000, 0.05))).len();
        assert!(often > seldom && seldom > 0, "{often} {seldom}");
        assert!(claims(&calls(holder(10_000 * RAO, 0.05))).is_empty(), "never so much");
    }

    #[test]
    fn it_leaves_a_claim_that_would_lose_too_much() {
        // Of cash nothing is lost, so that the first claim pays; parts of holdings on subnets are rounded down.
        let (strict, lenient) = (claims(&calls(holder(0, 0.0))).len(), claims(&calls(holder(0, 0.05))).len());
        assert!(strict < lenient, "{strict} {lenient}");
    }

    #[test]
    fn parameters_out_of_range_are_refused_by_name() {
        let field = |holder: BasketHolder| holder.check_all().expect_err("out of range").field;
        assert_eq!(field(BasketHolder { every: 0, ..holder(0, 0.0) }), "every");
        assert_eq!(field(holder(0, 1.5)), "most_lost");
        let of = BasketHolder { hotkey: Who::Nth("validators".into(), 2), ..holder(0, 0.0) };
        assert_eq!(of.groups(), [("hotkey".into(), "validators".into())]);
        assert_eq!(of.members(), [("hotkey".into(), ("validators".into(), 2))]);
    }
}
