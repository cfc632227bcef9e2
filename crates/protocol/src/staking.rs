//! What the chain lets an account do with TAO and stake, besides what pools and prices allow.

use crate::units::Tao;

/// What an account must keep to exist (`ExistentialDeposit`).
///
/// Source: `subtensor:runtime/src/lib.rs` @ f95810a25
pub const EXISTENTIAL_DEPOSIT: Tao = Tao::from_rao(500);

/// Whose stake may be moved, by revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum MovableStake {
    /// Up to spec 237: only stake on the account's own hotkey.
    OnOwnHotkey,
    /// From spec 238 on: the account's stake on any hotkey.
    OnAnyHotkey,
}

/// What is taken from a balance that is to pay `amount`, which it covers: less than the amount where the account would
/// otherwise not keep the existential deposit.
///
/// ```text
/// min(amount, balance - 500)
/// ```
/// Nothing at all is an error on the chain, where the amount was not zero.
///
/// Source: `subtensor:pallets/subtensor/src/staking/helpers.rs::remove_balance_from_coldkey_account` @ f95810a25
#[must_use]
pub fn taken(balance: Tao, amount: Tao) -> Tao {
    amount.min(balance.saturating_sub(EXISTENTIAL_DEPOSIT))
}

/// What arrives of `amount` paid to an account with `balance`: all, or nothing where even with it the account would
/// have less than the existential deposit.
///
/// Source: `subtensor:pallets/subtensor/src/staking/helpers.rs::add_balance_to_coldkey_account` @ f95810a25
#[must_use]
pub fn arriving(balance: Tao, amount: Tao) -> Tao {
    if balance + amount < EXISTENTIAL_DEPOSIT { Tao::ZERO } else { amount }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_keeps_500_rao_whatever_it_pays() {
        let taken = |balance, amount| taken(Tao::from_rao(balance), Tao::from_rao(amount)).rao();
        assert_eq!(taken(1_000, 400), 400);
        assert_eq!(taken(1_000, 500), 500);
        assert_eq!(taken(1_000, 501), 500);
        assert_eq!(taken(1_000, 1_000), 500);
        assert_eq!(taken(500, 500), 0);
    }

    #[test]
    fn less_than_500_rao_do_not_open_an_account() {
        let arriving = |balance, amount| arriving(Tao::from_rao(balance), Tao::from_rao(amount)).rao();
        assert_eq!((arriving(0, 499), arriving(0, 500), arriving(1, 499)), (0, 500, 499));
    }
}
