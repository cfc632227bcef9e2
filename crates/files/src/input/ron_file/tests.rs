//! Every way to write a scenario wrongly, on a small look-alike of one.

mod errors;

use std::collections::BTreeMap;

use dtao_protocol::units::{Alpha, Block, Netuid, Tao};
use proptest::prelude::{Strategy as Generator, *};
use serde::Deserialize;

use super::super::locate;
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
fn a_good_scenario_is_read() {
    let scenario: Scenario = parse(&good()).expect("the scenario is good");
    let Strategy::Pumper(pumper) = &scenario.agents[0].strategy else { panic!("a pumper") };
    assert_eq!((pumper.budget, pumper.netuid), (Tao::from_rao(500_000_000_000), Netuid(28)));
    assert_eq!(scenario.agents[1].count, 180);
    assert_eq!(scenario.known[&Netuid(28)], 0.004);
    assert_eq!(scenario.limit, None);
}

#[test]
fn errors_can_cross_threads() {
    fn crosses<T: std::error::Error + Send + Sync + 'static>() {}
    crosses::<InputError>();
}

#[test]
fn a_value_out_of_range_is_shown_by_its_path() {
    let error =
        InputError::at(&good(), "agents[1].strategy.buys", "must be at most 0.2", Some("lower it".into()));
    assert_eq!((error.line(), error.column(), error.span().map(|s| s.len())), (Some(12), Some(19), Some(4)));
    assert_eq!(error.field_path(), "agents[1].strategy.buys");
    assert_eq!((error.message(), error.help()), ("must be at most 0.2", Some("lower it")));
    let text = "pump.ron:10:61: agents[1].strategy.except: is missing";
    assert_eq!(InputError::at(&good(), "agents[1].strategy.except", "is missing", None).to_string(), text);
}

#[test]
fn columns_count_characters_not_bytes() {
    let source = Source::new("a.ron", "(a: /* µµ */ 1, b: x)");
    assert_eq!(InputError::at(&source, "b", "is wrong", None).column(), Some(20));
}

#[test]
fn a_value_is_found_by_every_way_to_write_its_path() {
    let found = |path: &str| {
        let path = locate::path(path).expect("a path");
        locate::find(GOOD, &path).map(|span| &GOOD[span])
    };
    for path in ["agents[1].tao", "agents.1.tao", "agents.crowd.tao", "agents[\"crowd\"].tao"] {
        assert_eq!(found(path), Some("\"5 TAO\""), "{path}");
    }
    assert_eq!(found("agents.crowd.strategy.Noise.spend.sd"), Some("1.5"));
    assert_eq!(found("agents.crowd.strategy.spend.LogNormal.sd"), Some("1.5"));
    assert_eq!(found("agents.crowd.strategy.Pumper.spend"), None);
    assert_eq!(found("within[1]"), Some("0.96"));
    assert_eq!(found("known.28"), found("known[28]"));
    assert_eq!(found("known.28"), Some("0.004"));
    assert_eq!(found("record.subnets"), Some("All"));
    assert_eq!(found("agents[2]"), None);
    for wrong in ["a..b", "a.", ".a", "a[", "a[]", "\"a", "a[1]b"] {
        assert_eq!(locate::path(wrong), None, "{wrong}");
    }
}

fn after(assignments: &[&str]) -> Result<Scenario, InputError> {
    let mut source = good();
    for assignment in assignments {
        set(&mut source, assignment)?;
    }
    parse(&source)
}

#[test]
fn an_assignment_replaces_a_value() {
    let scenario = after(&[
        "agents.pumper.tao=600 TAO",
        "agents.crowd.name=herd",
        "agents.herd.count = 7",
        "agents[1].strategy.spend=Uniform(0.5, 2) // even",
        "known.28=0.5",
        "record.subnets=Only([28, 4])",
        "about=a = b",
    ])
    .expect("a good scenario");
    assert_eq!(scenario.agents[0].tao, Tao::from_rao(600_000_000_000));
    assert_eq!((&*scenario.agents[1].name, scenario.agents[1].count), ("herd", 7));
    let Strategy::Noise(noise) = &scenario.agents[1].strategy else { panic!("noise") };
    assert_eq!(noise.spend, Dist::Uniform(0.5, 2.0));
    assert_eq!(scenario.known[&Netuid(28)], 0.5);
    assert_eq!(scenario.record.subnets, Subnets::Only(vec![Netuid(28), Netuid(4)]));
    assert_eq!(scenario.about, "a = b");
}

#[test]
fn an_element_of_a_variants_list_has_its_own_place() {
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Trade {
        from: u16,
        part: f64,
    }
    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only read")]
    enum Call {
        Trades(Vec<Trade>),
        Weights(Vec<(u16, u16)>),
    }
    for (calls, place) in [
        ("[Trades([true])]", "1:10: [0].Trades[0]"),
        ("[Trades([(from: 1, part: 0.5), NaN])]", "1:32: [0].Trades[1]"),
        ("[Trades([(from: 1, part: 0.5), (from: 1, part: half)])]", "1:48: [0].Trades[1].part"),
        ("[Weights([(1, 2), true])]", "1:19: [0].Weights[1]"),
        ("[Weights([(1, x)])]", "1:15: [0].Weights[0][1]"),
    ] {
        let error = parse::<Vec<Call>>(&Source::new("a.ron", calls)).expect_err("wrong").to_string();
        assert!(error.starts_with(&format!("a.ron:{place}: ")), "{calls}: {error}");
    }
}

#[test]
fn an_error_in_an_assigned_value_names_the_assignment() {
    let said = |assignments: &[&str]| after(assignments).expect_err("wrong").to_string();
    assert_eq!(
        said(&["about=longer than it was, (far", "agents.pumper.tao=600", "blocks=1"]),
        "pump.ron:7:41: agents[0].tao: expected an amount in TAO, such as \"12.5 TAO\" or \"7 rao\", \
         found \"600\" (from `--set agents.pumper.tao=600`)\n  help: for an amount of TAO, write `\"600 TAO\"`"
    );
    assert_eq!(
        said(&["agents.crowd.strategy=Pumper(budget: \"1 TAO\")"]),
        "pump.ron:10:61: agents[1].strategy.Pumper: missing field `sells` in `Pumper` \
         (from `--set agents.crowd.strategy=Pumper(budget: \"1 TAO\")`)\n  help: add `sells: …`"
    );
    assert_eq!(
        said(&["blocks=few"]),
        "pump.ron:4:13: blocks: expected a whole number, found `few` (from `--set blocks=few`)"
    );
    let mut source = Source::new("pump.ron", GOOD.replace("count: 180", "count: -1"));
    set(&mut source, "blocks=100_000_000").expect("blocks can be set");
    assert_eq!(parse::<Scenario>(&source).expect_err("-1 agents").assignment(), None);
}

#[test]
fn an_assignment_that_leads_nowhere_says_what_is_there() {
    let said = |assignment: &str| after(&[assignment]).expect_err("wrong").to_string();
    assert_eq!(
        said("agents.pumpr.tao=1 TAO"),
        "pump.ron:6:13: agents: `--set agents.pumpr.tao=1 TAO`: there is no `pumpr` in `agents`\n  \
         help: did you mean `pumper`? there are: `pumper`, `crowd`"
    );
    assert_eq!(
        said("agents.crowd.strategy.bys=1"),
        "pump.ron:10:67: agents[1].strategy.Noise.bys: unknown field `bys` in `Noise` \
         (from `--set agents.crowd.strategy.bys=1`)\n  \
         help: did you mean `buys`? the fields are: `budget`, `buys`, `spend`"
    );
    assert_eq!(
        said("blocks.x=1"),
        "pump.ron:4:13: blocks: `--set blocks.x=1`: there is no `x` in `blocks`\n  \
         help: `blocks` is a single value: set it as a whole"
    );
    assert_eq!(
        said("blocks"),
        "pump.ron: `--set blocks` has no `=`\n  help: write `--set PATH=VALUE`, such as `--set blocks=7200`"
    );
    assert_eq!(
        said("blocks="),
        "pump.ron: `--set blocks=` has no value\n  help: write `--set PATH=VALUE`; an empty text is `\"\"`"
    );
    assert_eq!(
        said("=5"),
        "pump.ron: `--set =5`: `` is not the path of a value\n  \
         help: write the fields with dots between them, such as `agents.pumper.tao`"
    );
    assert_eq!(
        said("blocks=(5"),
        "pump.ron:4:13: blocks: `--set blocks=(5`: `(5` is not a RON value\n  \
         help: text stands in double quotes, lists in `[…]`, fields in `(…)`"
    );
}

#[test]
fn an_assignment_may_add_an_element_an_entry_and_a_field() {
    let herd = "(name: \"herd\", count: 7, tao: \"1 TAO\", strategy: Holder)";
    let (third, fourth) = (format!("agents[2]={herd}"), format!("agents.3={herd}"));
    let scenario = after(&["agents[1].count=9", &third, &fourth, "known.7=0.25", "agents[0].count=2"]);
    let scenario = scenario.expect("a good scenario");
    let counts: Vec<_> = scenario.agents.iter().map(|agent| agent.count).collect();
    assert_eq!(counts, [2, 9, 7, 7]);
    assert_eq!(scenario.known[&Netuid(7)], 0.25);

    // Nothing is skipped, nothing is written twice, and what is wrong with it has its place.
    let said = |assignments: &[&str]| after(assignments).expect_err("wrong").to_string();
    let skipped = said(&["agents[5].count=9"]);
    assert!(
        skipped.contains("there is no `5`") && skipped.contains("next to be added is `agents[2]`"),
        "{skipped}"
    );
    // Two fields of a group that the file leaves out.
    let mut source = Source::new("a.ron", "(blocks: 3)");
    for assignment in ["rules.one=1", "rules.two=2", "agents=[]", "agents[0]=3"] {
        set(&mut source, assignment).unwrap_or_else(|error| panic!("{error}"));
        source.settle();
    }
    assert_eq!(source.text, "(agents: [3], rules: (two: 2, one: 1), blocks: 3)");
    let mut source = Source::new("a.ron", "(blocks: 3)");
    set(&mut source, "rules.one=1").expect("a field");
    set(&mut source, "rules.two=2").expect("another of the same group");
    // What differs from a set of values that has a name.
    let mut source = Source::new("a.ron", "(rules: Mainnet(\"2026-10-08\"), blocks: 3)");
    for assignment in ["rules.coinbase.gate=Open", "rules.owner_cut=0.1", "rules.owner_cut=0.2"] {
        set(&mut source, assignment).unwrap_or_else(|error| panic!("{error}"));
        source.settle();
    }
    assert_eq!(
        source.text,
        "(rules: Mainnet(\"2026-10-08\", (owner_cut: 0.2, coinbase: (gate: Open))), blocks: 3)"
    );
    let twice = said(&["known.7=0.25", "known={}"]);
    assert!(twice.contains("write the same place"), "{twice}");
    let wrong = said(&["known.7=much"]);
    assert!(wrong.contains("from `--set known.7=much`"), "{wrong}");
}

#[test]
fn a_name_with_a_dot_that_is_not_in_quotes_is_shown_as_it_is_written() {
    let mut source = Source::new("a.ron", "(metrics: {\"gini.02\": (at: 3), \"other\": (at: 4)})");
    let error = set(&mut source, "metrics.gini.02.at=4").expect_err("it is read as three steps");
    assert_eq!(error.help(), Some("a name with a dot stands in quotes: metrics.\"gini.02\""));
    set(&mut source, "metrics.\"gini.02\".at=5").expect("there is one");
    assert!(source.text.contains("(at: 5)"), "{}", source.text);
}

#[test]
fn files_that_another_program_wrote_are_told_as_such() {
    let said = |text: &str| parse::<Scenario>(&Source::new("a.ron", text)).expect_err("wrong").to_string();
    for empty in ["", " \n\t"] {
        assert_eq!(said(empty), "a.ron: the file is empty");
    }
    for quote in ["“", "„", "’", "«"] {
        let error = said(&GOOD.replacen('"', quote, 1));
        assert!(error.contains("straight quotes"), "{error}");
    }
}

/// Text made of what RON is made of, mostly wrong.
fn rough() -> impl Generator<Value = String> {
    let parts = [
        "(", ")", "[", "]", "{", "}", ":", ",", "\"", "'", "\\", "/*", "*/", "//", "\n", " ", "r#\"", "\"#",
        "name", "Some", "é", "1.5", "-", "b'", "br\"", "#![", "r#", "=", ".", "None",
    ];
    prop::collection::vec(prop::sample::select(parts.to_vec()), 0..40).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn any_text_can_be_searched(
        text in prop_oneof![rough(), ".*"],
        path in prop_oneof![rough(), "[a-z]+([.][0-9a-z]+)*"],
    ) {
        let path = locate::path(&path).unwrap_or_default();
        if let Some(span) = locate::find(&text, &path) {
            prop_assert!(text.get(span).is_some());
        }
    }

    #[test]
    fn any_text_is_read_or_explained(text in prop_oneof![rough(), ".*"], at in 0..GOOD.len()) {
        let at = GOOD.floor_char_boundary(at);
        let whole = Source::new("a.ron", text.clone());
        let part = Source::new("a.ron", format!("{}{text}{}", &GOOD[..at], &GOOD[at..]));
        for source in [whole, part] {
            if let Err(error) = parse::<Scenario>(&source) {
                prop_assert!(!error.message().is_empty());
                prop_assert!(error.span().is_none_or(|span| error.text().get(span).is_some()));
            }
        }
    }

    #[test]
    fn what_is_set_is_what_is_read(
        rao: u64, name in "\\PC*", buys in -1e9..1e9f64, netuid: u16, patient: bool, order in Just([0, 1, 2, 3, 4]).prop_shuffle(),
    ) {
        let assignments = [
            format!("agents[1].tao={rao} rao"),
            format!("agents[1].name={name:?}"),
            format!("agents[1].strategy.Noise.buys={buys}"),
            format!("agents[0].strategy.netuid={netuid}"),
            format!("agents[0].strategy.patient={patient}"),
        ];
        let assignments: Vec<_> = order.iter().map(|&at| &*assignments[at]).collect();
        let scenario = after(&assignments).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(scenario.agents[1].tao, Tao::from_rao(rao));
        prop_assert_eq!(&scenario.agents[1].name, &name);
        let (Strategy::Pumper(pumper), Strategy::Noise(noise)) =
            (&scenario.agents[0].strategy, &scenario.agents[1].strategy) else { panic!("a pumper and noise") };
        prop_assert!((noise.buys - buys).abs() <= buys.abs() * 1e-15);
        prop_assert_eq!((pumper.netuid, pumper.patient), (Netuid(netuid), patient));
    }

    #[test]
    fn the_path_that_is_shown_leads_back(path in "[a-z]{1,3}([.][a-z]{1,3}|[.]\"[.a-z]{1,3}\"|[\\[][0-9][\\]]){0,4}") {
        let segments = locate::path(&path).expect("a path");
        prop_assert_eq!(locate::path(&locate::display(&segments)), Some(segments));
    }
}
