use std::sync::Mutex;

use dtao_engine::random::RunSeed;
use dtao_protocol::units::{RAO, Tao};

use super::*;
use crate::Agent;
use crate::cartel_root_voter::CartelRootVoter;
use crate::noise::Noise;
use crate::testing::{Market, trader};

/// Buys or sells the median again and again, at random times.
fn noise(buys: f64, median: u64) -> StrategySpec {
    StrategySpec::Noise(Noise {
        netuids: vec![Netuid(1)],
        trades_per_day: 720.0,
        buys,
        median_size: Tao::from_rao(median * RAO),
        size_deviation: 0.5,
    })
}

fn option(name: &str, outside: f64, strategy: StrategySpec) -> Choice {
    Choice { name: name.into(), outside: Prior::Exactly(outside), strategy }
}

/// Buys about one TAO at a time, or about thirty, and says by its size which it follows.
fn role(intensity: f64, outside: [f64; 2], period: u64) -> Switcher {
    let options =
        vec![option("small", outside[0], noise(1.0, 1)), option("large", outside[1], noise(1.0, 30))];
    Switcher::new(options, Prior::Exactly(intensity), Prior::Exactly(Block(period)))
}

/// Which option each call is of, with its block: sizes around one TAO and thirty hardly meet.
fn sizes(calls: &[(Block, Call)]) -> Vec<(u64, &'static str)> {
    let size = |(block, call): &(Block, Call)| match call {
        Call::Stake { tao, .. } => (block.0, if tao.to_f64() < 5.5 { "small" } else { "large" }),
        other => panic!("{other:?}"),
    };
    calls.iter().map(size).collect()
}

#[test]
fn without_intensity_all_options_are_as_likely_and_with_much_the_best_is_certain() {
    assert_eq!(logit(&[3.0, -1.0, 7.0, 0.0], 0.0), [0.25; 4]);
    assert_eq!(logit(&[3.0, -1.0, 7.0, 0.0], 1e6), [0.0, 0.0, 1.0, 0.0]);
    // Two of one fitness share.
    assert_eq!(logit(&[7.0, 7.0, 1.0], 1e6), [0.5, 0.5, 0.0]);
    let two = logit(&[1.0, 0.0], 2.0);
    // exp(2) / (1 + exp(2)), by hand.
    assert!((two[0] - 0.880_797_077_977_882_4).abs() < 1e-12, "{two:?}");
    // Only differences count, however large the numbers are.
    assert_eq!(logit(&[1e6 + 1.0, 1e6], 2.0), two);
}

#[test]
fn a_role_with_one_option_acts_as_the_strategy_itself() {
    let alone = Market::quiet().calls_of(
        Noise {
            netuids: vec![Netuid(1)],
            trades_per_day: 720.0,
            buys: 0.5,
            median_size: Tao::from_rao(RAO),
            size_deviation: 0.5,
        },
        400,
    );
    let period = Prior::Exactly(Block(50));
    let role = Switcher::new(vec![option("only", 0.0, noise(0.5, 1))], Prior::Exactly(1.0), period);
    assert!(alone.len() > 20);
    assert_eq!(Market::quiet().calls_of(role, 400), alone);
}

#[test]
fn what_earns_more_outside_is_followed_from_the_end_of_the_first_period_on() {
    // One account: of what it has not tried it knows nothing, and thinks it as good. It tries until it finds that it is not.
    for (better, outside) in [("small", [1e5, -1e5]), ("large", [-1e5, 1e5])] {
        let calls = Market::quiet().calls_of(role(1e6, outside, 100), 2_000);
        let seen = sizes(&calls);
        let late: Vec<_> = seen.iter().filter(|(block, _)| *block > 1_500).collect();
        assert!(late.len() > 5, "about 50 calls are due in 500 blocks: {seen:?}");
        assert!(late.iter().all(|(_, size)| *size == better), "{better}: {late:?}");
    }
}

#[test]
fn without_intensity_profits_change_nothing() {
    let of = |outside| Market::quiet().calls_of(role(0.0, outside, 100), 2_000);
    let indifferent = of([0.0, 0.0]);
    assert_eq!(of([1e5, -1e5]), indifferent);
    let seen = sizes(&indifferent);
    let small = seen.iter().filter(|(_, size)| *size == "small").count() as f64 / seen.len() as f64;
    // Nineteen fair choices: both are taken up.
    assert!((0.1..0.9).contains(&small), "{small}");
}

#[test]
fn it_is_woken_when_the_option_that_it_follows_asked_for_it_and_at_no_other_time() {
    // The scripts act once each, at a block that they asked for in the first; it follows one of them.
    let script = |block| StrategySpec::Script(trader(&[(block, 1)], &[]));
    let options = vec![option("early", 0.0, script(150)), option("late", 0.0, script(260))];
    let mut role = Switcher::new(options, Prior::Exactly(0.0), Prior::Exactly(Block(10_000)));
    for (allotted, expected) in [(vec![0, 2], 260), (vec![2, 0], 150)] {
        role.allotted = Some(allotted);
        let calls = Market::quiet().calls_of(role.clone(), 300);
        assert_eq!(calls.iter().map(|(block, _)| block.0).collect::<Vec<_>>(), [expected]);
    }
}

/// The fitness of each option at the end of a period of 20 blocks in which it buys for 100 TAO at block 5 and somebody else for
/// 1,000 at block 10.
fn fitness(by: By, outside: [f64; 2], first: usize) -> Vec<Option<f64>> {
    let script = |buys| StrategySpec::Script(trader(buys, &[]));
    let options =
        vec![option("buys", outside[0], script(&[(5, 100)])), option("idle", outside[1], script(&[]))];
    let mut role = Switcher::new(options, Prior::Exactly(0.0), Prior::Exactly(Block(20)));
    role.by = by;
    role.reviews = Prior::Exactly(0.0);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let probe = Probe { role, first, seen: Arc::clone(&seen) };
    Market::quiet().with(trader(&[(10, 1_000)], &[])).calls_of(probe, 25);
    seen.lock().expect("one thread").clone()
}

#[test]
fn profit_is_the_gain_of_wealth_at_what_the_pool_pays_and_what_is_earned_outside() {
    assert_eq!(fitness(By::Profit, [0.0, 7.0], 1), [None, Some(7.0)]);
    // Of 10,000 TAO.
    assert_eq!(fitness(By::Return, [0.0, 7.0], 1), [None, Some(7e-4)]);
    // From 1,000 TAO and 100,000 alpha: 9,091 alpha for 100 TAO. After the other's 1,000 TAO the pool has 2,100 TAO and 47,619 alpha
    // and pays 336.6 TAO for them. The subnet's emission of a TAO a block moves that by less than a hundredth.
    let gain = (336.6 - 100.0) / (20.0 / 7_200.0);
    let [Some(found), None] = fitness(By::Profit, [50.0, 0.0], 0)[..] else {
        panic!("it followed the first")
    };
    assert!(((found - 50.0) / gain - 1.0).abs() < 0.02, "{found} for {gain}");
    let [Some(part), None] = fitness(By::Return, [50.0, 0.0], 0)[..] else { panic!("it followed the first") };
    assert!((part - found / 10_000.0).abs() < 1e-9, "{part}");
}

/// A role whose account begins with a known option, and whose fitness is seen.
#[derive(Component)]
struct Probe {
    role: Switcher,
    first: usize,
    seen: Arc<Mutex<Vec<Option<f64>>>>,
}

impl Strategy for Probe {
    fn start(&mut self, view: &View, me: &mut Actor) {
        self.role.start(view, me);
        self.role.take_up(self.first, view, me);
    }

    fn decide(&mut self, view: &View, me: &mut Actor) {
        self.role.decide(view, me);
        self.seen.lock().expect("one thread").clone_from(&earnings(view, me).fitness);
    }
}

#[test]
fn on_its_own_subnet_each_account_does_the_same_elsewhere() {
    let of = |place| match Works::OnItsOwn.of(&noise(1.0, 1), place) {
        StrategySpec::Noise(noise) => noise.netuids,
        other => panic!("{other:?}"),
    };
    assert_eq!([of(0), of(5)], [[Netuid(1)], [Netuid(6)]]);
    // There is one root, for all.
    let mut of_root = option("both", 0.0, noise(1.0, 1));
    let StrategySpec::Noise(noise) = &mut of_root.strategy else { panic!("it is noise") };
    noise.netuids = vec![Netuid::ROOT, Netuid(3)];
    assert_eq!(of_root.check(Works::OnItsOwn), Ok(()));
    match Works::OnItsOwn.of(&of_root.strategy, 2) {
        StrategySpec::Noise(noise) => assert_eq!(noise.netuids, [Netuid::ROOT, Netuid(5)]),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_cannot_be_an_option_is_refused_with_the_reason() {
    let refused = |options: Vec<Choice>, works| {
        let mut role = Switcher::new(options, Prior::Exactly(1.0), Prior::Exactly(Block(10)));
        role.works = works;
        let each = role.options.iter().try_for_each(|choice| choice.check(works));
        each.and_then(|()| role.check_all()).expect_err("it is none").message
    };
    let small = || option("small", 0.0, noise(1.0, 1));
    let nested = option("nested", 0.0, StrategySpec::Switcher(role(1.0, [0.0; 2], 10)));
    assert!(refused(vec![nested], Works::AsWritten).contains("is a Switcher itself"));
    assert!(refused(vec![small(), small()], Works::AsWritten).contains("two options are called `small`"));
    assert!(refused(vec![], Works::AsWritten).contains("0 options: must be 1 to 64"));
    let spaced = option("a name", 0.0, noise(1.0, 1));
    assert!(refused(vec![spaced], Works::AsWritten).contains("must be letters"));
    let mut many = option("many", 0.0, noise(1.0, 1));
    let StrategySpec::Noise(noise) = &mut many.strategy else { panic!("it is noise") };
    noise.netuids = vec![Netuid(u16::MAX)];
    assert!(refused(vec![many], Works::OnItsOwn).contains("cannot be raised"));
    // Its subnets stand in a field of another name: they would stay while others move.
    let voter = CartelRootVoter { favours: vec![Netuid(1)], every: 1 };
    let votes = || option("votes", 0.0, StrategySpec::CartelRootVoter(voter.clone()));
    assert!(refused(vec![votes()], Works::OnItsOwn).contains("is a CartelRootVoter, whose subnet numbers"));
    assert_eq!(votes().check(Works::AsWritten), Ok(()));
    let mut uneven = role(1.0, [0.0; 2], 10);
    uneven.allotted = Some(vec![1]);
    assert_eq!(uneven.check().expect_err("two options").field, "allotted");
    let mut hasty = role(1.0, [0.0; 2], 10);
    hasty.period = Prior::Exactly(Block(0));
    assert_eq!(hasty.check_all().expect_err("never").field, "period");
}

#[test]
fn options_draw_priors_of_their_own() {
    let mut role = role(1.0, [0.0; 2], 10);
    for choice in &mut role.options {
        choice.outside = Prior::Uniform(0.0, 1.0);
    }
    let draws = Draws::new(RunSeed(1), "traders");
    role.draw_priors(&draws);
    let drawn: Vec<(String, bool)> =
        draws.drawn().into_iter().map(|drawn| (drawn.name, drawn.unknown)).collect();
    let of = |name: &str, unknown| (name.to_owned(), unknown);
    assert_eq!(drawn[4..], [of("traders.small.outside", true), of("traders.large.outside", true)]);
    assert_ne!(role.options[0].outside, role.options[1].outside);
}
