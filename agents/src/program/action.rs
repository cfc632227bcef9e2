//! A program's calls: every call that an account has, with amounts as parts and subnets by what they are.

use serde::{Deserialize, Serialize};

use super::place::Place;

/// A call as a program writes it. A part is of what the account has when it calls, 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Action {
    /// Buys stake; on root it is staked as it is.
    Stake {
        /// The subnet.
        on: Place,
        /// Which part of the free TAO.
        part: f64,
        /// The hotkey to stake on.
        #[serde(default)]
        hotkey: Key,
        /// The price above which no more is bought, over the price now; above 0.
        #[serde(default)]
        limit: Option<f64>,
    },
    /// Sells stake.
    Unstake {
        /// The subnet.
        on: Place,
        /// Which part of the stake on the hotkey.
        part: f64,
        /// The hotkey that it is staked on.
        #[serde(default)]
        hotkey: Key,
        /// The price below which no more is sold, over the price now; above 0.
        #[serde(default)]
        limit: Option<f64>,
    },
    /// Sells all stake on a hotkey, on every subnet and on root: also what was bought in the same block.
    UnstakeAll {
        /// The hotkey; its stake on subnets in aggregate is on the one validator's.
        #[serde(default)]
        hotkey: Key,
    },
    /// Sells all stake on a hotkey, on every subnet, and stakes the proceeds on root.
    UnstakeAllAlpha {
        /// The hotkey.
        #[serde(default)]
        hotkey: Key,
    },
    /// Moves stake on a hotkey to another subnet.
    SwapStake {
        /// The subnet that it leaves.
        from: Place,
        /// The subnet that it goes to.
        to: Place,
        /// Which part of it.
        part: f64,
        /// The hotkey.
        #[serde(default)]
        hotkey: Key,
    },
    /// Moves stake to another hotkey.
    MoveStake {
        /// The subnet that it leaves.
        from: Place,
        /// The subnet that it goes to; may be the same.
        to: Place,
        /// Which part of it.
        part: f64,
        /// The hotkey that it is staked on.
        #[serde(default)]
        from_hotkey: Key,
        /// The hotkey that it will be staked on.
        #[serde(default)]
        to_hotkey: Key,
    },
    /// Gives stake to another of the program's accounts.
    TransferStake {
        /// The subnet that it leaves.
        from: Place,
        /// The subnet that it goes to; may be the same.
        to: Place,
        /// Which part of it.
        part: f64,
        /// The hotkey.
        #[serde(default)]
        hotkey: Key,
        /// The account that gets it, by its number.
        receiver: u8,
    },
    /// Registers a subnet.
    RegisterSubnet,
    /// Starts a subnet that the account owns.
    StartSubnet {
        /// The subnet.
        on: Place,
    },
    /// Registers the account's hotkey as a neuron of a subnet in detail.
    RegisterNeuron {
        /// The subnet.
        on: Place,
    },
    /// Sets the weights of the account's neuron.
    SetWeights {
        /// The subnet.
        on: Place,
        /// On whom.
        pattern: Pattern,
    },
    /// Lends a part of the stake on the account's hotkey to another's.
    SetChildren {
        /// The subnet.
        on: Place,
        /// To whom.
        child: Key,
        /// Which part; 0 takes it back.
        part: f64,
    },
    /// Divides the alpha emission of a subnet that the account owns; miners get the rest.
    SetEmissionWeights {
        /// The subnet.
        on: Place,
        /// The owner's part.
        owner: f64,
        /// The part of validators and root; together at most 1.
        validator: f64,
    },
    /// Locks alpha in favour of a hotkey.
    LockStake {
        /// The subnet.
        on: Place,
        /// Which part of all that the account has there.
        part: f64,
        /// The hotkey.
        #[serde(default)]
        hotkey: Key,
    },
    /// Lets the account's lock be in favour of another hotkey.
    MoveLock {
        /// The subnet.
        on: Place,
        /// The hotkey.
        hotkey: Key,
    },
    /// Lets what the account locks last, or decay.
    SetPerpetualLock {
        /// The subnet.
        on: Place,
        /// Whether it lasts.
        enabled: bool,
    },
    /// Before dynamic TAO: votes for one subnet.
    SetRootWeights {
        /// The subnet.
        on: Place,
    },
    /// Claims what stake on root is owed of a subnet's alpha.
    ClaimRoot {
        /// The subnet.
        on: Place,
    },
    /// Claims what is owed of the funds of all hotkeys through which the account stakes on root.
    ClaimFunds,
    /// Pays TAO for shares of the fund of a hotkey on root.
    StakeIntoFund {
        /// Whose fund.
        #[serde(default)]
        hotkey: Key,
        /// Which part of the free TAO.
        part: f64,
    },
    /// Trades what the fund of the account's own hotkey holds.
    TradeFund {
        /// The subnet whose alpha is sold; root for the fund's cash.
        from: Place,
        /// The subnet whose alpha is bought; root for cash.
        to: Place,
        /// Which part of what the fund holds of it.
        part: f64,
    },
    /// Chooses what claims turn into.
    SetClaimType {
        /// What.
        claims: Claims,
    },
    /// Pays for a subnet to be measured higher, where the emission is shared by measured values.
    FakeValue {
        /// The subnet.
        on: Place,
        /// Which part of the free TAO.
        part: f64,
    },
}

/// A hotkey by whose it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Key {
    /// That of the validators: in a subnet in aggregate, and on root, the one that stands for all of them; in a subnet in
    /// detail the neuron's with most stake.
    #[default]
    Validator,
    /// That of the account that calls.
    Own,
    /// That of another of the program's accounts, by its number.
    Account(u8),
    /// That of the subnet's owner.
    Owner,
}

/// On whom a neuron's weights are set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pattern {
    /// The neurons of the program's other accounts alike; its own if they have none.
    Own,
    /// All neurons but its own alike.
    Others,
    /// As the neuron with most stake that has set weights.
    Copy,
    /// The neuron of one hotkey alone.
    On(Key),
}

/// What claims turn into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Claims {
    /// TAO on root.
    Swap,
    /// Stake in the subnets.
    Keep,
}

impl Action {
    /// The subnets that it names.
    #[must_use]
    pub fn places(&self) -> Vec<Place> {
        let mut copy = *self;
        copy.places_mut().into_iter().map(|place| *place).collect()
    }

    /// The subnets that it names, to be replaced.
    pub fn places_mut(&mut self) -> Vec<&mut Place> {
        match self {
            Self::Stake { on, .. }
            | Self::Unstake { on, .. }
            | Self::StartSubnet { on }
            | Self::RegisterNeuron { on }
            | Self::SetWeights { on, .. }
            | Self::SetChildren { on, .. }
            | Self::SetEmissionWeights { on, .. }
            | Self::LockStake { on, .. }
            | Self::MoveLock { on, .. }
            | Self::SetPerpetualLock { on, .. }
            | Self::SetRootWeights { on }
            | Self::ClaimRoot { on }
            | Self::FakeValue { on, .. } => vec![on],
            Self::SwapStake { from, to, .. }
            | Self::MoveStake { from, to, .. }
            | Self::TransferStake { from, to, .. }
            | Self::TradeFund { from, to, .. } => vec![from, to],
            Self::UnstakeAll { .. }
            | Self::UnstakeAllAlpha { .. }
            | Self::RegisterSubnet
            | Self::ClaimFunds
            | Self::StakeIntoFund { .. }
            | Self::SetClaimType { .. } => vec![],
        }
    }

    /// Its parts, to be changed; each is 0 to 1.
    pub fn parts_mut(&mut self) -> Vec<&mut f64> {
        match self {
            Self::Stake { part, .. }
            | Self::Unstake { part, .. }
            | Self::SwapStake { part, .. }
            | Self::MoveStake { part, .. }
            | Self::TransferStake { part, .. }
            | Self::SetChildren { part, .. }
            | Self::LockStake { part, .. }
            | Self::StakeIntoFund { part, .. }
            | Self::TradeFund { part, .. }
            | Self::FakeValue { part, .. } => vec![part],
            Self::SetEmissionWeights { owner, validator, .. } => vec![owner, validator],
            Self::UnstakeAll { .. }
            | Self::UnstakeAllAlpha { .. }
            | Self::RegisterSubnet
            | Self::StartSubnet { .. }
            | Self::RegisterNeuron { .. }
            | Self::SetWeights { .. }
            | Self::MoveLock { .. }
            | Self::SetPerpetualLock { .. }
            | Self::SetRootWeights { .. }
            | Self::ClaimRoot { .. }
            | Self::ClaimFunds
            | Self::SetClaimType { .. } => vec![],
        }
    }

    /// The hotkeys that it names, to be replaced.
    pub fn keys_mut(&mut self) -> Vec<&mut Key> {
        match self {
            Self::MoveStake { from_hotkey, to_hotkey, .. } => vec![from_hotkey, to_hotkey],
            Self::SetWeights { pattern: Pattern::On(hotkey), .. }
            | Self::Stake { hotkey, .. }
            | Self::Unstake { hotkey, .. }
            | Self::UnstakeAll { hotkey }
            | Self::UnstakeAllAlpha { hotkey }
            | Self::SwapStake { hotkey, .. }
            | Self::TransferStake { hotkey, .. }
            | Self::SetChildren { child: hotkey, .. }
            | Self::LockStake { hotkey, .. }
            | Self::MoveLock { hotkey, .. }
            | Self::StakeIntoFund { hotkey, .. } => vec![hotkey],
            Self::RegisterSubnet
            | Self::StartSubnet { .. }
            | Self::RegisterNeuron { .. }
            | Self::SetWeights { .. }
            | Self::SetEmissionWeights { .. }
            | Self::SetPerpetualLock { .. }
            | Self::SetRootWeights { .. }
            | Self::ClaimRoot { .. }
            | Self::ClaimFunds
            | Self::TradeFund { .. }
            | Self::SetClaimType { .. }
            | Self::FakeValue { .. } => vec![],
        }
    }

    /// The accounts that it names besides the one that calls, to be replaced.
    pub fn accounts_mut(&mut self) -> Vec<&mut u8> {
        fn named(key: &mut Key) -> Option<&mut u8> {
            match key {
                Key::Account(number) => Some(number),
                Key::Validator | Key::Own | Key::Owner => None,
            }
        }
        if let Self::TransferStake { hotkey, receiver, .. } = self {
            return named(hotkey).into_iter().chain(std::iter::once(receiver)).collect();
        }
        self.keys_mut().into_iter().filter_map(named).collect()
    }

    /// The limit of its order, over the price when it calls.
    #[must_use]
    pub fn limit(&self) -> Option<f64> {
        match *self {
            Self::Stake { limit, .. } | Self::Unstake { limit, .. } => limit,
            _ => None,
        }
    }
}
