//! What the chain lets an account do with TAO and stake, besides what pools and prices allow.

use crate::fixed::Q32;
use crate::units::{Alpha, Tao};

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

/// What leaving a subnet's pool costs, by revision; the flat fee is the least.
///
/// An epoch's dividends were to be no reward for staking right before it and leaving right after. Taking stake back from
/// root, and moving it within one subnet, costs the flat fee.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum UnstakingFee {
    /// Up to spec 251: the flat fee.
    Flat,
    /// Specs 252 to 257: what the stake earned in dividends in the last epoch, at the spot price.
    Dividends,
    /// Specs 258 to 260: the same, or 0.00005 TAO per alpha sold, whatever the price (an oversight).
    DividendsOrPartOfAlpha,
    /// Specs 261 to 282: what the sale fetches times the last epoch's yield, which counts as at least 0.005 %.
    DividendsOrPartOfTao,
}

/// The alpha that a hotkey's stakers received in the subnet's last epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LastDividends {
    /// The dividends, the validator's take deducted (`AlphaDividendsPerSubnet`).
    pub paid: Alpha,
    /// All stake on the hotkey after they were paid (`TotalHotkeyAlphaLastEpoch`).
    pub stake: Alpha,
}

impl UnstakingFee {
    /// The fee of selling alpha, given what the sale fetches before it, the spot price, and all stake on the hotkey now.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/stake_utils.rs::calculate_staking_fee` @ b61dd3020, 719a6f5e9,
    /// 6b86ebf30
    #[must_use]
    pub fn fee(
        self,
        flat: Tao,
        (alpha, fetched): (Alpha, Tao),
        price: Q32,
        last: LastDividends,
        stake_now: Alpha,
    ) -> Tao {
        let whole = |rao| Q32::from_int(rao);
        let part = Q32::from_f64(0.000_05);
        let at_spot = || {
            let earned = whole(last.paid.rao()).safe_div(whole(stake_now.rao()));
            whole(alpha.rao()).mul(earned).mul(price).floor()
        };
        let fee = match self {
            Self::Flat => 0,
            Self::Dividends => at_spot(),
            Self::DividendsOrPartOfAlpha => at_spot().max(whole(alpha.rao()).mul(part).floor()),
            Self::DividendsOrPartOfTao => {
                let earned = whole(last.paid.rao()).safe_div(whole(last.stake.rao()));
                let fetched = whole(fetched.rao());
                fetched.mul(earned).floor().max(fetched.mul(part).floor())
            }
        };
        flat.max(Tao::from_rao(fee))
    }
}

/// What is taken from a balance that is to pay `amount`, which it covers: less than the amount where the account would
/// otherwise not keep the existential deposit.
///
/// ```text
/// min(amount, balance - max(frozen, 500))
/// ```
/// Nothing at all is an error on the chain, where the amount was not zero.
///
/// Source: `subtensor:pallets/subtensor/src/staking/helpers.rs::remove_balance_from_coldkey_account` @ f95810a25
#[must_use]
pub fn taken(balance: Tao, frozen: Tao, amount: Tao) -> Tao {
    amount.min(balance.saturating_sub(frozen.max(EXISTENTIAL_DEPOSIT)))
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
        let taken = |balance, amount| taken(Tao::from_rao(balance), Tao::ZERO, Tao::from_rao(amount)).rao();
        assert_eq!(taken(1_000, 400), 400);
        assert_eq!(taken(1_000, 500), 500);
        assert_eq!(taken(1_000, 501), 500);
        assert_eq!(taken(1_000, 1_000), 500);
        assert_eq!(taken(500, 500), 0);
    }

    /// 1,000 alpha of 50,000, of which the last epoch paid 100, at a price of 0.02: a sale of 19.6 TAO.
    #[test]
    fn leaving_a_pool_costs_what_the_stake_earned_or_the_least() {
        const RAO: u64 = 1_000_000_000;
        let last = LastDividends { paid: Alpha::from_rao(100 * RAO), stake: Alpha::from_rao(40_000 * RAO) };
        let sold = (Alpha::from_rao(1_000 * RAO), Tao::from_rao(19_600_000_000));
        let fee = |rule: UnstakingFee, last| {
            let price = Q32::ratio(1, 50);
            rule.fee(Tao::from_rao(50_000), sold, price, last, Alpha::from_rao(50_000 * RAO)).rao()
        };
        assert_eq!(fee(UnstakingFee::Flat, last), 50_000);
        // 1,000 * 100 / 50,000 * 0.02 = 0.04 TAO, each factor cut at 2^-32.
        assert_eq!(fee(UnstakingFee::Dividends, last), 39_999_996);
        // 0.05 TAO: 1,000 alpha times the number next to 0.00005.
        assert_eq!(fee(UnstakingFee::DividendsOrPartOfAlpha, last), 49_999_915);
        // 19.6 * 100 / 40,000 = 0.049 TAO, and 19.6 * 0.00005 = 0.00098 TAO if nothing was earned.
        assert_eq!(fee(UnstakingFee::DividendsOrPartOfTao, last), 48_999_998);
        let nothing = LastDividends::default();
        assert_eq!(fee(UnstakingFee::DividendsOrPartOfTao, nothing), 979_998);
        assert_eq!(fee(UnstakingFee::Dividends, nothing), 50_000);
    }

    #[test]
    fn less_than_500_rao_do_not_open_an_account() {
        let arriving = |balance, amount| arriving(Tao::from_rao(balance), Tao::from_rao(amount)).rao();
        assert_eq!((arriving(0, 499), arriving(0, 500), arriving(1, 499)), (0, 500, 499));
    }
}
