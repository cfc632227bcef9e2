//! Kinds of calls: which of them a scenario's rules know, and which a user wants to be tried.

use dtao_agents::program::Action;
use dtao_experiment::scenario::{Loaded, NewSubnets};
use dtao_files::input::{InputError, suggest};
use dtao_protocol::basket::{FundDeposits, FundTrades, RootDividends};
use dtao_protocol::conviction::LockCalls;
use dtao_protocol::emission::Emission;
use dtao_protocol::emission_weights::AlphaDivision;
use dtao_protocol::root_claim::ClaimCalls;
use dtao_protocol::rules::Rules;

macro_rules! kinds {
    ($($name:ident),* $(,)?) => {
        /// A kind of call.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Kind {
            $(#[doc = concat!("[`Action::", stringify!($name), "`].")] $name,)*
        }

        impl Kind {
            /// All kinds, with their names.
            pub const ALL: &[(Self, &'static str)] = &[$((Self::$name, stringify!($name))),*];
        }
    };
}

kinds! {
    Stake, Unstake, UnstakeAll, UnstakeAllAlpha, SwapStake, MoveStake, TransferStake, RegisterSubnet, StartSubnet, RegisterNeuron,
    SetWeights, SetChildren, SetEmissionWeights, LockStake, MoveLock, SetPerpetualLock, SetRootWeights, ClaimRoot, ClaimFunds,
    StakeIntoFund, TradeFund, SetClaimType, FakeValue,
}

impl Kind {
    /// The kind of a program's call.
    #[must_use]
    pub const fn of(action: &Action) -> Self {
        match action {
            Action::Stake { .. } => Self::Stake,
            Action::Unstake { .. } => Self::Unstake,
            Action::UnstakeAll { .. } => Self::UnstakeAll,
            Action::UnstakeAllAlpha { .. } => Self::UnstakeAllAlpha,
            Action::SwapStake { .. } => Self::SwapStake,
            Action::MoveStake { .. } => Self::MoveStake,
            Action::TransferStake { .. } => Self::TransferStake,
            Action::RegisterSubnet => Self::RegisterSubnet,
            Action::StartSubnet { .. } => Self::StartSubnet,
            Action::RegisterNeuron { .. } => Self::RegisterNeuron,
            Action::SetWeights { .. } => Self::SetWeights,
            Action::SetChildren { .. } => Self::SetChildren,
            Action::SetEmissionWeights { .. } => Self::SetEmissionWeights,
            Action::LockStake { .. } => Self::LockStake,
            Action::MoveLock { .. } => Self::MoveLock,
            Action::SetPerpetualLock { .. } => Self::SetPerpetualLock,
            Action::SetRootWeights { .. } => Self::SetRootWeights,
            Action::ClaimRoot { .. } => Self::ClaimRoot,
            Action::ClaimFunds => Self::ClaimFunds,
            Action::StakeIntoFund { .. } => Self::StakeIntoFund,
            Action::TradeFund { .. } => Self::TradeFund,
            Action::SetClaimType { .. } => Self::SetClaimType,
            Action::FakeValue { .. } => Self::FakeValue,
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        let named = Self::ALL.iter().find(|(kind, _)| *kind == self);
        named.expect("every kind is in the list").1
    }

    /// Reads a list such as `Stake,Unstake`.
    ///
    /// # Errors
    /// If a name is none, or stands twice.
    pub fn list(names: &[String]) -> Result<Vec<Self>, InputError> {
        let mut kinds = Vec::new();
        for name in names {
            let known = Self::ALL.iter().find(|(_, known)| known == name);
            let Some(&(kind, _)) = known else {
                let all: Vec<&str> = Self::ALL.iter().map(|&(_, name)| name).collect();
                let help = suggest(name, &all, "calls");
                return Err(InputError::file("--ops", format!("no call is named `{name}`"), help));
            };
            if kinds.contains(&kind) {
                let help = Some("name each call once".into());
                return Err(InputError::file("--ops", format!("the call `{name}` is named twice"), help));
            }
            kinds.push(kind);
        }
        Ok(kinds)
    }

    /// The kinds that may be accepted at some time of a scenario, by the rules at its start and after each change.
    #[must_use]
    pub fn known_in(loaded: &Loaded) -> Vec<Self> {
        let rules = rules_of(loaded);
        let any = |holds: fn(&Rules) -> bool| rules.iter().any(holds);
        let scenario = &loaded.scenario;
        let neurons = !scenario.detail.is_empty() || scenario.new_subnets != NewSubnets::Aggregate;
        let pools = any(|rules| rules.emission != Emission::RootVote);
        let shares = |rules: &Rules| rules.funds.dividends == RootDividends::FundShares;
        let known = |kind: Self| match kind {
            Self::Stake | Self::Unstake | Self::RegisterSubnet => true,
            Self::UnstakeAll
            | Self::UnstakeAllAlpha
            | Self::SwapStake
            | Self::MoveStake
            | Self::TransferStake => pools,
            Self::StartSubnet => any(Rules::wait_for_start),
            Self::RegisterNeuron | Self::SetWeights | Self::SetChildren => neurons,
            Self::SetEmissionWeights => {
                any(|rules| rules.coinbase.alpha_division == AlphaDivision::EmissionWeights)
            }
            Self::LockStake | Self::MoveLock | Self::SetPerpetualLock => {
                any(|rules| rules.locks.calls != LockCalls::None)
            }
            Self::SetRootWeights => any(|rules| rules.emission == Emission::RootVote),
            Self::ClaimRoot | Self::SetClaimType => any(|rules| rules.root_claims.calls != ClaimCalls::None),
            Self::ClaimFunds => rules.iter().any(shares),
            Self::StakeIntoFund => any(|rules| rules.funds.deposits != FundDeposits::None),
            Self::TradeFund => any(|rules| rules.funds.trades != FundTrades::None),
            Self::FakeValue => any(|rules| rules.emission.measures()),
        };
        Self::ALL.iter().map(|&(kind, _)| kind).filter(|&kind| known(kind)).collect()
    }
}

/// The rules at a scenario's start, and after each of its changes.
pub(crate) fn rules_of(loaded: &Loaded) -> Vec<Rules> {
    let scenario = &loaded.scenario;
    let mut spec = scenario.protocol.spec;
    let before = loaded.checkpoint.as_ref().map_or_else(|| Rules::at(spec), |state| state.rules);
    let mut all = vec![scenario.protocol.applied_to(&before)];
    for change in &scenario.eras {
        let mut rules = *all.last().expect("those at the start");
        if let Some(to) = change.spec {
            rules.upgrade(spec, to);
            spec = to;
        }
        if let Some(values) = &change.rules {
            dtao_protocol::settable::Settable::set(&mut rules, values);
        }
        all.push(rules);
    }
    all
}
