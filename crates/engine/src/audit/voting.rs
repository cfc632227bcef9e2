//! What the auditor knows of root voting: its emission, its end, and what calls do to TAO before and after.

use std::collections::BTreeMap;

use dtao_protocol::books::Books;
use dtao_protocol::units::{Netuid, Tao};

use super::drain::Waiting;
use super::{Alphas, Findings, SEED, halved, rao};
use crate::call::{Call, EpochReceipt, Outcome, Receipt, Settled};
use crate::receipts::Receipts;
use crate::root_network::{RootNetwork, RootShare};

/// What the auditor remembers of root voting from the end of the block before, in rao.
#[derive(Default)]
pub(super) struct Voting {
    /// Whether root's votes shared the emission.
    pub(super) on: bool,
    /// Each subnet's lock.
    locked: BTreeMap<Netuid, u128>,
    /// What waited for each subnet's epoch.
    pending: BTreeMap<Netuid, u128>,
    /// What was staked on root; without it root has no epoch.
    pub(super) staked: u128,
    /// The emission that root's last epoch shared; none has been seen yet if zero.
    shared: u128,
}

impl Voting {
    /// At the end of the first block.
    pub(super) fn new(on: bool, staked: u128) -> Self {
        Self { on, staked, ..Self::default() }
    }

    /// Root voting ends with the migration only, and until then root's account is what is staked on it.
    pub(super) fn check_regime(
        &self,
        findings: &mut Findings,
        changes: &Changes,
        votes_now: bool,
        account: u128,
        staked: u128,
    ) {
        findings.hold(
            self.on == votes_now || changes.migrated,
            || "the regime: root voting ends with the migration and never begins again".into(),
            u128::from(self.on),
            u128::from(votes_now),
        );
        if votes_now {
            findings.equal(|| "TAO staked on root before dynamic TAO".into(), account, staked);
        }
    }

    /// A block emits no more than the curve gave at root's last epoch, each subnet its value, and all of it but
    /// for what is cut off and what root's own column withholds.
    pub(super) fn check_emission(
        &mut self,
        findings: &mut Findings,
        network: &RootNetwork,
        (before, emitted): (u128, u128),
        known: &BTreeMap<Netuid, Alphas>,
        votes_now: bool,
    ) {
        // Root's epoch is in each block of which the next but one is a multiple of the period.
        let period = u128::from(network.rules().tempo) + 1;
        if (u128::from(findings.block.0) + 2) % period == 0 && self.staked > 0 {
            self.shared = halved(before);
        }
        let limit = if self.shared == 0 { halved(before) } else { self.shared };
        findings.hold(emitted <= limit, || "TAO emitted by root's votes".into(), limit, emitted);
        if votes_now {
            // A subnet registered in this block has had no part in its emission.
            let values = network.subnets.iter().filter(|(netuid, _)| known.contains_key(netuid));
            let values: u128 = values.map(|(_, share)| rao(share.emission().rao())).sum();
            findings.equal(|| "TAO emitted by root's votes, subnet by subnet".into(), values, emitted);
            let (all, cuts) = (emitted + rao(network.withheld.rao()), known.len() as u128 + 1);
            let fair = self.shared == 0 || all == 0 || all + cuts >= self.shared;
            findings.hold(fair, || "TAO that root's last epoch shared".into(), self.shared, all);
        }
    }

    /// What the migration stops counting as TAO, since it waits as alpha from then on: what waited before, and at most a
    /// block's emission more; nothing where the epoch has just run.
    pub(super) fn forgotten(
        &self,
        findings: &mut Findings,
        subnets: &[Books],
        epochs: &[EpochReceipt],
    ) -> u128 {
        let mut all = 0;
        for books in subnets {
            let netuid = books.netuid;
            let ran = epochs.iter().any(|epoch| epoch.netuid == netuid);
            let waited = if ran { 0 } else { self.pending.get(&netuid).copied().unwrap_or(0) };
            let most = if ran { 0 } else { waited + halved(0) };
            let waits = Waiting::of(&books.pending).emission();
            findings.hold(
                waited <= waits && waits <= most,
                || format!("what waits for subnet {netuid}'s epoch after the migration"),
                most,
                waits,
            );
            all += waits;
        }
        all
    }

    /// What the epochs of this block have shared out, except the block's own emission.
    pub(super) fn drained(&self, epochs: &[EpochReceipt]) -> u128 {
        let ends = |netuid| epochs.iter().any(|epoch| epoch.netuid == netuid);
        self.pending.iter().filter(|&(&netuid, _)| ends(netuid)).map(|(_, pending)| pending).sum()
    }

    /// Keeps what the next block is held against.
    pub(super) fn remember(&mut self, network: &RootNetwork, votes_now: bool, staked: u128) {
        self.on = votes_now;
        self.staked = staked;
        let each = |of: fn(RootShare) -> Tao| {
            network.subnets.iter().map(|(&netuid, &share)| (netuid, rao(of(share).rao()))).collect()
        };
        (self.locked, self.pending) = (each(RootShare::locked), each(RootShare::pending));
    }
}

/// What a block's calls did to all TAO, in rao, and whether they ended root voting.
#[derive(Default)]
pub(super) struct Changes {
    pub(super) burned: u128,
    pub(super) minted: u128,
    /// What locks were short of their pools' seed, and what was paid back of locks.
    pub(super) uncounted: u128,
    pub(super) migrated: bool,
}

impl Changes {
    /// Before dynamic TAO a neuron's price is burned and a lock is kept; the migration fills short locks up to
    /// the pool's seed. Under dynamic TAO all but the seed of a lock is burned, and a neuron's price is not.
    pub(super) fn of(receipts: &Receipts, voting: &Voting) -> Self {
        let mut changes = Self::default();
        for receipt in &receipts.calls {
            let votes = voting.on && !changes.migrated;
            match (&receipt.call, receipt.outcome) {
                (Call::RegisterSubnet, Outcome::Registered { cost, .. }) if !votes => {
                    changes.start_pool(cost, receipt.new_subnet.unwrap_or_default().pool);
                }
                (Call::RegisterNeuron { .. }, Outcome::RegisteredNeuron { cost, .. }) if votes => {
                    changes.burned += rao(cost.rao());
                }
                (Call::Upgrade { .. }, Outcome::Done) if votes => {
                    changes.migrated = true;
                    // A lock of this block is a lock cost, which is far more than the seed.
                    changes.minted +=
                        voting.locked.values().map(|lock| SEED.saturating_sub(*lock)).sum::<u128>();
                }
                _ => {}
            }
        }
        for (_, dissolved) in receipts.calls.iter().filter_map(Receipt::removed) {
            changes.burned += rao(dissolved.recycled.rao());
            changes.uncounted += rao(dissolved.refund.rao());
        }
        for settlement in &receipts.settled {
            if let Settled::Registered { paid, pool, .. } = settlement.outcome {
                changes.start_pool(paid, pool);
            }
        }
        changes.minted += changes.uncounted;
        changes
    }

    /// Only an account that is kept alive pays less than the pool starts with; what is paid beyond it is burned.
    fn start_pool(&mut self, paid: Tao, pool: Tao) {
        let (paid, pool) = (rao(paid.rao()), rao(pool.rao()));
        self.burned += paid.saturating_sub(pool);
        self.uncounted += pool.saturating_sub(paid);
    }
}

#[cfg(test)]
mod tests {
    use dtao_protocol::books::Settings;
    use dtao_protocol::rules::coinbase::BuyLimit;
    use dtao_protocol::units::{Alpha, Block};

    use super::*;

    const SUBNET: Netuid = Netuid(1);
    /// More than half of all TAO: a block emits half a TAO from here on.
    const LATE: u128 = 10_500_000_000_000_000;

    fn books(waits: u64) -> Books {
        let mut books = Books::new(SUBNET, Settings::dynamic(SUBNET, Block(0), 360, Block(1)));
        books.pending.emission = Alpha::from_rao(waits);
        books
    }

    fn findings(block: u64) -> Findings {
        Findings { block: Block(block), first: None }
    }

    /// Whether a block's emission is found to be wrong; root has its epoch in blocks 8, 18, 28 and so on.
    fn found(voting: &mut Voting, block: u64, emitted: u128, votes: Option<&RootShare>) -> bool {
        let mut network = RootNetwork::idle();
        network.rules.tempo = 9;
        network.withheld = Tao::from_rao(100);
        network.subnets.extend(votes.map(|&share| (SUBNET, share)));
        let known = BTreeMap::from([(SUBNET, Alphas::of(&books(0), BuyLimit::Unlimited))]);
        let mut findings = findings(block);
        voting.check_emission(&mut findings, &network, (LATE, emitted), &known, votes.is_some());
        findings.first.is_some()
    }

    #[test]
    fn root_votes_on_what_the_curve_gave_at_its_last_epoch_with_stake() {
        let (whole, half) = (1_000_000_000, 500_000_000);
        let mut voting = Voting { shared: whole, staked: 1, ..Voting::default() };
        assert!(!found(&mut voting, 17, whole, None), "the last epoch was before the halving");
        assert!(found(&mut voting, 17, whole + 1, None));
        let mut unstaked = Voting { shared: whole, ..Voting::default() };
        assert!(!found(&mut unstaked, 18, whole, None), "without stake there is no epoch");
        assert!(found(&mut voting, 18, half + 1, None));
        assert!(!found(&mut voting, 19, half, None));
        let mut new = Voting::default();
        assert!(!found(&mut new, 17, half, None), "no epoch has been seen yet");
        assert!(found(&mut new, 17, half + 1, None));
    }

    /// One subnet and root's own column: up to two rao may be cut off.
    #[test]
    fn all_that_root_shared_is_emitted_or_withheld_except_cuts() {
        let found = |value: u64, shared: u128| {
            let share = RootShare { emission: Tao::from_rao(value), ..RootShare::default() };
            let mut voting = Voting { shared, staked: 1, ..Voting::default() };
            found(&mut voting, 17, value.into(), Some(&share))
        };
        assert!(!found(900, 1_002));
        assert!(found(900, 1_003));
        assert!(!found(900, 0), "no epoch has been seen yet");
    }

    #[test]
    fn at_the_migration_a_blocks_emission_at_most_joins_what_waited() {
        let voting = Voting { pending: BTreeMap::from([(SUBNET, 5)]), ..Voting::default() };
        let epoch =
            EpochReceipt { netuid: SUBNET, alpha: Alpha::ZERO, root_tao: Tao::ZERO, recycled: Alpha::ZERO };
        for (waits, epochs, fair) in [
            (4, &[][..], false),
            (5, &[], true),
            (1_000_000_005, &[], true),
            (1_000_000_006, &[], false),
            (0, &[epoch], true),
            (1, &[epoch], false),
        ] {
            let mut findings = findings(1);
            assert_eq!(voting.forgotten(&mut findings, &[books(waits)], epochs), waits.into());
            assert_eq!(findings.first.is_none(), fair, "{waits}");
        }
    }
}
