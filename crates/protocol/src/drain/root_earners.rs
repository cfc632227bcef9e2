//! Whose stake on root earns dividends of a subnet, by revision.

use super::{Hotkey, RootSeat, root_part};
use crate::fixed::Q32;

/// Whose stake on root earns dividends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum RootEarners {
    /// That on every hotkey (to spec 440).
    AnyHotkey,
    /// That on hotkeys with a UID on root; the dividends of all others count as their alpha's (spec 441).
    SeatsOrAlpha,
    /// That on hotkeys with a UID on root; root's part of all others counts for nobody, so that others share it (spec
    /// 442 on).
    Seats,
}

/// A dividend's two parts, by which what was gathered is shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) alpha: Q32,
    pub(super) root: Q32,
}

impl RootEarners {
    /// Splits a hotkey's dividend between its alpha and its TAO on root.
    ///
    /// Until spec 441 root's part is formed first and rounded down; since spec 442 alpha's is:
    ///
    /// ```text
    /// root  = dividend * (w / (alpha + w))         alpha = dividend - root        w = TAO on root * tao_weight
    /// alpha = dividend * (alpha / (alpha + w))     root  = dividend - alpha
    /// ```
    /// Quotients and products are rounded down at 2^-32. A hotkey without any stake earns as alpha.
    ///
    /// Source: `subtensor:pallets/subtensor/src/coinbase/run_coinbase.rs::calculate_dividend_distribution` @ 14bc6f9f9;
    /// of spec 475 in RaoFoundation/subtensor
    pub(super) fn split(self, hotkey: &Hotkey, dividend: Q32, tao_weight: Q32) -> Parts {
        let root_first = || {
            let root = root_part(hotkey, dividend, tao_weight);
            Parts { alpha: dividend.saturating_sub(root), root }
        };
        match (self, hotkey.root_seat) {
            (Self::AnyHotkey, _) | (Self::SeatsOrAlpha, RootSeat::Held) => root_first(),
            (Self::SeatsOrAlpha, RootSeat::None) => Parts { alpha: dividend, root: Q32::ZERO },
            (Self::Seats, seat) => {
                let staked = Q32::from_int(hotkey.alpha.rao());
                let all = staked.saturating_add(Q32::from_int(hotkey.root.rao()).mul(tao_weight));
                let alpha = staked.checked_div(all).map_or(dividend, |share| dividend.mul(share));
                let root = dividend.saturating_sub(alpha);
                Parts { alpha, root: if seat == RootSeat::Held { root } else { Q32::ZERO } }
            }
        }
    }

    /// Whether root's part is recycled where none of it can be paid.
    pub(super) fn recycles_lost_dividends(self) -> bool {
        self == Self::Seats
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{Alpha, Tao};

    fn parts(rule: RootEarners, seat: RootSeat) -> (u64, u64) {
        let (alpha, root) = (Alpha::from_rao(100), Tao::from_rao(300));
        let hotkey = Hotkey { alpha, root, root_seat: seat, ..Hotkey::default() };
        let Parts { alpha, root } = rule.split(&hotkey, Q32::from_int(400), Q32::ONE);
        (alpha.floor(), root.floor())
    }

    #[test]
    fn a_hotkey_without_a_seat_loses_roots_part_or_has_it_in_alpha() {
        for rule in [RootEarners::AnyHotkey, RootEarners::SeatsOrAlpha, RootEarners::Seats] {
            assert_eq!(parts(rule, RootSeat::Held), (100, 300));
        }
        assert_eq!(parts(RootEarners::AnyHotkey, RootSeat::None), (100, 300));
        assert_eq!(parts(RootEarners::SeatsOrAlpha, RootSeat::None), (400, 0));
        assert_eq!(parts(RootEarners::Seats, RootSeat::None), (100, 0));
    }

    #[test]
    fn without_any_stake_all_is_alphas() {
        for rule in [RootEarners::AnyHotkey, RootEarners::SeatsOrAlpha, RootEarners::Seats] {
            let parts = rule.split(&Hotkey::default(), Q32::from_int(7), Q32::ONE);
            assert_eq!(parts, Parts { alpha: Q32::from_int(7), root: Q32::ZERO });
        }
    }
}
