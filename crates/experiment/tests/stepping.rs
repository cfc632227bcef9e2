//! A run that is made step by step comes to what a run comes to; who steps it can act in it.

use std::path::Path;

use dtao_engine::random::RunSeed;
use dtao_engine::run::Audit;
use dtao_experiment::run::{Options, Progress, run};
use dtao_experiment::scenario::Loaded;
use dtao_experiment::stepping::Stepped;
use dtao_protocol::units::{Alpha, Netuid, Tao};

const OPTIONS: Options = Options { seed: RunSeed(3), audit: Audit::EveryBlock };

fn noise() -> Loaded {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/scenarios/noise.ron");
    Loaded::read(&path, &["blocks=400".into()]).expect("a good scenario")
}

#[test]
fn steps_come_to_what_a_run_comes_to() {
    let loaded = noise();
    let summary = run(&loaded, OPTIONS, None, &mut |_| Progress::Continue).expect("the books close");
    let mut stepped = Stepped::of(&loaded, OPTIONS);
    for blocks in [1, 7, 92, 300] {
        stepped.step(blocks).expect("the books close");
    }
    assert_eq!((stepped.block().0, stepped.left()), (summary.last_block, 0));
    assert_eq!(stepped.finish().expect("it ends"), summary.metrics);
}

#[test]
fn a_call_from_outside_is_executed_in_the_next_block() {
    let loaded = noise();
    let mut stepped = Stepped::of(&loaded, OPTIONS);
    stepped.step(5).expect("the books close");
    let group =
        loaded.scenario.agents.iter().find(|group| group.tao > Tao::from_rao(0)).expect("somebody has TAO");
    let name = group.name.clone();
    let before = stepped.account(&name, 0).expect("it is there");
    let price = stepped.pools()[0].price;
    stepped.submit(&name, 0, "Stake(netuid: 1, tao: \"5 TAO\", hotkey: Own)").expect("a call");
    assert_eq!(stepped.account(&name, 0).expect("it is there"), before, "nothing happens before the block");
    stepped.step(1).expect("the books close");
    let calls = stepped.calls();
    let mine = calls.iter().find(|call| call.group == name && call.place == 0).expect("it was executed");
    assert_eq!(
        (mine.event, mine.netuid, mine.tao_rao),
        ("buy", Some(Netuid(1)), Some(5_000_000_000)),
        "{mine:?}"
    );
    let after = stepped.account(&name, 0).expect("it is there");
    assert!(after.tao < before.tao && after.stakes[&Netuid(1)] > Alpha::ZERO, "{after:?}");
    assert!(stepped.pools()[0].price > price);
}

#[test]
fn what_is_no_call_of_an_account_is_refused_before_the_block() {
    let mut stepped = Stepped::of(&noise(), OPTIONS);
    let mut refused =
        |group: &str, place, call: &str| stepped.submit(group, place, call).expect_err(call).to_string();
    assert!(refused("nobody", 0, "RegisterSubnet").contains("there is no group `nobody`"));
    assert!(refused("root", 9, "RegisterSubnet").contains("has no account 9"));
    assert!(refused("root", 0, "Steak(netuid: 1)").contains("Stake"));
    assert!(refused("root", 0, "ClaimRoot([])").contains("claims of 1 to"));
}
