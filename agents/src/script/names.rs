//! What a call as a scenario writes it names and asks for: what can be checked before the run.

use dtao_protocol::basket::MOST_TRADES;
use dtao_protocol::halving::MAX_SUPPLY;
use dtao_protocol::registration::CollateralTerms;
use dtao_protocol::root_claim::{ClaimType, MAX_SUBNETS_CLAIMED};
use dtao_protocol::rules::Rules;
use dtao_protocol::settable::Settable;
use dtao_protocol::units::{Alpha, Netuid, RAO, Tao};

use super::scripted_call::ScriptedCall;
use super::size::Size;
use super::who::Who;

impl ScriptedCall {
    /// What is wrong with it, whatever the state is.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        let amounts = [self.amount(), self.limit()].into_iter().flatten();
        if let Some(amount) = amounts.into_iter().find(|&amount| amount > MAX_SUPPLY) {
            return Some(format!("{} of TAO or alpha: there is never more than 21,000,000", amount / RAO));
        }
        match *self {
            Self::SetMovingAlpha(coefficient) if !(0.0..=1.0).contains(&coefficient) => {
                Some(format!("a moving price's coefficient is 0 to 1 per block, not {coefficient}"))
            }
            Self::ClaimRoot(ref netuids) if netuids.is_empty() || netuids.len() > MAX_SUBNETS_CLAIMED => {
                Some(format!("a call claims of 1 to {MAX_SUBNETS_CLAIMED} subnets, not of {}", netuids.len()))
            }
            Self::TradeFund(ref trades) if trades.is_empty() || trades.len() > MOST_TRADES => {
                Some(format!("a call makes 1 to {MOST_TRADES} trades of a fund, not {}", trades.len()))
            }
            Self::TradeFund(ref trades) if trades.iter().any(|trade| trade.from == trade.to) => {
                Some("a fund's trade goes from one subnet to another; 0 is its cash".into())
            }
            Self::SetClaimType(ClaimType::KeepSubnets(ref kept)) if kept.is_empty() => {
                Some("name the subnets whose alpha is kept, or write `Swap` to sell all".into())
            }
            Self::SetEmissionWeights { owner, validator, .. }
                if owner.of(u64::MAX).checked_add(validator.of(u64::MAX)).is_none() =>
            {
                Some("owner and validators together get more than 100 %".into())
            }
            Self::SetCollateral { lock_share, release, .. } => {
                CollateralTerms::written(lock_share, release).err().map(|fault| fault.to_string())
            }
            Self::SetRules(ref values) => {
                Rules::check(values).err().map(|error| format!("rules.{}: {error}", error.path))
            }
            Self::SwapStake { limit: Some(limit), .. } if !(0.0..=1e9).contains(&limit) => {
                Some(format!("a relative price is 0 to 1e9 alpha per alpha, not {limit}"))
            }
            Self::Stake { limit: None, allow_partial: Some(_), .. }
            | Self::Unstake { limit: None, allow_partial: Some(_), .. }
            | Self::SwapStake { limit: None, allow_partial: Some(_), .. } => {
                Some("`allow_partial` means nothing without a `limit`: add one, or leave it out".into())
            }
            _ => None,
        }
    }

    /// The rao of TAO or alpha that it is for, where it does not say a fraction.
    fn amount(&self) -> Option<u64> {
        let alpha = |size: &Size<Alpha>| match size {
            Size::Amount(alpha) => Some(alpha.rao()),
            Size::Fraction(_) => None,
        };
        match self {
            Self::Stake { tao: Size::Amount(tao), .. }
            | Self::StakeIntoFund { tao: Size::Amount(tao), .. }
            | Self::FakeValue { tao: Size::Amount(tao), .. } => Some(tao.rao()),
            Self::TradeFund(trades) => {
                trades.iter().flat_map(|trade| [alpha(&trade.alpha), Some(trade.least.rao())]).flatten().max()
            }
            Self::Unstake { alpha: size, .. }
            | Self::SwapStake { alpha: size, .. }
            | Self::MoveStake { alpha: size, .. }
            | Self::TransferStake { alpha: size, .. }
            | Self::LockStake { alpha: size, .. }
            | Self::AddCollateral { alpha: size, .. } => alpha(size),
            Self::SetMinCollateral { alpha, .. } => Some(alpha.rao()),
            _ => None,
        }
    }

    /// The rao of its price limit.
    fn limit(&self) -> Option<u64> {
        match self {
            Self::Stake { limit, .. } | Self::Unstake { limit, .. } => limit.map(Tao::rao),
            Self::AddCollateral { limit, .. } => Some(limit.rao()),
            _ => None,
        }
    }

    /// The subnets that it names, root among them.
    pub(super) fn netuids(&self) -> Vec<Netuid> {
        match self {
            Self::Stake { netuid, .. }
            | Self::Unstake { netuid, .. }
            | Self::StartSubnet { netuid }
            | Self::RegisterNeuron { netuid }
            | Self::FakeValue { netuid, .. }
            | Self::SetWeights { netuid, .. }
            | Self::SetChildren { netuid, .. }
            | Self::SetEmissionWeights { netuid, .. }
            | Self::LockStake { netuid, .. }
            | Self::MoveLock { netuid, .. }
            | Self::SetPerpetualLock { netuid, .. }
            | Self::AddCollateral { netuid, .. }
            | Self::SetMinCollateral { netuid, .. }
            | Self::SetCollateral { netuid, .. }
            | Self::SetTempo { netuid, .. }
            | Self::SetEmission { netuid, .. } => vec![*netuid],
            Self::SwapStake { from, to, .. }
            | Self::MoveStake { from, to, .. }
            | Self::TransferStake { from, to, .. } => vec![*from, *to],
            Self::SetRootWeights(weights) => weights.iter().map(|&(netuid, _)| netuid).collect(),
            Self::ClaimRoot(netuids) => netuids.clone(),
            Self::TradeFund(trades) => trades.iter().flat_map(|trade| [trade.from, trade.to]).collect(),
            Self::SetClaimType(ClaimType::KeepSubnets(kept)) => kept.iter().copied().collect(),
            Self::UnstakeAll { .. }
            | Self::UnstakeAllAlpha { .. }
            | Self::RegisterSubnet
            | Self::ClaimFunds { .. }
            | Self::StakeIntoFund { .. }
            | Self::SetClaimType(ClaimType::Swap | ClaimType::Keep)
            | Self::SetMovingAlpha(_)
            | Self::SetRules(_)
            | Self::Upgrade(_) => vec![],
        }
    }

    /// The subnet that must have neurons for it.
    pub(super) fn detailed(&self) -> Option<Netuid> {
        match self {
            Self::RegisterNeuron { netuid }
            | Self::SetWeights { netuid, .. }
            | Self::AddCollateral { netuid, .. }
            | Self::SetMinCollateral { netuid, .. }
            | Self::SetCollateral { netuid, .. }
            | Self::SetChildren { netuid, .. } => Some(*netuid),
            Self::Stake { .. }
            | Self::Unstake { .. }
            | Self::UnstakeAll { .. }
            | Self::UnstakeAllAlpha { .. }
            | Self::SwapStake { .. }
            | Self::MoveStake { .. }
            | Self::TransferStake { .. }
            | Self::RegisterSubnet
            | Self::StartSubnet { .. }
            | Self::FakeValue { .. }
            | Self::SetEmissionWeights { .. }
            | Self::LockStake { .. }
            | Self::MoveLock { .. }
            | Self::SetPerpetualLock { .. }
            | Self::SetRootWeights(_)
            | Self::ClaimRoot(_)
            | Self::ClaimFunds { .. }
            | Self::StakeIntoFund { .. }
            | Self::TradeFund(_)
            | Self::SetClaimType(_)
            | Self::SetMovingAlpha(_)
            | Self::SetRules(_)
            | Self::Upgrade(_)
            | Self::SetTempo { .. }
            | Self::SetEmission { .. } => None,
        }
    }

    /// The groups of agents that it names.
    pub(super) fn groups(&self) -> Vec<&str> {
        self.named().into_iter().filter_map(Who::group).collect()
    }

    /// The accounts that it names by a group and a number.
    pub(super) fn members(&self) -> Vec<(&str, u32)> {
        self.named().into_iter().filter_map(Who::member).collect()
    }

    fn named(&self) -> Vec<&Who> {
        match self {
            Self::Stake { hotkey, .. }
            | Self::Unstake { hotkey, .. }
            | Self::UnstakeAll { hotkey }
            | Self::UnstakeAllAlpha { hotkey }
            | Self::SwapStake { hotkey, .. }
            | Self::LockStake { hotkey, .. }
            | Self::MoveLock { hotkey, .. }
            | Self::StakeIntoFund { hotkey, .. } => vec![hotkey],
            Self::MoveStake { from_hotkey, to_hotkey, .. } => vec![from_hotkey, to_hotkey],
            Self::TransferStake { receiver, hotkey, .. } => vec![receiver, hotkey],
            Self::SetChildren { children, .. } => children.iter().map(|(who, _)| who).collect(),
            Self::ClaimFunds { hotkey } => hotkey.iter().collect(),
            Self::RegisterSubnet
            | Self::StartSubnet { .. }
            | Self::RegisterNeuron { .. }
            | Self::FakeValue { .. }
            | Self::SetEmissionWeights { .. }
            | Self::SetPerpetualLock { .. }
            | Self::AddCollateral { .. }
            | Self::SetMinCollateral { .. }
            | Self::SetCollateral { .. }
            | Self::SetWeights { .. }
            | Self::SetRootWeights(_)
            | Self::ClaimRoot(_)
            | Self::TradeFund(_)
            | Self::SetClaimType(_)
            | Self::SetMovingAlpha(_)
            | Self::SetRules(_)
            | Self::Upgrade(_)
            | Self::SetTempo { .. }
            | Self::SetEmission { .. } => vec![],
        }
    }
}

#[cfg(test)]
mod tests {
    use dtao_engine::call::Call;
    use dtao_protocol::fixed::Q64;
    use dtao_protocol::units::Block;

    use super::*;
    use crate::script::{Line, Script};
    use crate::testing::Market;

    #[test]
    fn calls_about_collateral_are_submitted_as_they_are_written_and_checked_before() {
        let (netuid, alpha, limit) = (Netuid(3), Alpha::from_rao(7), Tao::from_rao(5));
        let calls = [
            ScriptedCall::AddCollateral { netuid, alpha: Size::Amount(alpha), limit },
            ScriptedCall::SetMinCollateral { netuid, alpha },
            ScriptedCall::SetCollateral { netuid, lock_share: 0.2, release: 0.5 },
        ];
        for call in &calls {
            assert_eq!((call.fault(), call.netuids(), call.detailed()), (None, vec![netuid], Some(netuid)));
        }
        let lines = calls.map(|call| Line { block: Block(1), call }).to_vec();
        let submitted = Market::quiet().calls_of(Script::new(lines), 20);
        let terms = CollateralTerms::new(13_107, Q64::from_f64(0.5)).expect("in range");
        assert_eq!(
            submitted.into_iter().map(|(_, call)| call).collect::<Vec<_>>(),
            [
                Call::AddCollateral { netuid, alpha, limit },
                Call::SetMinCollateral { netuid, alpha },
                Call::SetCollateral { netuid, terms },
            ]
        );
        let much = Alpha::from_rao(MAX_SUPPLY + 1);
        assert!(ScriptedCall::SetMinCollateral { netuid, alpha: much }.fault().is_some());
    }
}
