//! What the auditor knows of a block's emission: how much TAO and alpha there may be more of, by the rules in force.

use dtao_protocol::books::{Books, Registrations};
use dtao_protocol::emission_weights::AlphaDivision;
use dtao_protocol::injection::InjectionRule;
use dtao_protocol::pool::CurveRule;
use dtao_protocol::rules::coinbase::{BuyLimit, Minting, RootPart, Surplus};
use dtao_protocol::rules::{Emitting, RegistrationGate, Rules};
use dtao_protocol::units::{Block, Netuid};

use super::{Alphas, DustTotals, Findings, funds, halved, rao};
use crate::call::{Call, Dissolved, Outcome, Receipt};
use crate::receipts::Receipts;

/// TAO that a block's coinbase has added to what accounts, pools and root hold.
#[derive(Clone, Copy)]
pub(super) struct TaoGrowth {
    /// All that there was before the block, less what had come in by chain buys without being counted.
    pub(super) counted_before: u128,
    /// By how much what is held has grown.
    pub(super) emitted: u128,
}

impl TaoGrowth {
    /// No more than the curve gives, and but for rounding no less, unless nobody has a share or the era holds TAO back.
    pub(super) fn check(
        self,
        findings: &mut Findings,
        rules: &Rules,
        (books, calls): (&[Books], &[Receipt]),
        (before, now): (&DustTotals, &DustTotals),
    ) {
        let limit = halved(self.counted_before);
        // A subnet's part is rounded down on its own: what enters its pool, and what buys its alpha.
        let parts = if rules.coinbase.surplus == Surplus::NotEmitted { 1 } else { 2 };
        // Also on subnets that made room for others after the coinbase.
        let gone: Vec<Dissolved> = calls.iter().filter_map(|receipt| receipt.new_subnet?.dissolved).collect();
        let least = limit.saturating_sub(parts * (books.len() + gone.len()) as u128);
        // What a pool refuses to sell to the chain, or sells it only in part, is then not emitted.
        let refused = rules.coinbase.surplus != Surplus::NotEmitted
            && matches!(rules.coinbase.minting, Minting::Injected | Minting::SpentOrRefunded);
        let held_back = refused
            || rules.coinbase.buy_limit != BuyLimit::Unlimited
            || matches!(rules.pool.curve, CurveRule::Balancer(_) | CurveRule::Superellipse)
            || books.iter().any(|subnet| {
                matches!(subnet.settings.registrations, Registrations::Work | Registrations::Closed)
            });
        let emitted = self.emitted;
        findings.hold(emitted <= limit, || "TAO emitted in the block".into(), limit, emitted);
        findings.rule(emitted == 0 || held_back || emitted >= least, || {
            format!("{emitted} rao of TAO were emitted in the block, where the rules emit at least {least}")
        });

        let gone = gone.iter().map(|gone| gone.chain_buy);
        let bought = books.iter().map(|subnet| subnet.chain_buy.tao).chain(gone);
        let bought: u128 = bought.map(|tao| rao(tao.rao())).sum();
        let uncounted = now.uncounted_buys - before.uncounted_buys;
        let most = if rules.coinbase.minting == Minting::Injected { bought } else { 0 };
        findings.equal(|| "TAO of chain buys that issuance does not count".into(), uncounted, most);
        let stranded = now.stranded_tao - before.stranded_tao;
        let most = match rules.coinbase.minting {
            Minting::InjectedAndSurplus | Minting::Spent => limit - bought.min(limit),
            Minting::Injected | Minting::SpentOrRefunded => 0,
        };
        findings.hold(stranded <= most, || "TAO of chain buys that failed".into(), most, stranded);
    }
}

/// Whether a subnet emits in a block under the rules of that block.
pub(super) fn emits(rules: &Rules, subnet: &Books, block: Block) -> bool {
    let started = subnet.settings.first_emission.is_some_and(|first| first <= block);
    let (closed, burns) = match subnet.settings.registrations {
        Registrations::Both | Registrations::Burn => (false, true),
        Registrations::Work => (false, false),
        Registrations::Closed => (true, false),
    };
    match rules.emitting {
        Emitting::All => true,
        Emitting::Started => started,
        Emitting::Open => started && !closed,
        Emitting::OpenForBurning => started && burns,
    }
}

/// A subnet's alpha before a block and after it, in rao.
#[derive(Clone, Copy)]
pub(super) struct AlphaGrowth {
    /// Whether the block emitted to the subnet.
    pub(super) emits: bool,
    /// All that there was.
    pub(super) was: u128,
    /// All that there is, with what calls and epochs have destroyed and without what sales have created.
    pub(super) there_is: u128,
}

impl AlphaGrowth {
    /// It grows by the curve and by what enters the pool; what a chain buy bought, and root's part, may be recycled. Returns
    /// what the curve gave.
    pub(super) fn check(
        self,
        findings: &mut Findings,
        rules: &Rules,
        subnet: &Books,
        (before, now): (&Alphas, &Alphas),
        block_tao: u128,
    ) -> u128 {
        let netuid = subnet.netuid;
        let shut = rules.registration_gate == RegistrationGate::NothingIfNeither
            && subnet.settings.registrations == Registrations::Closed;
        let curve = if self.emits { halved(before.issued) } else { 0 };
        let each = if shut { 0 } else { curve };
        let into_pool = rao(subnet.emitted.alpha_in.rao()) + now.waiting_for_pool;
        let into_pool = into_pool.saturating_sub(before.waiting_for_pool);
        // Subsidised pools, and those that are not capped, may be given as much alpha as the block has TAO.
        let most = match rules.coinbase.injection {
            InjectionRule::SubsidisedWithOwnAlpha | InjectionRule::SubsidisedWithBlockAlpha => {
                // A pool is subsidised below its share by 32 fractional bits: just above it is given a bit more for its TAO.
                let most = curve.max(block_tao);
                let tao = rao(subnet.emitted.tao_in.rao()) << 32;
                most + (most * into_pool).checked_div(tao).map_or(most, |more| more + 1)
            }
            _ => curve,
        };
        let bought = rao(subnet.chain_buy.alpha.rao());
        let (recycled, kept) = match rules.coinbase.surplus {
            Surplus::KeptByProtocol => (0, bought),
            Surplus::NotEmitted | Surplus::BoughtAndRecycled => (bought, 0),
        };
        let root = match rules.coinbase.root_part {
            RootPart::ClaimableOrRecycled => rao(subnet.emitted.root_alpha.rao()),
            _ => 0,
        };
        if rules.coinbase.buy_limit == BuyLimit::UnburnedMiners {
            // For no more than the miners' alpha that was paid to them was worth.
            let all = rao(subnet.emitted.alpha_out.rao());
            let miners = match rules.coinbase.alpha_division {
                AlphaDivision::OwnersCut => all - rao(subnet.emitted.owner_cut.rao()),
                AlphaDivision::EmissionWeights => 2 * ((all * before.miner_slot) >> 64) + 2,
            };
            let kept = (1u128 << 32).saturating_sub(before.miner_burned);
            let most = (((miners * kept) >> 33) + 1).saturating_mul(before.spot) >> 32;
            let spent = rao(subnet.chain_buy.tao.rao());
            findings.hold(
                spent <= most,
                || format!("TAO that the chain paid for alpha of subnet {netuid}"),
                most,
                spent,
            );
        }
        let expected = self.was + each + into_pool;
        let found = self.there_is + recycled;
        findings.hold(
            (found == expected || found + root == expected) && into_pool <= most,
            || format!("alpha emitted to subnet {netuid}, by the curve and into its pool"),
            expected - self.was,
            found.saturating_sub(self.was),
        );
        findings.equal(
            || format!("alpha of subnet {netuid} that the protocol bought and keeps"),
            now.protocol,
            before.protocol + kept,
        );
        each
    }
}

/// How much of root's part, and of the others', may be left to nobody in a block that emits so much by the curve.
pub(super) fn most_unsold(rules: &Rules, before: &Alphas, each: u128) -> u128 {
    match rules.coinbase.root_part {
        // Root's sale, of at most half of the emission, fails only where it would leave less than a hundredth of a TAO in
        // the pool.
        RootPart::Sold => {
            let nearly_empty = before.tao_in_pool * before.in_pool < 10_000_000 * (before.in_pool + each / 2);
            if nearly_empty { each / 2 } else { 0 }
        }
        RootPart::SoldWithFee | RootPart::SoldWithoutFee => each,
        RootPart::SoldUnlessSubsidised | RootPart::ClaimableUnlessSubsidised => each / 2,
        RootPart::ClaimableOrLeft | RootPart::ClaimableOrRecycled => 0,
    }
}

/// Alpha of a subnet that calls destroyed, or a fund's turn; that epochs did; and that was left to nobody when funds came.
pub(super) fn destroyed(netuid: Netuid, receipts: &Receipts) -> (u128, u128, u128) {
    let by_calls: u128 = receipts.calls.iter().map(|receipt| burned_alpha(netuid, receipt)).sum();
    let epochs = receipts.epochs.iter().filter(|epoch| epoch.netuid == netuid);
    let by_epochs = epochs.map(|epoch| rao(epoch.recycled.rao())).sum();
    (by_calls + funds::recycled(netuid, receipts), by_epochs, funds::unclaimed(netuid, receipts))
}

/// Alpha of a subnet that a call destroyed: what a neuron's burn bought.
fn burned_alpha(netuid: Netuid, receipt: &Receipt) -> u128 {
    match (&receipt.call, receipt.outcome) {
        (&Call::RegisterNeuron { netuid: at }, Outcome::RegisteredNeuron { burned, .. }) if at == netuid => {
            rao(burned.rao())
        }
        _ => 0,
    }
}
