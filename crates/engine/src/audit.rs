//! An independent recount of all TAO and alpha after every block.
//!
//! The auditor shares no code with the ledger. It adds up what everybody may claim and compares that with
//! what the chain says exists, and what exists with what may have been emitted since the block before. A
//! difference of one rao is a [`Breach`].

use std::collections::BTreeMap;

use bevy_ecs::prelude::*;
use dtao_protocol::units::{Block, Netuid};

use crate::account::Wallet;
use crate::call::{Call, Outcome, Receipt};
use crate::clock::Clock;
use crate::ledger::{Issuance, Root, Stakes};
use crate::pipeline::Receipts;
use crate::subnet::{AlphaOut, ChainDust, Pending, Pool, Subnet};

/// Rao of alpha that cutting to whole rao may cost a subnet in a block: three cuts of less than one each.
const DUST_PER_BLOCK: u128 = 3;

/// The books do not close.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("audit failed at block {block}: {what}: the books say {books} rao, the recount says {recount}")]
pub struct Breach {
    /// After which block.
    pub block: Block,
    /// Of what.
    pub what: String,
    /// What the chain's totals say.
    pub books: u128,
    /// What adding up says.
    pub recount: u128,
}

/// What the chain itself lost and paid twice over a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DustTotals {
    /// Rao of alpha that nobody may claim, over all subnets: cut off where parts became whole rao.
    pub unclaimed: u128,
    /// Rao of alpha that nobody may claim: root's part, where a pool was too shallow to buy it.
    pub unsold: u128,
    /// Rao of alpha that may be claimed but that `alpha_out` does not hold.
    pub unbacked: u128,
    /// Rao of alpha that came into being by selling such claims.
    pub minted: u128,
}

/// The auditor's memory: the totals at the end of the block before.
#[derive(Resource, Default)]
pub(crate) struct Auditor {
    tao: Option<u128>,
    alpha: BTreeMap<Netuid, Alphas>,
    pub breach: Option<Breach>,
    pub blocks: u64,
    pub dust: DustTotals,
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
}

type Books = (&'static Subnet, &'static Pool, &'static AlphaOut, &'static Pending, &'static ChainDust);

pub(crate) fn audit(
    clock: Res<Clock>,
    issuance: Res<Issuance>,
    root: Res<Root>,
    stakes: Res<Stakes>,
    receipts: Res<Receipts>,
    wallets: Query<&Wallet>,
    subnets: Query<Books>,
    mut auditor: ResMut<Auditor>,
) {
    if auditor.breach.is_some() {
        return;
    }
    let mut findings = Findings { block: clock.block, first: None };

    // TAO: free, in pools, on root, sold for root and not yet paid, fees that root keeps.
    let mut tao = rao(stakes.pool(Netuid::ROOT).map_or(0, |pool| pool.total().rao())) + rao(root.fees.rao());
    tao += wallets.iter().map(|wallet| rao(wallet.tao().rao())).sum::<u128>();
    for (_, pool, _, pending, _) in &subnets {
        tao += rao(pool.reserves().tao.rao()) + rao(pending.root_tao.rao());
    }
    findings.equal(|| "TAO that accounts, pools and root hold".into(), rao(issuance.tao().rao()), tao);
    if let Some(before) = auditor.tao {
        // Each subnet's part is cut to whole rao; nothing at all is emitted if no subnet has a moving price.
        let burned: u128 = receipts.calls.iter().map(burned).sum();
        let emitted = (tao + burned).saturating_sub(before);
        let (limit, cuts) = (halved(before), auditor.alpha.len() as u128);
        let fair = emitted == 0 || (emitted <= limit && emitted + cuts >= limit);
        findings.hold(fair, || "TAO emitted in the block".into(), limit, emitted);
    }

    let mut alpha = BTreeMap::new();
    let mut dust_totals = DustTotals::default();
    for (subnet, pool, alpha_out, pending, dust) in &subnets {
        let netuid = subnet.0;
        let (in_pool, outside) = (rao(pool.reserves().alpha.rao()), rao(alpha_out.alpha().rao()));
        let now = Alphas {
            issued: in_pool + outside,
            unclaimed: rao(dust.unclaimed.rao()),
            unsold: rao(dust.unsold.rao()),
            minted: rao(dust.minted.rao()),
            tao_in_pool: rao(pool.reserves().tao.rao()),
            in_pool,
        };
        // Alpha outside: whoever may claim it, now or at the epoch, and what nobody may.
        let staked = rao(stakes.pool(netuid).map_or(0, |pool| pool.total().rao()));
        let claims = staked + rao(pending.emission.rao()) + rao(pending.owner_cut.rao());
        findings.equal(
            || format!("alpha outside subnet {netuid}'s pool"),
            outside + rao(dust.unbacked.rao()),
            claims + now.unclaimed + now.unsold,
        );
        if let Some(before) = auditor.alpha.get(&netuid) {
            let each = halved(before.issued);
            let emitted = (now.issued - (now.minted - before.minted)).saturating_sub(before.issued);
            findings.hold(
                emitted >= each && emitted <= 2 * each,
                || format!("alpha emitted to subnet {netuid}, which is once to twice the curve"),
                each,
                emitted,
            );
            findings.hold(
                now.unclaimed - before.unclaimed <= DUST_PER_BLOCK,
                || format!("alpha of subnet {netuid} that cutting to whole rao left to nobody"),
                DUST_PER_BLOCK,
                now.unclaimed - before.unclaimed,
            );
            // Root's sale, of at most half of the emission, fails only where it would leave less than a
            // hundredth of a TAO in the pool.
            let nearly_empty = before.tao_in_pool * before.in_pool < 10_000_000 * (before.in_pool + each / 2);
            let most = if nearly_empty { each / 2 } else { 0 };
            findings.hold(
                now.unsold - before.unsold <= most,
                || format!("alpha of subnet {netuid} that root could not sell"),
                most,
                now.unsold - before.unsold,
            );
        }
        dust_totals.unclaimed += now.unclaimed;
        dust_totals.unsold += now.unsold;
        dust_totals.unbacked += rao(dust.unbacked.rao());
        dust_totals.minted += now.minted;
        alpha.insert(netuid, now);
    }
    auditor.breach = findings.first;
    auditor.tao = Some(tao);
    auditor.alpha = alpha;
    auditor.dust = dust_totals;
    auditor.blocks += 1;
}

/// The first thing that does not add up in a block.
struct Findings {
    block: Block,
    first: Option<Breach>,
}

impl Findings {
    fn equal(&mut self, what: impl FnOnce() -> String, books: u128, recount: u128) {
        self.hold(books == recount, what, books, recount);
    }

    fn hold(&mut self, holds: bool, what: impl FnOnce() -> String, books: u128, recount: u128) {
        if !holds && self.first.is_none() {
            self.first = Some(Breach { block: self.block, what: what(), books, recount });
        }
    }
}

fn rao(amount: u64) -> u128 {
    u128::from(amount)
}

/// TAO that a call destroyed: of a lock cost, all but the one TAO that starts the pool.
fn burned(receipt: &Receipt) -> u128 {
    match (receipt.call, receipt.outcome) {
        (Call::RegisterSubnet, Outcome::Registered { cost, .. }) => rao(cost.rao()) - 1_000_000_000,
        _ => 0,
    }
}

/// The halving curve, counted step by step instead of by the ledger's formula.
fn halved(issuance: u128) -> u128 {
    let (supply, mut threshold, mut emission) = (21_000_000_000_000_000u128, 0u128, 1_000_000_000u128);
    let mut step = supply / 2;
    while step > 0 && issuance >= threshold + step {
        threshold += step;
        step /= 2;
        emission /= 2;
    }
    emission
}
