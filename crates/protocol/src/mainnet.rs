//! Values that root had set on mainnet, by the day on which they were read there.
//!
//! What a runtime leaves to root is no runtime's: [`Rules::at`] has the code's default values and what migrations set. A
//! named set has the values that were in storage on a day, as far as a rule here reads them.

use crate::basket::{FundValues, Trading};
use crate::fixed::Q32;
use crate::registration::{RegistrationValues, SubnetLimit};
use crate::rules::{RuleValues, Rules};
use crate::settable::Settable;
use crate::units::{Alpha, RAO, Tao};

/// The values of a day.
#[derive(Debug)]
pub struct Mainnet {
    /// The day, `YYYY-MM-DD`.
    pub date: &'static str,
    /// The runtime of that day, and where the values were read.
    pub about: &'static str,
    /// What root had set.
    pub items: &'static [Item],
}

/// A value in the chain's storage.
#[derive(Clone, Copy, Debug)]
pub struct Item {
    /// The rule that it is, as `dtao list rules` names it.
    pub rule: &'static str,
    /// The chain's storage item, and what it held.
    pub storage: &'static str,
    set: fn(&mut RuleValues),
}

/// Every day of which the values are known.
pub const ALL: &[Mainnet] = &[OCTOBER_2026];

const OCTOBER_2026: Mainnet = Mainnet {
    date: "2026-10-08",
    about: "spec 475; storage of mainnet as published for that day",
    items: &[
        Item {
            rule: "tao_weight",
            storage: "TaoWeight 3,320,413,933,267,719,290 of 2^64 - 1",
            set: |values| values.tao_weight = Some(Q32::ratio(3_320_413_933_267_719_290, u64::MAX)),
        },
        Item {
            rule: "moving_alpha",
            storage: "SubnetMovingAlpha 1,288,490 of 2^32",
            set: |values| values.moving_alpha = Some(Q32::from_bits(1_288_490)),
        },
        Item {
            rule: "owner_cut",
            storage: "SubnetOwnerCut 11,796 of 65,535",
            set: |values| values.owner_cut = Some(Q32::ratio(11_796, 65_535)),
        },
        Item {
            rule: "stake_threshold",
            storage: "StakeThreshold 1,000 TAO; the code's default is none",
            set: |values| values.stake_threshold = Some(Tao::from_rao(1_000 * RAO)),
        },
        Item {
            rule: "nominator_min_stake",
            storage: "NominatorMinRequiredStake 10,000,000 millionths of the minimum stake of 2,000,000 rao",
            set: |values| values.nominator_min_stake = Some(Alpha::from_rao(20_000_000)),
        },
        Item {
            rule: "network_rate_limit",
            storage: "NetworkRateLimit 14,400 blocks; the code's default is 7,200",
            set: |values| values.network_rate_limit = Some(14_400),
        },
        Item {
            rule: "lock_reduction_interval",
            storage: "NetworkLockReductionInterval 115,200 blocks",
            set: |values| values.lock_reduction_interval = Some(115_200),
        },
        Item {
            rule: "min_lock_cost",
            storage: "NetworkMinLockCost 1 TAO",
            set: |values| values.min_lock_cost = Some(Tao::from_rao(RAO)),
        },
        Item {
            rule: "registration.subnet_limit",
            storage: "SubnetLimit 128, NetworkImmunityPeriod 864,000 blocks; the code's default is 1,296,000",
            set: |values| {
                let subnet_limit = Some(SubnetLimit::Pruned { most: 128, immunity: 864_000 });
                values.registration =
                    Some(RegistrationValues { subnet_limit, ..RegistrationValues::default() });
            },
        },
        Item {
            rule: "funds.trading",
            storage: "BasketTradingEnabled true, since block 9,117,749",
            set: |values| funds(values).trading = Some(Trading::On),
        },
        Item {
            rule: "funds.concentration_cap",
            storage: "BasketConcentrationCap 7,865 of 65,535 in the later of two dumps of the day; 4,096, the code's default, in \
                      the earlier",
            set: |values| funds(values).concentration_cap = Some(7_865),
        },
        Item {
            rule: "funds.min_trade",
            storage: "BasketMinTradeTao 5,000,000 rao in the later of two dumps of the day",
            set: |values| funds(values).min_trade = Some(Tao::from_rao(5_000_000)),
        },
        Item {
            rule: "start_delay",
            storage: "StartCallDelay 0 blocks",
            set: |values| values.start_delay = Some(0),
        },
    ],
};

fn funds(values: &mut RuleValues) -> &mut FundValues {
    values.funds.get_or_insert_default()
}

impl PartialEq for Mainnet {
    fn eq(&self, other: &Self) -> bool {
        self.date == other.date
    }
}

impl Mainnet {
    /// The values of a day, if they are known.
    #[must_use]
    pub fn of(date: &str) -> Option<&'static Self> {
        ALL.iter().find(|set| set.date == date)
    }

    /// What root had set.
    #[must_use]
    pub fn values(&self) -> RuleValues {
        let mut values = RuleValues::default();
        self.items.iter().for_each(|item| (item.set)(&mut values));
        values
    }

    /// Each item, with its value as a file would write it.
    #[must_use]
    pub fn written(&self, mut rules: Rules) -> Vec<(Item, String)> {
        rules.set(&self.values());
        let entries = rules.entries();
        let value = |item: &Item| entries.iter().find(|entry| entry.about.path == item.rule);
        self.items.iter().filter_map(|item| Some((*item, value(item)?.value.clone()))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::era::{ERAS, Spec};

    #[test]
    fn every_item_sets_the_rule_that_it_names_and_no_other() {
        let rules = Rules::at(ERAS.last().expect("there are runtimes").spec);
        for set in ALL {
            assert_eq!(set.written(rules).len(), set.items.len(), "{}", set.date);
            for item in set.items {
                let mut values = RuleValues::default();
                (item.set)(&mut values);
                let mut first = Rules::at(Spec::known(234));
                // So that nothing is set to what it is already.
                (first.tao_weight, first.owner_cut, first.start_delay) = (Q32::ONE, Q32::ONE, 7);
                first.min_lock_cost = Tao::from_rao(9);
                let before = first.entries();
                first.set(&values);
                let after = first.entries();
                let changed: Vec<_> = before
                    .iter()
                    .zip(&after)
                    .filter(|(a, b)| a.value != b.value)
                    .map(|(a, _)| &a.about.path)
                    .collect();
                assert_eq!(changed, [item.rule], "{}", item.storage);
            }
            assert_eq!(Rules::check(&set.values()), Ok(()));
        }
    }

    #[test]
    fn days_are_found_by_their_date() {
        assert_eq!(Mainnet::of("2026-10-08").map(|set| set.date), Some("2026-10-08"));
        assert!(Mainnet::of("2026-10-09").is_none());
    }
}
