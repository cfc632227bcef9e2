//! Weight policies at work: who is paid under each, in the scenarios `weight_policies*.ron`.

use std::collections::BTreeMap;
use std::path::Path;

use dtao_engine::random::RunSeed;
use dtao_engine::run::Audit;
use dtao_experiment::run::{Options, Progress, builder, run};
use dtao_experiment::scenario::Loaded;
use dtao_files::input::InputError;
use dtao_protocol::units::Netuid;

const AUDITED: Options = Options { seed: RunSeed(1), audit: Audit::EveryBlock };
const SUBNET: Netuid = Netuid(1);

fn load(variant: &str, assignments: &[&str]) -> Loaded {
    read(variant, assignments).unwrap_or_else(|error| panic!("{error}"))
}

fn read(variant: &str, assignments: &[&str]) -> Result<Loaded, InputError> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/scenarios");
    let assignments: Vec<String> = assignments.iter().map(|&text| text.to_owned()).collect();
    Loaded::read(&folder.join(format!("weight_policies{variant}.ron")), &assignments)
}

/// The metrics of a variant, by name.
fn metrics_of(variant: &str, assignments: &[&str]) -> BTreeMap<String, f64> {
    let summary = run(&load(variant, assignments), AUDITED, None, &mut |_| Progress::Continue);
    let metrics = summary.expect("the books close").metrics;
    metrics.into_iter().map(|(name, value)| (name, value.expect("epochs ran"))).collect()
}

fn near(found: f64, expected: f64, within: f64) -> bool {
    (found - expected).abs() <= within
}

#[test]
fn honest_validators_pay_by_quality_and_earn_by_stake() {
    let metrics = metrics_of("", &[]);
    // Qualities of 1, 0.5, 0.25 and 0.25, each of three miners; errors of 0.02 of a quality.
    for (group, part) in [("good", 0.5), ("fair", 0.25), ("poor", 0.125), ("friends", 0.125), ("owner", 0.0)]
    {
        let found = metrics[&format!("incentive.{group}")];
        assert!(near(found, part, 0.01), "{group}: {found}");
    }
    assert!(near(metrics["dividends.policy"], 1.0 / 3.0, 0.01), "{metrics:?}");
}

#[test]
fn under_the_holdings_rule_incentive_is_proportional_to_holdings() {
    let loaded = load("_holdings", &["agents.honest.root_stake=\"0 TAO\""]);
    let mut run = builder(&loaded, AUDITED).build();
    run.advance(loaded.scenario.blocks).expect("the books close");
    let view = run.view();
    let roster = view.roster(SUBNET).expect("in detail");
    let miners: Vec<_> = roster
        .hotkeys()
        .iter()
        .zip(&roster.results().incentive)
        .filter(|(hotkey, _)| {
            let group = &view.groups()[usize::from(view.account(hotkey.0).group.0)];
            ["good", "fair", "poor", "friends"].contains(&group.as_str())
        })
        .map(|(hotkey, incentive)| (view.stake(hotkey.0, SUBNET).to_f64(), incentive.to_f64()))
        .collect();
    assert_eq!(miners.len(), 12);
    let held: f64 = miners.iter().map(|&(alpha, _)| alpha).sum();
    for &(alpha, incentive) in &miners {
        // What `friends` have sold since the last look is two in a hundred of what they hold.
        assert!(near(incentive, alpha / held, 0.02 * alpha / held + 1e-4), "{incentive} of {}", alpha / held);
    }
}

#[test]
fn the_holdings_rule_pays_the_worst_miners_and_the_best_who_sell_get_nothing() {
    let metrics = metrics_of("_holdings", &[]);
    assert!(metrics["incentive.poor"] > 0.3, "{metrics:?}");
    assert!(metrics["incentive.good"] < 0.01, "{metrics:?}");
}

#[test]
fn rewarding_sellers_pays_those_who_sell() {
    let metrics = metrics_of("_reward_sellers", &[]);
    assert!(metrics["incentive.good"] + metrics["incentive.friends"] > 0.99, "{metrics:?}");
}

#[test]
fn zero_for_holders_pays_only_those_who_keep_nothing() {
    let metrics = metrics_of("_zero_holders", &[]);
    assert!(metrics["incentive.good"] > 0.99, "{metrics:?}");
}

#[test]
fn burning_pays_the_owner_everything() {
    let metrics = metrics_of("_burn", &[]);
    assert!(near(metrics["incentive.owner"], 1.0, 1e-6), "{metrics:?}");
}

#[test]
fn a_cartel_with_a_third_of_the_stake_gains_only_what_its_stake_no_longer_says() {
    let (open, cartel) = (metrics_of("", &[]), metrics_of("_cartel", &[]));
    let honest = open["incentive.friends"];
    // Its weights are clipped to the consensus S, and its stake says nothing about the others any more:
    // S / (S + 2/3 (1 - S)).
    let expected = honest / (honest + 2.0 / 3.0 * (1.0 - honest));
    assert!(near(cartel["incentive.friends"], expected, 0.01), "{expected}: {cartel:?}");
    assert!(cartel["dividends.policy"] < 1.0 / 3.0, "it pays with dividends: {cartel:?}");
}

#[test]
fn a_minority_cartel_of_worthless_miners_gets_nothing_and_a_majority_gets_everything() {
    let worthless = "agents.honest.strategy.quality[3].is=0.0";
    let no_error = "agents.honest.strategy.deviation=0.0";
    let minority = metrics_of("_cartel", &[worthless, no_error]);
    assert_eq!(minority["incentive.friends"], 0.0);
    let majority = metrics_of("_cartel_majority", &[worthless, no_error]);
    assert!(majority["incentive.friends"] > 0.999, "{majority:?}");
}

#[test]
fn a_copier_earns_what_honest_validators_earn() {
    let metrics = metrics_of("_copy", &[]);
    assert!(near(metrics["dividends.policy"], 1.0 / 3.0, 0.01), "{metrics:?}");
}

#[test]
fn hidden_weights_cost_the_copier_dividends_where_qualities_change() {
    let (open, hidden) = (metrics_of("_copy_turns", &[]), metrics_of("_copy_turns_hidden", &[]));
    assert!(hidden["dividends.policy"] < open["dividends.policy"], "{open:?} {hidden:?}");
    // At the chain's own period they are revealed in the next epoch, in which open ones count too.
    assert_eq!(metrics_of("_copy_turns_hidden", &["detail[0].reveal_after=1"]), open);
}

#[test]
fn a_group_that_does_not_exist_is_refused_with_the_nearest_wherever_it_is_named() {
    for (variant, wrong, field) in [
        ("", "agents.honest.strategy.quality[0].group=\"goood\"", "quality[0].group"),
        ("_cartel", "agents.policy.strategy.accomplices=[\"freinds\"]", "accomplices[0]"),
        ("", "metrics.\"incentive.good\".group=\"goood\"", "group"),
    ] {
        let error = read(variant, &[wrong]).expect_err("misspelt").to_string();
        assert!(error.contains(field) && error.contains("did you mean"), "{error}");
    }
}

#[test]
fn a_neuron_of_a_subnet_in_aggregate_is_refused() {
    for wrong in ["agents.good.strategy.netuid=2", "agents.honest.strategy.validator.netuid=2"] {
        let error = read("", &[wrong]).expect_err("it has no neurons").to_string();
        assert!(error.contains("netuid") && error.contains("in aggregate"), "{error}");
    }
}
