//! An independent recount of all TAO and alpha after every block.
//!
//! The auditor shares no code with the ledger. It adds up what everybody may claim and compares that with
//! what the chain says exists, and what exists with what may have been emitted since the block before. A
//! difference of one rao is a [`Breach`].

mod voting;

use std::collections::BTreeMap;

use bevy_ecs::prelude::*;
use dtao_protocol::rules::Regime;
use dtao_protocol::units::{Block, Netuid};

use crate::account::Wallet;
use crate::audit::voting::{Changes, Voting};
use crate::call::{Call, Outcome, Receipt};
use crate::clock::Clock;
use crate::ledger::root_voting::RootNetwork;
use crate::ledger::{Issuance, Law, Root, Stakes};
use crate::pipeline::Receipts;
use crate::subnet::{AlphaOut, ChainDust, Emitted, Pending, Pool, Subnet};

/// Rao of alpha that cutting to whole rao may cost a subnet in a block: three cuts of less than one each.
const DUST_PER_BLOCK: u128 = 3;

/// Rao of TAO, and of alpha, that a pool begins with.
const SEED: u128 = 1_000_000_000;

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
    /// Rao of alpha that nobody may claim: gathered by detailed subnets' epochs and not paid.
    pub undistributed: u128,
    /// Rao of TAO that detailed subnets' epochs gathered for root and did not pay.
    pub undistributed_tao: u128,
    /// Rao of alpha that may be claimed but that `alpha_out` does not hold.
    pub unbacked: u128,
    /// Rao of alpha that came into being by selling such claims.
    pub minted: u128,
}

/// The auditor's memory: the totals at the end of the block before.
#[derive(Resource, Default)]
pub(crate) struct Auditor {
    tao: Option<u128>,
    voting: Voting,
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

type Books = (
    &'static Subnet,
    &'static Pool,
    &'static AlphaOut,
    &'static Pending,
    &'static ChainDust,
    &'static Emitted,
);

#[expect(clippy::too_many_arguments, reason = "a system's parameters are what it reads and writes")]
pub(crate) fn audit(
    clock: Res<Clock>,
    law: Res<Law>,
    network: Res<RootNetwork>,
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
    let mut tao = staked(&stakes, Netuid::ROOT) + rao(root.fees.rao()) + rao(root.undistributed.rao());
    tao += wallets.iter().map(|wallet| rao(wallet.tao().rao())).sum::<u128>();
    for (_, pool, _, pending, ..) in &subnets {
        tao += rao(pool.reserves().tao.rao()) + rao(pending.root_tao.rao());
    }
    // Before dynamic TAO: what owners have locked, and what waits for epochs.
    for share in network.subnets.values() {
        tao += rao(share.locked().rao()) + rao(share.pending().rao());
    }
    let votes_now = matches!(law.regime, Regime::RootVoting(_));
    let on_root = staked(&stakes, Netuid::ROOT);
    let mut voting = match auditor.tao {
        Some(_) => std::mem::take(&mut auditor.voting),
        None => Voting::new(votes_now, on_root),
    };
    let changes = Changes::of(&receipts.calls, &voting);
    voting.check_regime(&mut findings, &changes, votes_now, rao(root.tao().rao()), on_root);
    findings.equal(|| "TAO that accounts, pools and root hold".into(), rao(issuance.tao().rao()), tao);
    if let Some(before) = auditor.tao {
        // Each subnet's part is cut to whole rao; nothing at all is emitted if no subnet has a moving price.
        let emitted = (tao + changes.burned).saturating_sub(before + changes.minted);
        let cuts = auditor.alpha.len() as u128;
        if voting.on {
            voting.check_emission(&mut findings, &network, (before, emitted), &auditor.alpha, votes_now);
        } else {
            let limit = halved(before);
            let fair = emitted == 0 || (emitted <= limit && emitted + cuts >= limit);
            findings.hold(fair, || "TAO emitted in the block".into(), limit, emitted);
        }
    }

    let mut alpha = BTreeMap::new();
    let mut dust_totals =
        DustTotals { undistributed_tao: rao(root.undistributed.rao()), ..DustTotals::default() };
    for (subnet, pool, alpha_out, pending, dust, injected) in &subnets {
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
        let claims = staked(&stakes, netuid) + rao(pending.emission.rao()) + rao(pending.owner_cut.rao());
        findings.equal(
            || format!("alpha outside subnet {netuid}'s pool"),
            outside + rao(dust.unbacked.rao()),
            claims + now.unclaimed + now.unsold + rao(dust.undistributed.rao()),
        );
        if let Some(before) = auditor.alpha.get(&netuid) {
            let each = if voting.on { 0 } else { halved(before.issued) };
            let seeded = if changes.migrated { SEED } else { 0 };
            let burned: u128 = receipts.calls.iter().map(|receipt| burned_alpha(netuid, receipt)).sum();
            let emitted = (now.issued + burned - (now.minted - before.minted)).saturating_sub(before.issued);
            // The curve to participants, and into the pool what the coinbase says, of at most as much again.
            let into_pool = rao(injected.0.alpha_in.rao());
            findings.hold(
                emitted == each + into_pool + seeded && into_pool <= each,
                || format!("alpha emitted to subnet {netuid}, by the curve and into its pool"),
                each + into_pool + seeded,
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
        dust_totals.undistributed += rao(dust.undistributed.rao());
        dust_totals.unbacked += rao(dust.unbacked.rao());
        dust_totals.minted += now.minted;
        alpha.insert(netuid, now);
    }
    auditor.breach = findings.first;
    auditor.tao = Some(tao);
    voting.remember(&network, votes_now, on_root);
    auditor.voting = voting;
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

/// Alpha of a subnet that a call destroyed: what a neuron's burn bought.
fn burned_alpha(netuid: Netuid, receipt: &Receipt) -> u128 {
    match (&receipt.call, receipt.outcome) {
        (&Call::RegisterNeuron { netuid: at }, Outcome::RegisteredNeuron { burned, .. }) if at == netuid => {
            rao(burned.rao())
        }
        _ => 0,
    }
}

/// All stake on a subnet, over all hotkeys.
fn staked(stakes: &Stakes, netuid: Netuid) -> u128 {
    stakes.on(netuid).map(|(_, pool)| rao(pool.total().rao())).sum()
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

#[cfg(test)]
mod tests {
    use dtao_protocol::fixed::Q32;
    use dtao_protocol::pool::Reserves;
    use dtao_protocol::registration::LastLock;
    use dtao_protocol::root_network::RootVotingRules;
    use dtao_protocol::rules::{LaunchSpec, RootSpec, Rules};
    use dtao_protocol::units::{Alpha, RAO, Tao};

    use super::*;
    use crate::account::{AgentId, Authority, Hotkey};
    use crate::pipeline::CallOrder;
    use crate::random::RunSeed;
    use crate::run::{
        AccountSetup, Audit, Carried, RootVotingSetup, Run, RunBuilder, RunError, Setup, SubnetSetup,
    };

    const HOLDER: AgentId = AgentId(1);

    /// A market of two subnets in its tenth block.
    fn sound() -> Run {
        sound_under(None)
    }

    /// The same before dynamic TAO.
    fn voting() -> Run {
        let subnets = vec![(Netuid(1), Q32::HALF, Tao::from_rao(7 * RAO)), (Netuid(2), Q32::HALF, Tao::ZERO)];
        let rules = RootVotingRules::pre_dtao();
        sound_under(Some(RootVotingSetup { spec: RootSpec::R219, rules, subnets }))
    }

    fn sound_under(root_voting: Option<RootVotingSetup>) -> Run {
        let subnet = |netuid, tao| SubnetSetup {
            netuid: Netuid(netuid),
            pool: Reserves { tao: Tao::from_rao(tao), alpha: Alpha::from_rao(100_000 * RAO) },
            alpha_out: Alpha::from_rao(50_000 * RAO),
            moving_price: Q32::from_f64(0.01),
            tempo: 4,
            registered_at: Block(0),
            holder: HOLDER,
            detail: None,
            carried: Carried::default(),
        };
        let spec = LaunchSpec::L234;
        let mut run = RunBuilder::new(Setup {
            seed: RunSeed(1),
            first_block: Block(1),
            spec,
            rules: Rules::launch(spec),
            // The deep pool receives less alpha than the curve allows; the shallow one's is capped.
            subnets: vec![subnet(1, 1_000_000 * RAO), subnet(2, RAO)],
            root_stake: Tao::from_rao(1_000_000 * RAO),
            root_dividends: Tao::ZERO,
            last_registration: LastLock { cost: Tao::from_rao(RAO), block: Block(0) },
            order: CallOrder::Arrival,
            audit: Audit::EveryBlock,
        });
        if let Some(root_voting) = root_voting {
            run.root_voting(root_voting);
        }
        let group = run.group("holder");
        run.account(
            group,
            AccountSetup { tao: Tao::from_rao(RAO), root_stake: Tao::ZERO, authority: Authority::Account },
            (),
        );
        let mut run = run.build();
        run.advance(10).expect("nothing is corrupt yet");
        run
    }

    /// What the auditor says of the block after a corruption.
    fn found(corrupt: impl FnOnce(&mut World)) -> Option<Breach> {
        found_in(sound(), corrupt)
    }

    fn found_in(mut run: Run, corrupt: impl FnOnce(&mut World)) -> Option<Breach> {
        corrupt(run.world_mut());
        match run.advance(1) {
            Ok(()) => None,
            Err(RunError::Audit(breach)) => Some(breach),
            Err(error @ RunError::Observer(_)) => panic!("{error}"),
        }
    }

    fn on<C: Component<Mutability = bevy_ecs::component::Mutable>>(
        netuid: u16,
        change: impl FnOnce(&mut C),
    ) -> impl FnOnce(&mut World) {
        move |world| {
            let entity =
                world.resource::<crate::subnet::Subnets>().entity(Netuid(netuid)).expect("it exists");
            change(&mut world.get_mut::<C>(entity).expect("every subnet has it"));
        }
    }

    #[test]
    fn nothing_is_found_where_nothing_is_wrong() {
        assert_eq!(found(|_| {}), None);
    }

    #[test]
    fn a_rao_of_tao_too_much_is_found_wherever_it_is() {
        let rao = Tao::from_rao(1);
        let wallet = |world: &mut World| {
            let entity = world.resource::<crate::account::Accounts>().entity(HOLDER);
            world.get_mut::<Wallet>(entity).expect("an account").0 += rao;
        };
        let root_stake = |world: &mut World| {
            world
                .resource_mut::<Stakes>()
                .pool_mut(Netuid::ROOT, Hotkey::AGGREGATE)
                .add_to_all(Alpha::from_rao(1));
        };
        let breaches = [
            found(wallet),
            found(root_stake),
            found(|world| world.resource_mut::<Root>().fees += rao),
            found(on::<Pool>(1, |pool| pool.0.tao += rao)),
            found(on::<Pending>(2, |pending| pending.root_tao += rao)),
        ];
        for breach in breaches {
            let breach = breach.expect("one rao is found");
            assert_eq!((breach.block, breach.recount), (Block(11), breach.books + 1), "{breach}");
        }
        let missing = found(|world| world.resource_mut::<Issuance>().0 += rao).expect("one rao is found");
        assert_eq!(missing.recount + 1, missing.books);
    }

    #[test]
    fn tao_that_is_printed_into_the_books_too_is_found_as_emission() {
        let breach = found(|world| {
            world.resource_mut::<Issuance>().0 += Tao::from_rao(3);
            world.resource_mut::<Root>().fees += Tao::from_rao(3);
        });
        assert_eq!(breach.expect("more than a block's emission").what, "TAO emitted in the block");
    }

    #[test]
    fn before_dynamic_tao_a_rao_too_much_is_found_wherever_it_is() {
        type Corruption = fn(&mut World);
        let first = |world: &mut World, change: fn(&mut crate::ledger::root_voting::RootShare)| {
            change(world.resource_mut::<RootNetwork>().subnets.get_mut(&Netuid(1)).expect("it has a share"));
        };
        assert_eq!(found_in(voting(), |_| {}), None);
        let pending = found_in(voting(), |world| first(world, |share| share.pending += Tao::from_rao(1)));
        let locked = found_in(voting(), |world| first(world, |share| share.locked += Tao::from_rao(1)));
        for breach in [pending, locked] {
            let breach = breach.expect("one rao is found");
            assert_eq!(breach.recount, breach.books + 1, "{breach}");
        }
        let value = found_in(voting(), |world| first(world, |share| share.emission += Tao::from_rao(1)));
        assert_eq!(value.expect("more than a block's emission").what, "TAO emitted by root's votes");
        let books: [Corruption; 2] = [
            |world| world.resource_mut::<Root>().tao += Tao::from_rao(1),
            |world| world.resource_mut::<Law>().regime = Regime::Dtao(LaunchSpec::L234),
        ];
        for corrupt in books {
            assert!(found_in(voting(), corrupt).is_some());
        }
    }

    #[test]
    fn a_rao_of_alpha_too_much_is_found_wherever_it_is() {
        let rao = Alpha::from_rao(1);
        let breaches = [
            found(|world| {
                world.resource_mut::<Stakes>().pool_mut(Netuid(1), Hotkey::AGGREGATE).add_to_all(rao);
            }),
            found(on::<AlphaOut>(1, |out| out.0 += rao)),
            found(on::<Pending>(1, |pending| pending.emission += rao)),
            found(on::<Pending>(1, |pending| pending.owner_cut += rao)),
            found(on::<ChainDust>(1, |dust| dust.unclaimed += rao)),
            found(on::<ChainDust>(1, |dust| dust.unbacked += rao)),
            found(on::<Pool>(1, |pool| pool.0.alpha += rao)),
            found(on::<Pool>(2, |pool| pool.0.alpha += rao)),
        ];
        for (index, breach) in breaches.into_iter().enumerate() {
            let breach = breach.unwrap_or_else(|| panic!("one rao is found, but not by {index}"));
            assert!(breach.what.contains("subnet"), "{breach}");
        }
    }

    #[test]
    fn alpha_that_is_printed_for_nobody_is_found() {
        let breach = found(|world| {
            on::<AlphaOut>(1, |out| out.0 += Alpha::from_rao(10))(world);
            on::<ChainDust>(1, |dust| dust.unclaimed += Alpha::from_rao(10))(world);
        });
        assert!(breach.is_some());
    }

    #[test]
    fn a_run_stops_at_the_block_of_the_breach() {
        let mut run = sound();
        run.world_mut().resource_mut::<Root>().fees += Tao::from_rao(1);
        assert!(run.advance(100).is_err());
        assert_eq!(run.block(), Block(11));
    }
}
