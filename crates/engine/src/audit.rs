//! An independent recount of all TAO and alpha after every block.
//!
//! The auditor shares no code with the ledger. It adds up what everybody may claim and compares that with
//! what the chain says exists, and what exists with what may have been emitted since the block before. A
//! difference of one rao is a [`Breach`].

mod claims;
mod collateral;
mod drain;
mod emission;
mod findings;
mod fund_calls;
mod fund_holdings;
mod funds;
mod losses;
mod on_root;
mod queue;
#[cfg(test)]
mod tests;
mod voting;

use std::collections::BTreeMap;

use bevy_ecs::prelude::*;
use dtao_protocol::books::{Books, ChainDust};
use dtao_protocol::emission::Emission;
use dtao_protocol::rules::Rules;
use dtao_protocol::rules::coinbase::{BuyLimit, RootPart};
use dtao_protocol::units::{Netuid, Tao};

pub use self::findings::{Breach, Broken};
use crate::account::Wallet;
use crate::audit::collateral::Locked;
use crate::audit::drain::Waiting;
use crate::audit::emission::{AlphaGrowth, TaoGrowth, destroyed, emits, most_unsold};
use crate::audit::findings::Findings;
use crate::audit::funds::Funds;
use crate::audit::losses::Losses;
use crate::audit::on_root::OnRoot;
use crate::audit::queue::Queue;
use crate::audit::voting::{Changes, Voting};
use crate::chain::{Issuance, Law, PoolFees, Root, TaoDust};
use crate::clock::Clock;
use crate::collateral::Collaterals;
use crate::receipts::Receipts;
use crate::registration_queue::RegistrationQueue;
use crate::root_network::{RootNetwork, RootShare};
use crate::stakes::Stakes;
use crate::subnet::Subnets;

/// Rao of alpha that cutting to whole rao may cost a subnet in a block: three cuts of less than one each.
const DUST_PER_BLOCK: u128 = 3;

/// Rao of TAO, and of alpha, that a pool begins with.
const SEED: u128 = 1_000_000_000;

/// What the chain's own books do not account for over a run: amounts that are lost, and such as are credited without being
/// there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DustTotals {
    /// Rao of alpha that nobody may claim, over all subnets: cut off where parts became whole rao.
    pub unclaimed: u128,
    /// Rao of alpha that nobody may claim: root's part, where a pool was too shallow to buy it.
    pub unsold: u128,
    /// Rao of alpha that nobody may claim: gathered by epochs and not paid.
    pub undistributed: u128,
    /// Rao of TAO that epochs gathered for root and did not pay.
    pub undistributed_tao: u128,
    /// Rao of alpha that nobody may claim: sold to pools too shallow for it.
    pub forfeited: u128,
    /// Rao of alpha that nobody may claim: fees of sales that are counted for pools only.
    pub alpha_fees: u128,
    /// Rao of TAO that nobody has: fees of buys that are counted for pools only.
    pub tao_fees: u128,
    /// Rao of TAO in fees that the authors of blocks were paid.
    pub author_fees: u128,
    /// Rao of TAO that calls took from somebody and gave to nobody.
    pub lost_tao: u128,
    /// Rao of TAO in new pools that issuance does not count.
    pub uncounted_tao: u128,
    /// Rao of TAO that chain buys have put into pools and that issuance does not count.
    pub uncounted_buys: u128,
    /// Rao of TAO that was issued for chain buys which failed.
    pub stranded_tao: u128,
    /// Rao of alpha that may be claimed but that `alpha_out` does not hold.
    pub unbacked: u128,
    /// Rao of alpha that came into being by selling such claims.
    pub minted: u128,
}

impl DustTotals {
    /// What there is of TAO.
    fn of_tao(root: &Root, dust: &TaoDust, fees: &PoolFees) -> Self {
        Self {
            undistributed_tao: rao(root.undistributed.rao()),
            lost_tao: rao(dust.lost.rao()),
            uncounted_tao: rao(dust.uncounted.rao()),
            uncounted_buys: rao(dust.chain_buys.rao()),
            stranded_tao: rao(dust.stranded.rao()),
            tao_fees: rao(fees.tao.rao()),
            author_fees: rao(fees.author.rao()),
            ..Self::default()
        }
    }

    fn add(&mut self, dust: &ChainDust) {
        self.unclaimed += rao(dust.unclaimed.rao());
        self.unsold += rao(dust.unsold.rao());
        self.undistributed += rao(dust.undistributed.rao());
        self.forfeited += rao(dust.forfeited.rao());
        self.alpha_fees += rao(dust.fees.rao());
        self.unbacked += rao(dust.unbacked.rao());
        self.minted += rao(dust.minted.rao());
    }
}

/// The auditor's memory: the totals at the end of the block before.
#[derive(Resource, Default)]
pub(crate) struct Auditor {
    /// TAO that exists but that no account in the run holds, in rao: no call and no coinbase can reach it.
    elsewhere: u128,
    tao: Option<u128>,
    voting: Voting,
    alpha: BTreeMap<Netuid, Alphas>,
    funds: Funds,
    on_root: OnRoot,
    collateral: Locked,
    /// The rules by which the next block's coinbase goes; a call that changes them takes effect a block later.
    rules: Option<Rules>,
    /// What waits for a place.
    queue: Queue,
    pub breach: Option<Breach>,
    pub blocks: u64,
    pub dust: DustTotals,
}

impl Auditor {
    /// Before the first block, with the TAO that exists outside the run, what waits, and what subnets ask for.
    pub fn new(elsewhere: Tao, queue: &RegistrationQueue, subnets: &Subnets) -> Self {
        let (elsewhere, queue) = (rao(elsewhere.rao()), Queue::now(queue));
        Self { elsewhere, queue, collateral: Locked::now(subnets), ..Self::default() }
    }

    /// What a subnet that made room had lost is gone with its books, and its successor starts anew. Its owner gets back no more
    /// than the lock. Returns what is gone, and how much of root's TAO its epoch of this block may have left to nobody.
    /// Registrations that wait are held against those that were queued.
    fn forget_dissolved(
        &mut self,
        findings: &mut Findings,
        receipts: &Receipts,
        there: (&RegistrationQueue, &Subnets),
    ) -> (DustTotals, u128) {
        self.queue.check(findings, receipts, there);
        let (mut gone, mut drained_tao) = (DustTotals::default(), 0);
        for receipt in &receipts.calls {
            if let Some((netuid, dissolved)) = receipt.removed() {
                let before = self.alpha.remove(&netuid);
                let lock = before.as_ref().map_or(0, |alphas| alphas.lock);
                let refund = rao(dissolved.refund.rao());
                findings.hold(
                    refund <= lock,
                    || format!("the refund of subnet {netuid}'s lock"),
                    lock,
                    refund,
                );
                gone.add(&dissolved.dust);
                if receipts.epochs.iter().any(|epoch| epoch.netuid == netuid) {
                    let waited = before.map_or(0, |alphas| alphas.waiting.root_tao);
                    drained_tao += waited + rao(dissolved.root_sale.rao());
                }
            }
        }
        (gone, drained_tao)
    }
}

/// A subnet's totals at the end of a block, in rao.
#[derive(Clone, Copy)]
struct Alphas {
    issued: u128,
    unclaimed: u128,
    unsold: u128,
    minted: u128,
    tao_in_pool: u128,
    in_pool: u128,
    undistributed: u128,
    /// Claims beyond `alpha_out`, sold or not.
    unbacked: u128,
    waiting: Waiting,
    /// What waits to enter the pool.
    waiting_for_pool: u128,
    /// What the protocol has bought and keeps.
    protocol: u128,
    /// What stakers on root may claim.
    claimable: u128,
    /// What its owner paid for it.
    lock: u128,
    /// Which part of the last epoch's incentive was withheld, in parts of 2^32.
    miner_burned: u128,
    /// The spot price, in parts of 2^32, where the chain's buys are limited.
    spot: u128,
    /// The miners' part of its emission, in parts of 2^64, where weights divide that.
    miner_slot: u128,
}

impl Alphas {
    fn of(books: &Books, buys: BuyLimit) -> Self {
        let Books { pool, dust, ref pending, .. } = *books;
        Self {
            issued: rao(pool.alpha.rao()) + rao(books.waiting().alpha.rao()) + rao(books.alpha_out.rao()),
            unclaimed: rao(dust.unclaimed.rao()),
            unsold: rao(dust.unsold.rao()),
            minted: rao(dust.minted.rao()),
            tao_in_pool: rao(pool.tao.rao()),
            in_pool: rao(pool.alpha.rao()),
            undistributed: rao(dust.undistributed.rao()),
            unbacked: rao(dust.unbacked.rao()) + rao(dust.minted.rao()),
            waiting: Waiting::of(pending),
            waiting_for_pool: rao(books.waiting().alpha.rao()),
            protocol: rao(books.protocol_alpha.rao()),
            claimable: rao(books.root_claimable.rao()),
            lock: rao(books.lock.rao()),
            miner_burned: books.miner_burned.bits(),
            miner_slot: rao(books.settings.weights.miner),
            spot: if buys == BuyLimit::Unlimited { 0 } else { books.spot_price().bits() },
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "a system's parameters are what it reads and writes")]
pub(crate) fn audit(
    clock: Res<Clock>,
    law: Res<Law>,
    network: Res<RootNetwork>,
    issuance: Res<Issuance>,
    root: Res<Root>,
    tao_dust: Res<TaoDust>,
    fees: Res<PoolFees>,
    stakes: Res<Stakes>,
    collaterals: Res<Collaterals>,
    receipts: Res<Receipts>,
    wallets: Query<&Wallet>,
    subnets: Res<Subnets>,
    queue: Res<RegistrationQueue>,
    mut auditor: ResMut<Auditor>,
) {
    if auditor.breach.is_some() {
        return;
    }
    let mut findings = Findings { block: clock.block, first: None };

    // TAO: free, on root, held for registrations, fees that root keeps, what calls lost, fees of pools, what is elsewhere, and in the pools.
    let on_root = staked(&stakes, Netuid::ROOT);
    // Before dynamic TAO: what owners have locked, and what waits for epochs.
    let voted = |share: &RootShare| rao(share.locked().rao()) + rao(share.pending().rao());
    let tao = auditor.elsewhere
        + on_root
        + nobodys_tao(&root, &tao_dust, &fees, &queue)
        + wallets.iter().map(|wallet| rao(wallet.tao().rao())).sum::<u128>()
        + subnets.books().iter().map(tao_in).sum::<u128>()
        + network.subnets.values().map(voted).sum::<u128>();
    let votes_now = law.rules.emission == Emission::RootVote;
    let mut voting = match auditor.tao {
        Some(_) => std::mem::take(&mut auditor.voting),
        None => Voting::new(votes_now, on_root),
    };
    let mut changes = Changes::of(&receipts, &voting);
    if changes.migrated {
        let lost = auditor.dust.undistributed_tao;
        changes.burned += lost + voting.forgotten(&mut findings, subnets.books(), &receipts.epochs);
    }
    let now = OnRoot::now(&root, on_root, &tao_dust);
    changes.minted += auditor.on_root.check_minted(&mut findings, &receipts, &now, auditor.blocks == 0);
    auditor.on_root = now;
    voting.check_regime(&mut findings, &changes, votes_now, rao(root.tao().rao()), on_root);
    findings.equal(
        || "TAO that accounts, pools and root hold".into(),
        [issuance.tao(), tao_dust.uncounted, tao_dust.chain_buys].map(|tao| rao(tao.rao())).iter().sum(),
        tao,
    );
    // What epochs of this block may at most have left undistributed of TAO.
    let (mut drained_tao, mut growth) = (0, None);
    if let Some(before) = auditor.tao {
        let emitted = (tao + changes.burned).saturating_sub(before + changes.minted);
        if voting.on {
            voting.check_emission(&mut findings, &network, (before, emitted), &auditor.alpha, votes_now);
            drained_tao += voting.drained(&receipts.epochs) + emitted;
        } else {
            let counted_before = before - auditor.dust.uncounted_buys;
            growth = Some(TaoGrowth { counted_before, emitted });
        }
    }

    let (gone, gone_drained) = auditor.forget_dissolved(&mut findings, &receipts, (&queue, &subnets));
    drained_tao += gone_drained;
    let (mut alpha, mut dust_totals) = (BTreeMap::new(), DustTotals::of_tao(&root, &tao_dust, &fees));
    let rules = auditor.rules.unwrap_or(law.rules);
    if let Some(growth) = growth {
        // Subnets of this block's registrations are not among those of the coinbase.
        let (dust, there) = ((&auditor.dust, &dust_totals), (subnets.books(), receipts.calls.as_slice()));
        growth.check(&mut findings, &rules, there, dust);
    }
    let block_tao = growth.map_or(0, |growth| halved(growth.counted_before));
    for books in subnets.books() {
        let Books { netuid, pending, ref dust, emitted: injected, .. } = *books;
        let now = Alphas::of(books, law.rules.coinbase.buy_limit);
        // Alpha outside: whoever may claim it, now or at the epoch, and what nobody may.
        let claims = staked(&stakes, netuid)
            + now.waiting.emission()
            + rao(pending.owner_cut.rao())
            + now.claimable
            + now.protocol;
        let nobodys = now.unclaimed + now.unsold + nobodys(dust);
        findings.equal(
            || format!("alpha outside subnet {netuid}'s pool"),
            rao(books.alpha_out.rao()) + rao(dust.unbacked.rao()),
            claims + nobodys,
        );
        if let Some(before) = auditor.alpha.get(&netuid) {
            let emits = !voting.on && emits(&rules, books, clock.block);
            let seeded = if changes.migrated { SEED } else { 0 };
            let (by_calls, by_epoch, left) = destroyed(netuid, &receipts);
            let there_is = now.issued + by_calls + by_epoch - (now.minted - before.minted);
            let growth = AlphaGrowth { emits, was: before.issued + seeded, there_is };
            let each = growth.check(&mut findings, &rules, books, (before, &now), block_tao);
            check_losses(&mut findings, netuid, (before, &now), most_unsold(&rules, before, each));
            let drained = before.waiting.drained(netuid, &receipts.epochs, &injected);
            // The migration lets be paid as alpha what waited as TAO.
            let granted = if changes.migrated { now.waiting.emission() } else { 0 };
            drained.check(&mut findings, netuid, (before, &now), (granted, by_epoch, left));
            claims::check(&mut findings, netuid, (before, &now), &receipts);
            // One validator stands for an aggregate subnet's, with all of root's stake: its take and the rest are rounded
            // down. If there is next to nothing on root, its fraction of the dividends may round to zero.
            let rounds = subnets.roster(netuid).is_none() && voting.staked >= SEED;
            drained_tao += if rounds { drained.root_tao.min(2) } else { drained.root_tao };
            drained_tao += forgotten_tao((&rules, &law.rules), before, books);
        }
        dust_totals.add(dust);
        alpha.insert(netuid, now);
    }
    let owned = (&*collaterals, &*stakes, &*subnets);
    auditor.collateral.check(&mut findings, &receipts, [&rules, &law.rules], owned);
    auditor.funds.check(&mut findings, [&rules, &law.rules], (&stakes, &subnets), &receipts);
    if auditor.tao.is_some() {
        let losses = Losses::of(&mut findings, &receipts.calls, [&rules, &law.rules]);
        losses.check(&mut findings, &auditor.dust, (&dust_totals, &gone), &changes);
        receipts.calls.iter().for_each(|receipt| claims::check_call(&mut findings, receipt));
        let before = if changes.migrated { 0 } else { auditor.dust.undistributed_tao };
        check_undistributed(&mut findings, dust_totals.undistributed_tao.wrapping_sub(before), drained_tao);
    }
    (auditor.breach, auditor.tao) = (findings.first, Some(tao));
    voting.remember(&network, votes_now, on_root);
    auditor.voting = voting;
    auditor.rules = Some(law.rules);
    (auditor.alpha, auditor.dust) = (alpha, dust_totals);
    auditor.blocks += 1;
}

/// TAO that exists and is no account's, no pool's and no staker's; or is held for registrations.
fn nobodys_tao(root: &Root, dust: &TaoDust, fees: &PoolFees, queue: &RegistrationQueue) -> u128 {
    let parts =
        [root.fees, root.undistributed, dust.lost, dust.stranded, dust.doubled, fees.tao, fees.author];
    parts.map(|tao| rao(tao.rao())).into_iter().sum::<u128>() + rao(queue.escrow().rao())
}

/// A subnet's TAO: in its pool, waiting to enter it, and sold for root and not yet paid.
fn tao_in(books: &Books) -> u128 {
    rao(books.pool.tao.rao()) + rao(books.waiting().tao.rao()) + rao(books.pending.root_tao.rao())
}

/// Alpha outside a pool that epochs did not pay, that was lost in sales, or that fees took.
fn nobodys(dust: &ChainDust) -> u128 {
    rao(dust.undistributed.rao()) + rao(dust.forfeited.rao()) + rao(dust.fees.rao())
}

/// What epochs may leave undistributed of root's TAO.
fn check_undistributed(findings: &mut Findings, lost: u128, most: u128) {
    findings.hold(lost <= most, || "TAO for root that epochs paid to nobody".into(), most, lost);
}

/// What cutting leaves to nobody, and what of root's part may be unsold.
fn check_losses(findings: &mut Findings, netuid: Netuid, (before, now): (&Alphas, &Alphas), most: u128) {
    findings.hold(
        now.unclaimed - before.unclaimed <= DUST_PER_BLOCK,
        || format!("alpha of subnet {netuid} that cutting to whole rao left to nobody"),
        DUST_PER_BLOCK,
        now.unclaimed - before.unclaimed,
    );
    findings.hold(
        now.unsold - before.unsold <= most,
        || format!("alpha of subnet {netuid} that root could not sell"),
        most,
        now.unsold - before.unsold,
    );
}

fn rao(amount: u64) -> u128 {
    u128::from(amount)
}

/// TAO that waited for root and is forgotten, where its part was sold under the rules before and waits in alpha under those
/// now.
fn forgotten_tao((before, now): (&Rules, &Rules), waited: &Alphas, subnet: &Books) -> u128 {
    let sold = |rules: &Rules| {
        use RootPart::{Sold, SoldUnlessSubsidised, SoldWithFee, SoldWithoutFee};
        matches!(rules.coinbase.root_part, Sold | SoldWithFee | SoldWithoutFee | SoldUnlessSubsidised)
    };
    if sold(before) && !sold(now) {
        waited.waiting.root_tao + rao(subnet.emitted.root_tao.unwrap_or_default().rao())
    } else {
        0
    }
}

/// All stake on a subnet, over all hotkeys.
fn staked(stakes: &Stakes, netuid: Netuid) -> u128 {
    stakes.on(netuid).map(|(_, pool)| rao(pool.total().rao())).sum()
}

/// The halving curve, counted step by step instead of by the ledger's formula: a half less for each time that what is
/// left of the supply can be doubled within it.
fn halved(issuance: u128) -> u128 {
    let (supply, mut emission) = (21_000_000_000_000_000u128, 1_000_000_000u128);
    let mut left = supply.saturating_sub(issuance) * 2;
    while left <= supply && emission > 0 {
        left *= 2;
        emission /= 2;
    }
    emission
}
