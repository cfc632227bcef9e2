//! Corrupted books, and what the auditor says of them.

use dtao_protocol::era::Spec;
use dtao_protocol::fixed::{Q32, Q64};
use dtao_protocol::pool::Reserves;
use dtao_protocol::registration::{CollateralTerms, LastLock, NeuronPayment, SubnetLimit};
use dtao_protocol::root_network::RootVotingRules;
use dtao_protocol::rules::Rules;
use dtao_protocol::units::{Alpha, Block, RAO, Tao};

use super::*;
use crate::account::{AgentId, Authority, Hotkey};
use crate::call::Call;
use crate::measurement::Values;
use crate::pipeline::CallOrder;
use crate::random::RunSeed;
use crate::registration_queue::{Cleaning, Held, Waiting};
use crate::roster::{NewSubnets, RosterSetup};
use crate::run::{
    AccountSetup, Audit, Carried, CarriedChain, RootVotingSetup, Run, RunBuilder, RunError, Setup,
    SubnetSetup,
};

const HOLDER: AgentId = AgentId(1);

/// A market of two subnets in its tenth block.
fn sound() -> Run {
    sound_under(None, None)
}

/// The same with subnet 1 in detail: its epochs are in blocks 2, 7 and 12, subnet 2's in 1, 6 and 11.
fn detailed() -> Run {
    let roster = RosterSetup { max_uids: 1, immunity_period: 0, ..RosterSetup::launch(HOLDER) };
    sound_under(None, Some(roster))
}

/// The same before dynamic TAO.
fn voting() -> Run {
    let subnets = vec![(Netuid(1), Q32::HALF, Tao::from_rao(7 * RAO)), (Netuid(2), Q32::HALF, Tao::ZERO)];
    let rules = RootVotingRules::pre_dtao();
    sound_under(Some(RootVotingSetup { rules, subnets }), None)
}

fn sound_under(root_voting: Option<RootVotingSetup>, detail: Option<RosterSetup>) -> Run {
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
    let spec = if root_voting.is_some() { Spec::known(219) } else { Spec::known(234) };
    let mut run = RunBuilder::new(Setup {
        seed: RunSeed(1),
        first_block: Block(1),
        spec,
        rules: Rules::at(spec),
        // The deep pool receives less alpha than the curve allows; the shallow one's is capped.
        subnets: vec![SubnetSetup { detail, ..subnet(1, 1_000_000 * RAO) }, subnet(2, RAO)],
        root_stake: Tao::from_rao(1_000_000 * RAO),
        chain: CarriedChain::default(),
        last_registration: LastLock { cost: Tao::from_rao(RAO), block: Block(0) },
        values: Values::default(),
        new_subnets: NewSubnets::Aggregate,
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

/// Whether one rao is too much.
fn off_by_one(breach: &Breach) -> bool {
    match breach.broken {
        Broken::Equal { books, recount } => recount == books + 1,
        Broken::AtMost { most, found } => found == most + 1,
        Broken::Rule => false,
    }
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

fn on(netuid: u16, change: impl FnOnce(&mut Books)) -> impl FnOnce(&mut World) {
    move |world| change(world.resource_mut::<Subnets>().get_mut(Netuid(netuid)).expect("it exists"))
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
        found(on(1, |books| books.pool.tao += rao)),
        found(on(2, |books| books.pending.root_tao += rao)),
    ];
    for breach in breaches {
        let breach = breach.expect("one rao is found");
        assert_eq!((breach.block, off_by_one(&breach)), (Block(11), true), "{breach}");
    }
    let missing = found(|world| world.resource_mut::<Issuance>().0 += rao).expect("one rao is found");
    assert!(matches!(missing.broken, Broken::Equal { books, recount } if recount + 1 == books), "{missing}");
}

/// With a registration that waits, of which 7 TAO are held.
fn waiting(corrupt: impl FnOnce(&mut World)) -> Option<Breach> {
    let mut run = sound();
    let waiting =
        Waiting { agent: HOLDER, lock: Tao::from_rao(7 * RAO), median: Q64::ONE, held: Held::InEscrow };
    run.world_mut().resource_mut::<RegistrationQueue>().waiting.push(waiting);
    run.world_mut().resource_mut::<Issuance>().0 += Tao::from_rao(7 * RAO);
    let queue = run.world_mut().resource::<RegistrationQueue>().clone();
    let mut auditor = run.world_mut().resource_mut::<Auditor>();
    auditor.queue = Queue::now(&queue);
    auditor.tao = auditor.tao.map(|tao| tao + rao(7 * RAO));
    // Until then all places are taken.
    run.world_mut().resource_mut::<Law>().rules.registration.subnet_limit =
        SubnetLimit::Pruned { most: 2, immunity: 0 };
    found_in(run, corrupt)
}

#[test]
fn what_is_held_for_registrations_is_what_calls_have_set_aside() {
    let queue = |change: fn(&mut RegistrationQueue)| {
        waiting(|world| change(&mut world.resource_mut::<RegistrationQueue>()))
    };
    assert_eq!(waiting(|_| {}), None);
    // A rao more of it breaks the sum of all TAO; what is another's, or nobody's, does not.
    assert!(off_by_one(&queue(|queue| queue.waiting[0].lock += Tao::from_rao(1)).expect("found")));
    let changes: [fn(&mut RegistrationQueue); 4] = [
        |queue| queue.waiting[0].agent = AgentId(0),
        |queue| queue.waiting.push(Waiting { held: Held::OnAccount, ..queue.waiting[0] }),
        |queue| queue.cleaning.push(Cleaning { netuid: Netuid(9), done: Block(99) }),
        |queue| queue.cleaning.push(Cleaning { netuid: Netuid(1), done: Block(99) }),
    ];
    for change in changes {
        let breach = queue(change).expect("found");
        assert_eq!(breach.broken, Broken::Rule, "{breach}");
    }
    // It is let in without ever having been queued.
    let breach = waiting(|world| {
        world.resource_mut::<Auditor>().queue = Queue::default();
        world.resource_mut::<Law>().rules.registration.subnet_limit = SubnetLimit::None;
    });
    assert!(breach.expect("found").what.contains("had not waited"));
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
    let first = |world: &mut World, change: fn(&mut RootShare)| {
        change(world.resource_mut::<RootNetwork>().subnets.get_mut(&Netuid(1)).expect("it has a share"));
    };
    assert_eq!(found_in(voting(), |_| {}), None);
    let pending = found_in(voting(), |world| first(world, |share| share.pending += Tao::from_rao(1)));
    let locked = found_in(voting(), |world| first(world, |share| share.locked += Tao::from_rao(1)));
    for breach in [pending, locked] {
        let breach = breach.expect("one rao is found");
        assert!(off_by_one(&breach), "{breach}");
    }
    let value = found_in(voting(), |world| first(world, |share| share.emission += Tao::from_rao(1)));
    assert_eq!(value.expect("more than a block's emission").what, "TAO emitted by root's votes");
    let books: [Corruption; 2] = [
        |world| world.resource_mut::<Root>().tao += Tao::from_rao(1),
        |world| world.resource_mut::<Law>().rules = Rules::at(Spec::known(234)),
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
        found(on(1, |books| books.alpha_out += rao)),
        found(on(1, |books| books.pending.emission += rao)),
        found(on(1, |books| books.pending.owner_cut += rao)),
        found(on(1, |books| books.dust.unclaimed += rao)),
        found(on(1, |books| books.dust.unbacked += rao)),
        found(on(1, |books| books.dust.forfeited += rao)),
        found(on(1, |books| books.pool.alpha += rao)),
        found(on(2, |books| books.pool.alpha += rao)),
    ];
    for (index, breach) in breaches.into_iter().enumerate() {
        let breach = breach.unwrap_or_else(|| panic!("one rao is found, but not by {index}"));
        assert!(breach.what.contains("subnet"), "{breach}");
    }
}

#[test]
fn alpha_that_is_printed_for_nobody_is_found() {
    let breach = found(|world| {
        on(1, |books| books.alpha_out += Alpha::from_rao(10))(world);
        on(1, |books| books.dust.unclaimed += Alpha::from_rao(10))(world);
    });
    assert!(breach.is_some());
}

/// Alpha of subnet 1 that its stakers no longer have, and that no epoch is said to have paid.
fn unpay(alpha: Alpha) -> impl FnOnce(&mut World) {
    move |world| {
        let mut stakes = world.resource_mut::<Stakes>();
        assert_eq!(stakes.pool_mut(Netuid(1), Hotkey::AGGREGATE).remove(HOLDER, alpha), alpha);
        on(1, |books| books.dust.undistributed += alpha)(world);
    }
}

#[test]
fn what_an_epoch_did_not_gather_it_cannot_leave_undistributed() {
    let nobody = "alpha of subnet 1 that its epoch paid to nobody";
    let before_its_epoch = || {
        let mut run = detailed();
        run.advance(1).expect("nothing is corrupt yet");
        run
    };
    // There is no epoch of subnet 1 in block 11.
    for run in [detailed(), sound()] {
        assert_eq!(found_in(run, unpay(Alpha::from_rao(10))).expect("nothing was gathered").what, nobody);
    }
    let mut aggregate = sound();
    aggregate.advance(1).expect("nothing is corrupt yet");
    // At spec 234 an aggregate subnet's epoch pays what root sold once more: then it leaves nothing.
    assert_eq!(found_in(aggregate, unpay(Alpha::from_rao(10))).expect("never both").what, UNBACKED);
    // The epoch of block 12 shares out what five blocks have gathered, and could leave all of it, but no rao more.
    let mut sound = before_its_epoch();
    let subnet = |run: &mut Run| *run.view().subnet(Netuid(1)).expect("it exists");
    let waiting = subnet(&mut sound).pending.emission;
    sound.advance(1).expect("the books close");
    let gathered = waiting + subnet(&mut sound).emitted.pending;
    let breach = found_in(before_its_epoch(), unpay(gathered + Alpha::from_rao(1))).expect("a rao more");
    let most = u128::from(gathered.rao());
    assert_eq!((breach.what.as_str(), breach.broken), (nobody, Broken::AtMost { most, found: most + 1 }));
    // And so does the one of neurons.
    let breach = found_in(before_its_epoch(), unpay(Alpha::from_rao(10))).expect("never both");
    assert!(matches!(breach.broken, Broken::AtMost { most: 0, .. }) && breach.what == UNBACKED, "{breach}");
}

#[test]
fn only_what_a_call_lost_is_lost() {
    // A rao that leaves a wallet, or a stake, for the bucket of what calls lose, though no call was made.
    let tao = found(|world| {
        let entity = world.resource::<crate::account::Accounts>().entity(HOLDER);
        world.get_mut::<Wallet>(entity).expect("an account").0 -= Tao::from_rao(1);
        world.resource_mut::<TaoDust>().lost += Tao::from_rao(1);
    });
    assert_eq!(tao.expect("one rao is found").what, "TAO lost by calls");
    let alpha = found(|world| {
        let alpha = Alpha::from_rao(10);
        let mut stakes = world.resource_mut::<Stakes>();
        assert_eq!(stakes.pool_mut(Netuid(1), Hotkey::AGGREGATE).remove(HOLDER, alpha), alpha);
        on(1, |books| books.dust.forfeited += alpha)(world);
    });
    assert_eq!(alpha.expect("ten rao are found").what, "alpha lost by calls");
    let pool = found(|world| {
        on(1, |books| books.pool.tao += Tao::from_rao(1))(world);
        world.resource_mut::<TaoDust>().uncounted += Tao::from_rao(1);
    });
    assert_eq!(pool.expect("one rao is found").what, "TAO in new pools that was not paid for");
}

const UNBACKED: &str = "alpha of subnet 1 that its epoch paid without backing";

#[test]
fn claims_without_backing_come_from_epochs_only() {
    let breach = found(|world| {
        let alpha = Alpha::from_rao(10);
        world.resource_mut::<Stakes>().pool_mut(Netuid(1), Hotkey::AGGREGATE).add_to_all(alpha);
        on(1, |books| books.dust.unbacked += alpha)(world);
    });
    assert_eq!(breach.expect("no epoch").what, UNBACKED);
}

#[test]
fn tao_that_no_epoch_gathered_for_root_cannot_be_lost() {
    let lose = |tao: Tao| {
        move |world: &mut World| {
            let alpha = Alpha::from_rao(tao.rao());
            let mut stakes = world.resource_mut::<Stakes>();
            let root = stakes.pool_mut(Netuid::ROOT, Hotkey(AgentId::ROOT_STAKERS));
            assert_eq!(root.remove(AgentId::ROOT_STAKERS, alpha), alpha);
            let mut root = world.resource_mut::<Root>();
            root.tao -= tao;
            root.undistributed += tao;
        }
    };
    let lost = "TAO for root that epochs paid to nobody";
    // Only the aggregate subnet has an epoch, and that pays all but two rao of what it gathered.
    for run in [sound(), detailed()] {
        assert_eq!(found_in(run, lose(Tao::from_rao(10))).expect("nothing was gathered").what, lost);
    }
    // Before dynamic TAO subnet 2's epoch shares out half a TAO from each of five blocks.
    assert_eq!(found_in(voting(), lose(Tao::from_rao(4 * RAO))).expect("too much").what, lost);
}

#[test]
fn the_auditors_curve_halves_where_the_chains_does() {
    use dtao_protocol::halving::{MAX_SUPPLY, tao_emission};
    let mut thresholds = vec![0, MAX_SUPPLY, 2 * MAX_SUPPLY];
    thresholds.extend((1..54).map(|k| MAX_SUPPLY - (MAX_SUPPLY >> k)));
    for threshold in thresholds {
        for issuance in [threshold.saturating_sub(1), threshold, threshold + 1] {
            let emission = tao_emission(Tao::from_rao(issuance));
            assert_eq!(halved(u128::from(issuance)), u128::from(emission.rao()), "at {issuance}");
        }
    }
}

#[test]
fn a_run_stops_at_the_block_of_the_breach() {
    let mut run = sound();
    run.world_mut().resource_mut::<Root>().fees += Tao::from_rao(1);
    assert!(run.advance(100).is_err());
    assert_eq!(run.block(), Block(11));
}

#[test]
fn collateral_that_no_call_and_no_epoch_explains_is_found() {
    let lock = |rao| {
        move |world: &mut World| {
            let alpha = Alpha::from_rao(rao);
            world.resource_mut::<Collaterals>().add(Netuid(1), HOLDER, alpha, Q64::ONE);
        }
    };
    let one = found_in(detailed(), lock(1)).expect("an account too many");
    assert!(one.what.contains("1 accounts have collateral, and the recount says 0"), "{one}");
    // With a floor that a call has set, a rao more is one too many.
    let mut run = detailed();
    run.world_mut().resource_mut::<Law>().rules.registration.neuron_payment = NeuronPayment::WithCollateral;
    run.submit(HOLDER, Call::SetMinCollateral { netuid: Netuid(1), alpha: Alpha::from_rao(1 << 60) });
    run.advance(1).expect("a floor is no breach");
    let more = found_in(run, lock(1)).expect("a rao too much");
    assert!(more.what.contains("collateral of account 1 in subnet 1"), "{more}");
    let terms = CollateralTerms::new(1, Q64::ONE).expect("in range");
    let asked = found_in(detailed(), |world| {
        let mut subnets = world.resource_mut::<Subnets>();
        subnets.rosters_mut().for_each(|roster| roster.set_collateral(terms));
    });
    let asked = asked.expect("terms that nobody has set");
    assert!(asked.what.contains("without a call"), "{asked}");
}
