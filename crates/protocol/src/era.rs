//! The chain's runtimes, in order: when each came, what it changes of the rules, and whether it moves the state.
//!
//! One file states one runtime. Its `change` touches only what that runtime changed, so the rules at a
//! `spec_version` are those of the first era with every later change up to it folded in ([`Rules::at`]). What root
//! has set on the chain is no runtime's and survives an upgrade.

use serde::{Deserialize, Serialize};

use crate::rules::Rules;

macro_rules! eras {
    ($($name:ident),* $(,)?) => {
        $(mod $name;)*

        /// Every runtime of which something is known here, in ascending order.
        const ALL: &[Era] = &[$($name::ERA),*];
    };
}

eras! {
    s219_root_voting,
    s234_dynamic_tao,
    s238_registration_gate,
    s239_stake_admission,
    s244_net_dividends,
    s245_childkey_cooldown,
    s246_slow_start,
    s252_slower_start,
    s257_start_call,
    s258_least_fee_in_alpha,
    s261_age_from_start,
    s273_permits_need_stake,
    s274_owners_self_weight,
    s283_swap_pallet,
    s290_free_root_sale,
    s292_least_stake,
    s297_lower_fee,
    s298_chain_buys,
    s301_closed_subnets,
    s306_immune_owners,
    s315_moves_pay_leaving,
    s320_deregistration,
    s326_earliest_immune,
    s334_tao_flow,
    s338_first_flow,
    s342_injection_cap,
    s343_root_recycled,
    s348_flow_from_zero,
    s361_open_subnets,
    s362_lesser_cap,
    s371_start_at_once,
    s385_fees_to_authors,
    s397_burn_price,
    s402_no_owners_alpha,
    s411_net_flow,
    s413_protocol_alpha,
    s421_price_root_burn,
    s423_balancer,
    s425_price_burn,
    s426_reservoirs,
    s429_registration_queue,
    s437_collateral,
    s440_hill_gate,
    s441_root_funds,
    s443_rank_32,
    s446_held_conviction,
    s447_leading_conviction,
    s454_one_unit,
    s464_fast_average,
    s468_worthless_holdings,
    s469_claims_capped,
    s470_several_trades,
    s472_registration_escrow,
    s475_overdue_epochs,
    s481_emission_weights,
}

/// Every runtime that changed the rules, in ascending order, as far as all of its rules are known here.
pub const ERAS: &[Era] = {
    let mut known = 0;
    while known < ALL.len() && ALL[known].spec.0 <= LAST_KNOWN {
        known += 1;
    }
    ALL.split_at(known).0
};

/// The last `spec_version` whose rules are known here in full.
pub const LAST_KNOWN: u16 = 482;

/// A runtime of the chain, by its `spec_version`. A number between two eras means the earlier one's rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct Spec(u16);

/// A runtime whose rules are not known here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the rules of spec {0} are not known; known are {first} ({begun}) to {LAST_KNOWN} ({ended})",
    first = ERAS[0].spec.0,
    begun = ERAS[0].date,
    ended = ERAS[ERAS.len() - 1].date
)]
pub struct UnknownSpec(u16);

impl Spec {
    /// A `spec_version` written in code.
    ///
    /// # Panics
    /// If its rules are not known.
    #[must_use]
    pub const fn known(spec: u16) -> Self {
        assert!(is_known(spec), "the rules of this spec are not known");
        Self(spec)
    }

    /// A runtime of which perhaps not every rule is known here.
    pub(crate) const fn in_part(spec: u16) -> Self {
        Self(spec)
    }

    /// The era whose rules hold.
    #[must_use]
    pub fn era(self) -> &'static Era {
        ALL.iter().rev().find(|era| era.spec <= self).expect("no earlier spec can be made")
    }
}

const fn is_known(spec: u16) -> bool {
    spec >= ERAS[0].spec.0 && spec <= LAST_KNOWN
}

impl TryFrom<u16> for Spec {
    type Error = UnknownSpec;
    fn try_from(spec: u16) -> Result<Self, UnknownSpec> {
        if is_known(spec) { Ok(Self(spec)) } else { Err(UnknownSpec(spec)) }
    }
}

impl From<Spec> for u16 {
    fn from(spec: Spec) -> Self {
        spec.0
    }
}

/// The changes after one runtime up to another, in order; from the first if there is none before.
pub(crate) fn changes_between(from: Option<Spec>, to: Spec) -> impl Iterator<Item = &'static Era> {
    ALL.iter().filter(move |era| from.is_none_or(|from| from < era.spec) && era.spec <= to)
}

/// One runtime: what it changed, when, and where that is written.
#[derive(Clone, Copy, Debug)]
pub struct Era {
    /// Its `spec_version`.
    pub spec: Spec,
    /// The day it was merged, `YYYY-MM-DD`; the chain's upgrade came that day or the next.
    pub date: &'static str,
    /// What changed, in one sentence.
    pub about: &'static str,
    /// The chain's source: `subtensor:path @ revision`.
    pub source: &'static str,
    /// Changes the rules, and nothing that root sets.
    pub change: fn(&mut Rules),
    /// What of it is not certain; the rest was read in the chain's code or data.
    pub doubts: &'static [Doubt],
    /// What the upgrade's block does to the state.
    pub migration: Option<Migration>,
}

/// How sure a part of a runtime's rules is that was not read in the code that ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Certainty {
    /// One indirect source says so.
    Likely,
    /// It is not known, and one of several possibilities is run.
    Open,
}

/// A part of a runtime's rules that is not certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Doubt {
    /// How sure it is.
    pub certainty: Certainty,
    /// What, and what is run.
    pub about: &'static str,
}

/// What is not certain of the rules at a runtime, by the runtime that brought it.
pub fn doubts(at: Spec) -> impl Iterator<Item = (Spec, Doubt)> {
    changes_between(None, at).flat_map(|era| era.doubts.iter().map(|&doubt| (era.spec, doubt)))
}

/// What an upgrade does to the chain's state besides changing the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Migration {
    /// Root voting ends: every subnet gets a pool.
    DynamicTao,
    /// Subnets must be started: those that exist are.
    StartSubnets,
    /// What waits as TAO for stakers on root is forgotten, as is the alpha that it was sold for.
    TaoDividendsEnd,
    /// Root's own account takes in the stake on root that it had not counted, and the issuance grows by as much.
    RootStakeCounted,
}

impl Rules {
    /// The rules at a runtime, with the code's default values and what its migrations set.
    #[must_use]
    pub fn at(spec: Spec) -> Self {
        let mut rules = Self::first();
        for era in changes_between(None, spec) {
            (era.change)(&mut rules);
        }
        rules
    }

    /// Takes over the changes of every runtime after `from` up to `to`, and returns what they do to the state, in
    /// order. What root has set stays.
    pub fn upgrade(&mut self, from: Spec, to: Spec) -> Vec<Migration> {
        changes_between(Some(from), to)
            .filter_map(|era| {
                (era.change)(self);
                era.migration
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Block;

    #[test]
    fn eras_are_in_ascending_order_of_spec_and_date() {
        for pair in ALL.windows(2) {
            // Two runtimes may come on one day.
            assert!(pair[0].spec < pair[1].spec && pair[0].date <= pair[1].date, "{pair:?}");
        }
    }

    #[test]
    fn every_file_of_an_era_is_in_the_list() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/era");
        let files = std::fs::read_dir(folder).expect("the folder exists").count();
        assert_eq!(files, ALL.len());
    }

    #[test]
    fn every_era_but_the_first_changes_the_rules() {
        for pair in ALL.windows(2) {
            assert_ne!(Rules::at(pair[0].spec), Rules::at(pair[1].spec), "{}", pair[1].about);
        }
    }

    #[test]
    fn a_subnet_has_to_be_started_from_spec_257_on() {
        for (spec, waits) in [(234, false), (252, false), (257, true), (425, true)] {
            let rules = Rules::at(Spec::in_part(spec));
            assert_eq!(rules.is_started(None), !waits, "{spec}");
            assert!(rules.is_started(Some(Block(1))), "{spec}");
        }
    }

    #[test]
    fn a_spec_between_two_eras_has_the_rules_of_the_earlier() {
        for pair in ERAS.windows(2) {
            let between = Spec::try_from(pair[1].spec.0 - 1).expect("between two known ones");
            assert_eq!(Rules::at(between), Rules::at(pair[0].spec));
        }
        assert_eq!(Rules::at(Spec::known(LAST_KNOWN)), Rules::at(ERAS[ERAS.len() - 1].spec));
    }

    #[test]
    fn specs_outside_the_list_are_refused_and_the_message_names_those_inside() {
        for spec in [0, 218, LAST_KNOWN + 1, u16::MAX] {
            let message = Spec::try_from(spec).expect_err("not known").to_string();
            assert!(
                message.contains(&spec.to_string())
                    && message.contains("219 (2025-02-07) to 482 (2026-10-19)"),
                "{message}"
            );
        }
    }

    #[test]
    fn upgrading_step_by_step_or_at_once_gives_the_same_rules() {
        let all: Vec<Spec> = (ERAS[0].spec.0..=LAST_KNOWN).map(Spec).collect();
        for &from in &all {
            let mut step_by_step = Rules::at(from);
            let mut now = from;
            for &to in all.iter().filter(|&&to| to > from) {
                let mut at_once = Rules::at(from);
                let migrations = at_once.upgrade(from, to);
                step_by_step.upgrade(now, to);
                now = to;
                assert_eq!(at_once, step_by_step);
                assert_eq!(at_once, Rules::at(to));
                let crossed = |spec| from < Spec(spec) && to >= Spec(spec);
                let expected = [
                    (234, Migration::DynamicTao),
                    (257, Migration::StartSubnets),
                    (334, Migration::TaoDividendsEnd),
                    (475, Migration::RootStakeCounted),
                ];
                let expected: Vec<_> = expected
                    .into_iter()
                    .filter_map(|(spec, migration)| crossed(spec).then_some(migration))
                    .collect();
                assert_eq!(migrations, expected);
            }
        }
    }
}
