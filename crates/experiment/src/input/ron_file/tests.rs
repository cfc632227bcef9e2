//! Every way to write a scenario wrongly, on a small look-alike of one.

use std::collections::BTreeMap;

use dtao_protocol::units::{Alpha, Block, Netuid, Tao};
use proptest::prelude::*;
use serde::Deserialize;

use super::super::locate::{self, Segment};
use super::super::{InputError, Source};
use super::{parse, set};

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenario {
    about: String,
    blocks: u64,
    start: Start,
    agents: Vec<Agent>,
    record: Record,
    within: (f64, f64),
    known: BTreeMap<Netuid, f64>,
    limit: Option<Tao>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
enum Start {
    Genesis { block: Block, root_stake: Tao },
    Now,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Agent {
    name: String,
    count: u16,
    tao: Tao,
    strategy: Strategy,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
enum Strategy {
    Noise(Noise),
    Pumper(Pumper),
    Holder,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Noise {
    budget: Tao,
    buys: f64,
    spend: Dist,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pumper {
    budget: Tao,
    sells: Alpha,
    netuid: Netuid,
    patient: bool,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
enum Dist {
    Uniform(f64, f64),
    LogNormal { mean: f64, sd: f64 },
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    every: u32,
    subnets: Subnets,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
enum Subnets {
    All,
    Only(Vec<Netuid>),
}

const GOOD: &str = r#"// A pump (as seen in February) and its crowd.
Scenario(
    about: "Whether \"attention\" pays, at (or near) 1 TAO.",
    blocks: 7_200,
    start: Genesis(block: 4920351, root_stake: "5_900_000 TAO"),
    agents: [
        (name: "pumper", count: 1, tao: "550 TAO", strategy: Pumper(
            budget: "500 TAO", /* all of it, (nearly] */ sells: "2.5 alpha", netuid: 28, patient: true,
        )),
        (name: "crowd", count: 180, tao: "5 TAO", strategy: Noise(
            budget: "1 TAO",
            buys: 0.25,
            spend: LogNormal(mean: 0.5, sd: 1.5),
        )),
    ],
    record: (every: 10, subnets: All),
    within: (0.88, 0.96),
    known: {28: 0.004, 4: 0.1},
)
"#;

fn good() -> Source {
    Source::new("pump.ron", GOOD)
}

/// The error after a part of the good scenario was replaced.
fn error(right: &str, wrong: &str) -> InputError {
    assert_eq!(GOOD.matches(right).count(), 1, "{right} must stand once");
    let source = Source::new("pump.ron", GOOD.replace(right, wrong));
    parse::<Scenario>(&source).expect_err("the scenario is wrong")
}

#[test]
fn dump() {
    for (right, wrong) in [
        ("buys: 0.25", "bys: 0.25"),
        ("budget: \"1 TAO\"", "budgett: \"1 TAO\""),
        ("blocks: 7_200", "blokcs: 7_200"),
        ("netuid: 28", "netuid: 300000"),
        ("netuid: 28", "netuid: -1"),
        ("netuid: 28", "netuid: 28.5"),
        ("netuid: 28", "netuid: \"28\""),
        ("netuid: 28, ", ""),
        ("patient: true", "patient: yes"),
        ("patient: true", "patient: 1"),
        ("tao: \"5 TAO\"", "tao: \"5 alpha\""),
        ("tao: \"5 TAO\"", "tao: \"5\""),
        ("tao: \"5 TAO\"", "tao: 5"),
        ("tao: \"5 TAO\"", "tao: 5 TAO"),
        ("tao: \"5 TAO\"", "tao: [5]"),
        ("tao: \"5 TAO\"", "tao: \"5.5.5 TAO\""),
        ("name: \"crowd\"", "name: crowd"),
        ("name: \"crowd\"", "\"name\": \"crowd\""),
        ("name: \"crowd\"", "name = \"crowd\""),
        ("name: \"crowd\"", "name: \"crowd"),
        ("strategy: Noise(", "strategy: Nois("),
        ("strategy: Noise(", "strategy: Holder("),
        ("strategy: Noise(", "strategy: Noise{"),
        ("strategy: Noise(", "strategy: ("),
        ("mean: 0.5, ", ""),
        ("mean: 0.5", "mean: 0.5.5"),
        ("mean: 0.5", "mean: \"0.5\""),
        ("mean: 0.5", "mean: half"),
        ("LogNormal(mean: 0.5, sd: 1.5)", "LogNormal"),
        ("LogNormal(mean: 0.5, sd: 1.5)", "Uniform(1)"),
        ("LogNormal(mean: 0.5, sd: 1.5)", "Uniform(1, 2, 3)"),
        ("LogNormal(mean: 0.5, sd: 1.5)", "\"LogNormal\""),
        ("LogNormal(mean: 0.5, sd: 1.5)", "LogNorm"),
        ("subnets: All", "subnets: Only"),
        ("subnets: All", "subnets: all"),
        ("subnets: All", "subnets: Only(3)"),
        ("subnets: All", "subnets: Only([3, 70000])"),
        ("subnets: All", "subnets: All(3)"),
        ("subnets: All", "subnets: 3"),
        ("within: (0.88, 0.96)", "within: (0.88, 0.96, 1)"),
        ("within: (0.88, 0.96)", "within: 0.88"),
        ("within: (0.88, 0.96)", "within: [0.88, 0.96]"),
        ("within: (0.88, 0.96)", "within: (0.88)"),
        ("{28: 0.004, 4: 0.1}", "{\"a\": 0.004}"),
        ("{28: 0.004, 4: 0.1}", "{28: 0.004, 4: \"a\"}"),
        ("{28: 0.004, 4: 0.1}", "{28: 0.004, 70000: 0.1}"),
        ("{28: 0.004, 4: 0.1}", "{28, 3: 0.1}"),
        ("{28: 0.004, 4: 0.1}", "[28]"),
        ("{28: 0.004, 4: 0.1}", "(28: 0.004)"),
        ("blocks: 7_200,", "blocks: 7_200"),
        ("blocks: 7_200,", "blocks: 7_200, blocks: 1,"),
        ("blocks: 7_200,", "blocks: 7_200,,"),
        ("blocks: 7_200,", "blocks: many,"),
        ("blocks: 7_200,", "blocks: ,"),
        ("Scenario(", "Scenari("),
        ("Scenario(", "Scenario"),
        ("record: (every: 10, subnets: All)", "record: All"),
        ("record: (every: 10, subnets: All)", "record: (every: 10, subnets: All"),
        ("record: (every: 10, subnets: All)", "record: Rec(every: 10, subnets: All)"),
        ("        )),\n    ],", "        ),\n    ],"),
        ("known: {28: 0.004, 4: 0.1},\n)", "known: {28: 0.004, 4: 0.1},\n))"),
        ("known: {28: 0.004, 4: 0.1},\n)", "known: {28: 0.004, 4: 0.1},\n"),
        ("known: {28: 0.004, 4: 0.1}", "known: {28: 0.004, 4: 0.1}, limit: 5"),
        ("known: {28: 0.004, 4: 0.1}", "known: {28: 0.004, 4: 0.1}, limit: Some(\"5\")"),
        ("/* all of it, (nearly] */", "/* all of it, (nearly] "),
        ("about: \"Whether", "about: \"Whether \\q"),
    ] {
        println!("### {wrong}\n{}\n", error(right, wrong));
    }
}
