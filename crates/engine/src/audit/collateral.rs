//! What the auditor knows of collateral of neurons: it is what registrations and calls have locked and epochs have captured, less
//! what they have let go.

use std::collections::BTreeMap;

use dtao_protocol::registration::{Collateral, CollateralTerms, NeuronPayment};
use dtao_protocol::rules::Rules;
use dtao_protocol::share_pool::SharePool;
use dtao_protocol::units::{Alpha, Netuid};

use super::fund_holdings::ROUNDED;
use super::{Findings, rao};
use crate::account::{AgentId, Hotkey};
use crate::call::{Call, CollateralReceipt, Outcome, Receipt};
use crate::collateral::Collaterals;
use crate::receipts::Receipts;
use crate::stakes::Stakes;
use crate::subnet::Subnets;

/// What a whole price is, in the parts that a share of it is written in.
const WHOLE: u128 = 65_535;

/// The most that a share pool can drop: a hundred-thousandth of all alpha that there can be of a subnet, in rao.
const MOST_DROPPED: u128 = 21_000_000 * 1_000_000_000 / 100_000;

/// What is locked and asked for, as receipts have told it.
#[derive(Default)]
pub(super) struct Locked {
    terms: BTreeMap<Netuid, CollateralTerms>,
    rows: BTreeMap<(Netuid, AgentId), Row>,
    /// By how much less than what is locked each stake was at the end of the block before.
    short: BTreeMap<(Netuid, AgentId), u128>,
}

/// An account's collateral in a subnet, in rao.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Row {
    locked: u128,
    floor: u128,
    earned: u128,
    /// Let go for each alpha earned, in parts of 2^64.
    release: u128,
}

impl Row {
    fn of(row: Collateral) -> Self {
        Self {
            locked: rao(row.locked.rao()),
            floor: rao(row.floor.rao()),
            earned: rao(row.earned.rao()),
            release: row.release.bits(),
        }
    }

    /// What earnings capture and let go by the rule. The product is made of the ratio's whole part and the rest, each of which fits.
    fn due(&self, earned: u128, owners: u128) -> (u128, u128) {
        if self.floor > self.locked {
            return (owners.min(self.floor - self.locked), 0);
        }
        let (whole, rest) = (self.release >> 64, self.release & u128::from(u64::MAX));
        (0, (earned * whole + ((earned * rest) >> 64)).min(self.locked - self.floor))
    }
}

impl Locked {
    /// Before the first block.
    pub(super) fn now(subnets: &Subnets) -> Self {
        Self { terms: terms(subnets), ..Self::default() }
    }

    /// Goes through the block's epochs and calls, and holds what comes of it against the books.
    pub(super) fn check(
        &mut self,
        findings: &mut Findings,
        receipts: &Receipts,
        rules: [&Rules; 2],
        (collaterals, stakes, subnets): (&Collaterals, &Stakes, &Subnets),
    ) {
        receipts.collateral.iter().for_each(|settled| self.settle(findings, settled));
        for epoch in &receipts.epochs {
            let settled = || receipts.collateral.iter().filter(|settled| settled.netuid == epoch.netuid);
            // An amount that is paid in two parts, each rounded down, is earned as one.
            let most = rao(epoch.alpha.rao()) + settled().count() as u128;
            let earned = settled().map(|settled| rao(settled.earned.rao())).sum();
            findings.hold(
                earned <= most,
                || format!("alpha that hotkeys with collateral have earned in subnet {}", epoch.netuid),
                most,
                earned,
            );
        }
        receipts.calls.iter().for_each(|receipt| self.call(findings, receipt, rules));
        let there: Vec<_> = collaterals.rows().collect();
        findings.rule(there.len() == self.rows.len(), || {
            format!("{} accounts have collateral, and the recount says {}", there.len(), self.rows.len())
        });
        for (netuid, agent, row) in there {
            let (found, expected) =
                (Row::of(row), self.rows.get(&(netuid, agent)).copied().unwrap_or_default());
            let whose = || format!("collateral of account {} in subnet {netuid}", agent.0);
            findings.equal(whose, found.locked, expected.locked);
            findings.rule(found == expected, || format!("{}: {found:?} instead of {expected:?}", whose()));
        }
        self.check_stake(findings, receipts, stakes);
        let now = terms(subnets);
        self.terms.retain(|netuid, _| now.contains_key(netuid));
        let asked = now.iter().all(|(netuid, &terms)| self.asked(*netuid) == terms);
        findings.rule(asked, || "what subnets ask of their neurons has changed without a call".into());
        self.terms = now;
    }

    /// What is locked is there as the account's stake on its own hotkey. What is locked is what was bought; a share pool may say that the
    /// stake is a little less, drops a key that is left with less than a hundred-thousandth of its share, whatever is locked, and may
    /// give others of it.
    fn check_stake(&mut self, findings: &mut Findings, receipts: &Receipts, stakes: &Stakes) {
        let changes = receipts.calls.len() + receipts.epochs.len() + receipts.collateral.len();
        let rounded = ROUNDED * changes as u128;
        let before = std::mem::take(&mut self.short);
        for (&(netuid, agent), row) in &self.rows {
            let pool = stakes.pool(netuid, Hotkey(agent));
            let held = rao(pool.map_or(0, |pool| pool.value(&agent).rao()));
            let short = row.locked.saturating_sub(held);
            let was_short = before.get(&(netuid, agent)).copied().unwrap_or(0);
            let is_dropped = held == 0 && row.locked <= MOST_DROPPED;
            let is_given = pool.is_some_and(SharePool::gives_away);
            findings.hold(
                short <= was_short + rounded || is_dropped || is_given,
                || format!("alpha that account {} has locked in subnet {netuid}", agent.0),
                held,
                row.locked,
            );
            self.short.insert((netuid, agent), short);
        }
    }

    fn settle(&mut self, findings: &mut Findings, settled: &CollateralReceipt) {
        let CollateralReceipt { netuid, agent, earned, owners, captured, released } = *settled;
        let [earned, owners] = [earned, owners].map(|alpha| rao(alpha.rao()));
        let whose = || format!("account {}'s collateral in subnet {netuid}", agent.0);
        findings.rule(earned > 0 && owners <= earned, || format!("{} is settled for nothing", whose()));
        let Some(row) = self.rows.get_mut(&(netuid, agent)) else {
            return findings.rule(false, || format!("{} is settled without there being any", whose()));
        };
        let due = row.due(earned, owners);
        findings.equal(|| format!("captured for {}", whose()), rao(captured.rao()), due.0);
        findings.equal(|| format!("let go of {}", whose()), rao(released.rao()), due.1);
        row.earned += earned;
        row.locked = row.locked + due.0 - due.1;
        if row.locked == 0 && row.floor == 0 {
            self.rows.remove(&(netuid, agent));
        }
    }

    fn call(&mut self, findings: &mut Findings, receipt: &Receipt, rules: [&Rules; 2]) {
        if let Some((netuid, _)) = receipt.removed() {
            self.rows.retain(|&(of, _), _| of != netuid);
            self.terms.remove(&netuid);
        }
        let agent = receipt.agent;
        match (&receipt.call, receipt.outcome) {
            (&Call::RegisterNeuron { netuid }, Outcome::RegisteredNeuron { locked, .. }) => {
                self.check_share(findings, netuid, receipt, rules);
                let release = self.asked(netuid).release().bits();
                if locked > Alpha::ZERO {
                    self.rows.entry((netuid, agent)).or_default().locked += rao(locked.rao());
                }
                if let Some(row) = self.rows.get_mut(&(netuid, agent)) {
                    row.release = release;
                }
            }
            (&Call::AddCollateral { netuid, alpha, .. }, Outcome::AddedCollateral { bought, locked, .. }) => {
                let [asked, bought, locked] = [alpha, bought, locked].map(|alpha| rao(alpha.rao()));
                findings.hold(
                    locked <= asked + bought,
                    || format!("stake that account {} has locked besides what it bought", agent.0),
                    asked,
                    locked.saturating_sub(bought),
                );
                self.row(netuid, agent).locked += locked;
            }
            (&Call::SetMinCollateral { netuid, alpha }, Outcome::Done) => {
                let row = self.row(netuid, agent);
                row.floor = rao(alpha.rao());
                if row.floor == 0 && row.locked == 0 {
                    self.rows.remove(&(netuid, agent));
                }
            }
            (&Call::SetCollateral { netuid, terms }, Outcome::Done) => {
                self.terms.insert(netuid, terms);
            }
            _ => {}
        }
    }

    /// Of what a registration bought no more is locked than the subnet's share of the price, and all of that if nothing stands for it.
    fn check_share(&self, findings: &mut Findings, netuid: Netuid, receipt: &Receipt, rules: [&Rules; 2]) {
        let Outcome::RegisteredNeuron { cost, burned, locked, .. } = receipt.outcome else { return };
        let [cost, burned, locked] = [cost.rao(), burned.rao(), locked.rao()].map(rao);
        let whose = || format!("alpha that account {}'s registration locked", receipt.agent.0);
        let bought = burned + locked;
        let most = bought * rao(self.asked(netuid).lock_share().into());
        let locks = |rules: &Rules| rules.registration.neuron_payment == NeuronPayment::WithCollateral;
        let most = if rules.into_iter().any(locks) { most } else { 0 };
        findings.hold(locked * WHOLE <= most, whose, most / WHOLE, locked);
        let stands = self.rows.get(&(netuid, receipt.agent)).is_some_and(|row| row.locked > 0);
        if !stands && cost > 0 && rules.into_iter().all(locks) {
            // Up to two rao of the price may be cut off the share, and one of the alpha.
            let cut = 2 * bought.div_ceil(cost) + 1;
            findings.hold((locked + cut) * WHOLE >= most, whose, most / WHOLE, locked);
        }
    }

    fn asked(&self, netuid: Netuid) -> CollateralTerms {
        self.terms.get(&netuid).copied().unwrap_or(CollateralTerms::NONE)
    }

    /// An account's collateral, perhaps new: then under the ratio that the subnet asks for.
    fn row(&mut self, netuid: Netuid, agent: AgentId) -> &mut Row {
        let release = self.asked(netuid).release().bits();
        self.rows.entry((netuid, agent)).or_insert(Row { release, ..Row::default() })
    }
}

/// What each subnet in detail asks for.
fn terms(subnets: &Subnets) -> BTreeMap<Netuid, CollateralTerms> {
    let of = |netuid| Some((netuid, subnets.roster(netuid)?.collateral()));
    subnets.netuids().filter_map(of).collect()
}
