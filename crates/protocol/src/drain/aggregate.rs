//! The drain of a subnet that is simulated in aggregate: the chain's own split, for one validator and one miner.
//!
//! The validator has all alpha that is staked on the subnet and all TAO on root, whoever's it is. Its dividend is half of
//! what the epoch shares out, and the fraction of it that root's stake earns is not paid in alpha (from spec 244 on):
//!
//! ```text
//! incentive = dividend = floor((pending + sold) / 2)             an odd rao is nobody's
//! w         = TAO on root * tao_weight
//! root_part = dividend * w / (alpha staked + w)
//! alpha     = dividend                                           to spec 243: root's part is paid twice
//!           = dividend - root_part                               specs 244 to 256
//!           = dividend - sold                                    specs 257 to 342
//!           = what was gathered for validators                   from spec 343
//! ```
//! The last two are nobody's where the validator has no alpha. Since spec 334 nothing is sold: root's alpha is kept, and
//! becomes claimable.
//!
//! Several validators whose dividends are in proportion to their stake get the same together: the sum of
//! `dividend_v * w_v / stake_v` is then `dividend * w / stake`. Less is root's where TAO on root is not staked on a
//! validator of the subnet; that is the approximation.
//!
//! Without any stake nobody validates, and all but the owner's cut is nobody's.

use crate::books::Pending;
use crate::drain::{
    AlphaDividends, Dividend, DrainTerms, Earned, Hotkey, HotkeyId, for_validators, in_proportion, pay,
    root_part, stake_weight,
};
use crate::emission_weights::AlphaDivision;
use crate::fixed::Q32;
use crate::units::{Alpha, Tao};
use crate::yuma::Fraction;

/// A validator's take of its dividends: 11,796 of 65,535, the default and the maximum.
pub const TAKE: Fraction = Fraction(11_796);

/// What all validators of an aggregate subnet have together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Staked {
    /// All alpha that is staked on the subnet.
    pub alpha: Alpha,
    /// All TAO that is staked on root.
    pub root: Tao,
}

/// What an aggregate subnet's epoch pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AggregatePayout {
    /// The owner's cut.
    pub owner_cut: Alpha,
    /// The miners' half, less what is withheld of it.
    pub incentive: Alpha,
    /// Incentive of the owner's neurons, which is not paid from spec 252 on.
    pub withheld: Alpha,
    /// The validators' take of the dividends in alpha, and the rest for all who stake on the subnet.
    pub alpha_dividends: Dividend<Alpha>,
    /// The same of the TAO that root's sales brought, for all who stake on root.
    pub root_dividends: Dividend<Tao>,
    /// The same of root's alpha since spec 334: the take for the validators, the rest becomes claimable by all who stake on
    /// root.
    pub claimable_dividends: Dividend<Alpha>,
    /// All of root's alpha, recycled since spec 442 where root's stake earns none of it.
    pub root_recycled: Alpha,
}

impl AggregatePayout {
    /// Shares out what a subnet has gathered. Each amount is rounded down to whole rao. Where weights divide the emission, the
    /// miners' part is what was gathered for them.
    ///
    /// Source: `subtensor:pallets/subtensor/src/coinbase/run_coinbase.rs::drain_pending_emission` @ f95810a25, 5073ade60,
    /// 8de0d23ca
    #[must_use]
    pub fn of(pending: &Pending, staked: Staked, terms: &DrainTerms, division: AlphaDivision) -> Self {
        let Staked { alpha, root } = staked;
        let DrainTerms { tao_weight, alpha_dividends: rule, root_earners, .. } = *terms;
        let validator = [Hotkey { alpha, root, take: TAKE, ..Hotkey::default() }];
        let id = HotkeyId(0);
        let stake = stake_weight(&validator, id, tao_weight);
        let half = if stake == Q32::ZERO { 0 } else { pending.for_epoch().rao() / 2 };

        let dividend = Q32::from_int(half);
        let of_root = root_part(&validator[0], dividend, tao_weight);
        let net = dividend.saturating_sub(of_root);
        let in_alpha = match rule {
            AlphaDividends::Full => dividend,
            AlphaDividends::Net => net,
            AlphaDividends::Rescaled | AlphaDividends::Gathered => {
                let incentive = Alpha::from_rao(half);
                let one = Earned { hotkey: id, incentive, dividend: incentive };
                all_of(for_validators(rule, pending, &[one]).rao(), net)
            }
        };
        let of_roots_alpha = all_of(pending.root_alpha.rao(), of_root);
        let recycles = root_earners.recycles_lost_dividends() && of_roots_alpha.floor() == 0;
        let incentive = match division {
            AlphaDivision::EmissionWeights if half > 0 => pending.server,
            AlphaDivision::OwnersCut | AlphaDivision::EmissionWeights => Alpha::from_rao(half),
        };
        Self {
            owner_cut: pending.owner_cut,
            incentive,
            withheld: Alpha::ZERO,
            alpha_dividends: pay(&validator, id, in_alpha, Alpha::from_rao),
            root_dividends: pay(&validator, id, all_of(pending.root_tao.rao(), of_root), Tao::from_rao),
            claimable_dividends: pay(&validator, id, of_roots_alpha, Alpha::from_rao),
            root_recycled: if recycles { pending.root_alpha } else { Alpha::ZERO },
        }
    }

    /// The same where this part of the incentive, from 0 to 1, is that of neurons which are not paid: the owner's.
    ///
    /// What is withheld is rounded down, in favour of the others who mine.
    #[must_use]
    pub fn withholding(self, part: Q32) -> Self {
        let withheld = Alpha::from_rao(Q32::from_int(self.incentive.rao()).mul(part.min(Q32::ONE)).floor());
        Self { incentive: self.incentive - withheld, withheld: self.withheld + withheld, ..self }
    }

    /// The part of all incentives that is withheld, by which the subnet's TAO emission may shrink; zero without any.
    #[must_use]
    pub fn withheld_part(&self) -> Q32 {
        Q32::ratio(self.withheld.rao(), (self.incentive + self.withheld).rao())
    }

    /// Alpha paid to miners, validators and stakers, on root or not; the owner's cut is besides.
    #[must_use]
    pub fn alpha(&self) -> Alpha {
        let Dividend { take, rest, .. } = self.claimable_dividends;
        self.incentive + self.alpha_dividends.take + self.alpha_dividends.rest + take + rest
    }

    /// TAO paid on root.
    #[must_use]
    pub fn root_tao(&self) -> Tao {
        self.root_dividends.take + self.root_dividends.rest
    }

    /// Alpha for the subnet's holder, who owns what its owner, miners and validators earn.
    #[must_use]
    pub fn to_holder(&self) -> Alpha {
        self.owner_cut + self.incentive + self.alpha_dividends.take + self.claimable_dividends.take
    }
}

/// An amount that is shared by one alone, if its part is not zero.
fn all_of(amount: u64, part: Q32) -> Q32 {
    in_proportion(amount, &[(HotkeyId(0), part)]).map(|(_, all)| all).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::drain::launch;
    use crate::units::{Block, RAO};
    use crate::yuma::{Epoch, EpochRules, Neuron, Neurons, Permit, Uid};

    const RULES: [AlphaDividends; 3] = [AlphaDividends::Full, AlphaDividends::Net, AlphaDividends::Rescaled];

    fn weight() -> Q32 {
        Q32::ratio(3_320_413_933_267_719_290, u64::MAX)
    }

    fn pending(emission: u64, swapped: u64, root_tao: u64) -> Pending {
        Pending {
            emission: Alpha::from_rao(emission),
            swapped: Alpha::from_rao(swapped),
            root_tao: Tao::from_rao(root_tao),
            owner_cut: Alpha::from_rao(18),
            ..Pending::default()
        }
    }

    /// 1,000 alpha, of which a quarter was sold; half is for validators, and at equal stake half of that is root's.
    #[test]
    fn one_drain_by_hand() {
        let staked = Staked { alpha: Alpha::from_rao(300), root: Tao::from_rao(300) };
        let paid = RULES.map(|rule| {
            let payout = AggregatePayout::of(
                &pending(750, 250, 70),
                staked,
                &DrainTerms::launch(Q32::ONE, rule),
                AlphaDivision::OwnersCut,
            );
            assert_eq!((payout.owner_cut.rao(), payout.incentive.rao()), (18, 500));
            assert_eq!((payout.root_dividends.take.rao(), payout.root_dividends.rest.rao()), (12, 57));
            (payout.alpha_dividends.take.rao(), payout.alpha_dividends.rest.rao())
        });
        // 500 (twice), 250 (less root's part), 250 (less what was sold), each less 18 %.
        assert_eq!(paid, [(89, 410), (44, 205), (44, 205)]);
    }

    /// While root's share is high the nominal split, half less what was sold, is off: the pool's alpha counts in what
    /// is sold but earns nothing.
    #[test]
    fn stakers_get_less_than_half_less_what_was_sold_as_long_as_the_pool_holds_alpha() {
        // A week after the launch: 100,000 alpha staked, 50,000 in the pool, 5.9 million TAO on root.
        let staked = Staked { alpha: Alpha::from_rao(100_000 * RAO), root: Tao::from_rao(5_900_000 * RAO) };
        let w = 5_900_000.0 * 0.18;
        let sold = (150e9 * w / (w + 150_000.0)) as u64;
        let gathered = pending(300 * RAO - sold, sold, RAO);
        let payout = AggregatePayout::of(
            &gathered,
            staked,
            &DrainTerms::launch(weight(), AlphaDividends::Net),
            AlphaDivision::OwnersCut,
        );
        let (paid, nominal) = (payout.alpha_dividends.take + payout.alpha_dividends.rest, 150 * RAO - sold);
        assert!((paid.to_f64() * 1e9 / nominal as f64 - 0.695).abs() < 1e-3, "{paid} of {nominal} rao");
    }

    /// Of 500 rao of incentive two fifths are the owner's neurons'; of 3 rao a half is one, rounded down.
    #[test]
    fn incentive_is_withheld_by_its_part_and_nothing_else_changes() {
        let terms = DrainTerms::launch(Q32::ONE, AlphaDividends::Net);
        let staked = Staked { alpha: Alpha::from_rao(300), root: Tao::from_rao(300) };
        let paid = AggregatePayout::of(&pending(750, 250, 70), staked, &terms, AlphaDivision::OwnersCut);
        let withheld = paid.withholding(Q32::from_f64(0.4));
        assert_eq!((withheld.incentive.rao(), withheld.withheld.rao()), (301, 199));
        assert_eq!(withheld.withheld_part(), Q32::ratio(199, 500));
        assert_eq!(AggregatePayout { incentive: paid.incentive, withheld: Alpha::ZERO, ..withheld }, paid);
        assert_eq!(paid.withholding(Q32::ZERO), paid);
        assert_eq!((paid.withheld_part(), paid.withholding(Q32::ONE).withheld_part()), (Q32::ZERO, Q32::ONE));
        let three = AggregatePayout::of(&pending(7, 0, 0), staked, &terms, AlphaDivision::OwnersCut);
        assert_eq!(three.withholding(Q32::HALF).withheld.rao(), 1);
    }

    #[test]
    fn without_stake_only_the_owner_is_paid() {
        let nobody = Staked { alpha: Alpha::ZERO, root: Tao::ZERO };
        for rule in RULES {
            let payout = AggregatePayout::of(
                &pending(750, 250, 70),
                nobody,
                &DrainTerms::launch(weight(), rule),
                AlphaDivision::OwnersCut,
            );
            assert_eq!(
                (payout.to_holder().rao(), payout.alpha(), payout.root_tao()),
                (18, Alpha::ZERO, Tao::ZERO)
            );
        }
    }

    proptest! {
        #[test]
        fn it_is_the_chains_split_after_the_epoch_of_one_validator_and_one_miner(
            emission in 0..1u64 << 45, sold in 0.0..0.5f64, root_tao: u32, alpha in 0..1u64 << 50, root in 0..1u64 << 53,
        ) {
            let swapped = (emission as f64 * sold) as u64;
            let gathered = pending(emission - swapped, swapped, root_tao.into());
            let staked = Staked { alpha: Alpha::from_rao(alpha), root: Tao::from_rao(root) };
            let keys = [Hotkey { alpha: staked.alpha, root: staked.root, take: TAKE, ..Hotkey::default() }, Hotkey::default()];
            let validator = Neuron {
                stake: stake_weight(&keys, HotkeyId(0), weight()),
                permit: Permit::Granted,
                last_update: Block(900),
                weights: vec![(Uid(1), 1)],
                ..Neuron::default()
            };
            let mut neurons = Neurons { by_uid: vec![validator, Neuron::default()], ..Neurons::default() };
            let mut epoch = Epoch::default();
            epoch.run(&EpochRules::launch(), &mut neurons, Block(1_000), gathered.for_epoch());
            let earned = [0, 1].map(|uid| Earned {
                hotkey: HotkeyId(uid),
                incentive: epoch.server_emission()[uid],
                dividend: epoch.validator_emission()[uid],
            });
            for rule in RULES {
                let whole = launch(&gathered, &earned, &keys, weight(), rule);
                let payout = AggregatePayout::of(&gathered, staked, &DrainTerms::launch(weight(), rule), AlphaDivision::OwnersCut);
                let mined: Alpha = whole.incentives.iter().map(|&(_, incentive)| incentive).sum();
                prop_assert_eq!(payout.incentive, mined);
                let none = Dividend { hotkey: HotkeyId(0), whole: Alpha::ZERO, take: Alpha::ZERO, rest: Alpha::ZERO };
                prop_assert_eq!(payout.alpha_dividends, whole.alpha_dividends.first().copied().unwrap_or(none));
                let none = Dividend { hotkey: HotkeyId(0), whole: Tao::ZERO, take: Tao::ZERO, rest: Tao::ZERO };
                prop_assert_eq!(payout.root_dividends, whole.root_dividends.first().copied().unwrap_or(none));
            }
        }

        #[test]
        fn validators_paid_by_stake_withhold_together_what_the_one_does(
            stakes in prop::collection::vec((1..1u64 << 45, 0..1u64 << 48), 2..6), half in 1_000_000..1u64 << 40,
        ) {
            let keys: Vec<_> = stakes.iter().map(|&(alpha, root)| Hotkey {
                alpha: Alpha::from_rao(alpha), root: Tao::from_rao(root), take: TAKE, ..Hotkey::default()
            }).collect();
            let weights: Vec<f64> = (0..keys.len()).map(|id| stake_weight(&keys, HotkeyId(id), weight()).to_f64()).collect();
            let total: f64 = weights.iter().sum();
            let earned: Vec<_> = weights.iter().enumerate().map(|(id, stake)| Earned {
                hotkey: HotkeyId(id), incentive: Alpha::ZERO, dividend: Alpha::from_rao((half as f64 * stake / total) as u64),
            }).collect();
            let gathered = pending(2 * half, 0, 0);
            let many: u64 = launch(&gathered, &earned, &keys, weight(), AlphaDividends::Net)
                .alpha_dividends.iter().map(|dividend| dividend.take.rao() + dividend.rest.rao()).sum();
            let staked = Staked {
                alpha: keys.iter().map(|key| key.alpha).sum(),
                root: keys.iter().map(|key| key.root).sum(),
            };
            let one = AggregatePayout::of(&gathered, staked, &DrainTerms::launch(weight(), AlphaDividends::Net), AlphaDivision::OwnersCut).alpha_dividends;
            // Fractions are cut at 2^-32, of each dividend, and amounts at the rao.
            let cuts = (half >> 31) + 4 * stakes.len() as u64;
            prop_assert!(many.abs_diff(one.take.rao() + one.rest.rao()) <= cuts, "{many} {one:?} {cuts}");
        }
    }
}
