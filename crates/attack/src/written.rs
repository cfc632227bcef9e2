//! What was found as text: tables, a sentence for each attack, its story, and a scenario that repeats it.

pub mod answers;
mod sentences;
pub mod table;
mod words;

use std::path::{Component, Path, PathBuf};

use dtao_agents::StrategySpec;
use dtao_agents::program::Program;
use dtao_engine::call::{Call, Outcome};
use dtao_files::table::csv;
use dtao_protocol::units::{Alpha, Tao};
use ron::extensions::Extensions;

use crate::OWN;
use crate::archive::mean;
use crate::evaluate::Broken;
use crate::finish::{Attack, Made};
use crate::prepared::{Elsewhere, Prepared, Report, Searched};
use crate::search::Point;

use sentences::{sentence, tao};

pub use sentences::sentences;
pub use words::steps;

/// A program as a scenario writes it, in one line.
#[must_use]
pub fn program(program: &Program) -> String {
    let options = ron::Options::default().with_default_extension(Extensions::UNWRAP_VARIANT_NEWTYPES);
    options.to_string(&StrategySpec::Program(program.clone())).expect("a program can be written")
}

/// A program that was written so.
///
/// # Errors
/// If the text is none: says where.
pub fn read_program(text: &str) -> Result<Program, String> {
    ron::from_str(text).map_err(|error| error.to_string())
}

/// All searches of a report, by the names of their rules.
pub(crate) fn searches(report: &Report) -> impl Iterator<Item = (&str, &Searched)> {
    let others = report.elsewhere.iter().map(|other| (other.rule.as_str(), &other.searched));
    std::iter::once((OWN, &report.own)).chain(others)
}

/// The tables of a report, by their names.
#[must_use]
pub fn tables(report: &Report) -> Vec<(&'static str, String)> {
    let searches = || searches(report);
    let of_own = std::iter::once((OWN, report.own.broken.as_slice()));
    let broken = of_own.chain(report.elsewhere.iter().flat_map(|other| {
        [&other.broken, &other.searched.broken].map(|broken| (other.rule.as_str(), broken.as_slice()))
    }));
    vec![
        ("attacks.csv", of_searches(ATTACKS, searches().map(|(rule, found)| (rule, attack_rows(found))))),
        ("archive.csv", of_searches(ARCHIVE, searches().map(|(rule, found)| (rule, archive_rows(found))))),
        ("curve.csv", of_searches(CURVE, searches().map(|(rule, found)| (rule, curve_rows(found))))),
        ("calls.csv", of_searches(CALLS, searches().map(|(rule, found)| (rule, call_rows(found))))),
        ("payers.csv", of_searches(PAYERS, searches().map(|(rule, found)| (rule, payer_rows(found))))),
        ("failures.csv", of_searches(FAILURES, broken.map(|(rule, broken)| (rule, failure_rows(broken))))),
        ("rules.csv", rules(report)),
    ]
}

const ATTACKS: &str = "attack,claimed,seeds,mean,lower,upper,p5,p50,p95,loss_probability,p,p_holm,profit_over_holding,capital,blocks,\
                       mean_a_day,one_block_late,after_answers,after_lower,after_upper,answers,steps,accounts,cell,audit,program";
const ARCHIVE: &str = "cell,mean,seeds,steps,program";
const CURVE: &str = "evaluations,best,seeds,cells";
const CALLS: &str = "attack,block,account,call,netuid,outcome,tao,alpha";
const PAYERS: &str = "attack,group,change";
const FAILURES: &str = "seed,why,program";

fn of_searches<'a>(header: &str, searches: impl Iterator<Item = (&'a str, Vec<Vec<String>>)>) -> String {
    let rows = searches.flat_map(|(rule, rows)| {
        rows.into_iter().map(move |row| std::iter::once(rule.to_owned()).chain(row))
    });
    csv(std::iter::once("rule").chain(header.split(',')), rows)
}

fn attack_rows(found: &Searched) -> Vec<Vec<String>> {
    let row = |(number, attack): (usize, &Attack)| {
        let interval = attack.sample.interval;
        let bound = |of: fn(dtao_statistics::Interval) -> f64| {
            interval.map_or_else(|| attack.mean().to_string(), |interval| of(interval).to_string())
        };
        let mut row = vec![
            (number + 1).to_string(),
            attack.claimed.to_string(),
            attack.values.len().to_string(),
            attack.mean().to_string(),
            bound(|interval| interval.low),
            bound(|interval| interval.high),
            attack.quantile(0.05).to_string(),
            attack.quantile(0.5).to_string(),
            attack.quantile(0.95).to_string(),
            attack.losses().to_string(),
            attack.p.to_string(),
            attack.adjusted.to_string(),
            mean(&attack.profits).to_string(),
            attack.capital.to_string(),
            attack.blocks.to_string(),
            attack.a_day().to_string(),
            attack.one_block_late.map_or_else(String::new, |mean| mean.to_string()),
        ];
        row.extend(answers::cells(found.answers.get(number)));
        row.extend([
            attack.program.steps.len().to_string(),
            attack.program.accounts().to_string(),
            attack.cell.clone(),
            attack.breach.clone().unwrap_or_else(|| "closes".into()),
            program(&attack.program),
        ]);
        row
    };
    found.attacks.iter().enumerate().map(row).collect()
}

fn archive_rows(found: &Searched) -> Vec<Vec<String>> {
    let ranked = found.archive.ranked().into_iter();
    let row = |(of, elite): (&crate::archive::Cell, &crate::archive::Elite)| {
        let (mean, seeds, steps) = (elite.mean(), elite.values.len(), elite.program.steps.len());
        vec![of.name(), mean.to_string(), seeds.to_string(), steps.to_string(), program(&elite.program)]
    };
    ranked.map(row).collect()
}

fn curve_rows(found: &Searched) -> Vec<Vec<String>> {
    let row = |at: &Point| {
        vec![at.evaluations.to_string(), at.best.to_string(), at.seeds.to_string(), at.cells.to_string()]
    };
    found.curve.iter().map(row).collect()
}

fn call_rows(found: &Searched) -> Vec<Vec<String>> {
    let of_attack = |(number, attack): (usize, &Attack)| {
        let row = move |made: &Made| {
            let (call, netuid, outcome, tao, alpha) = told(made);
            let Made { block, account, .. } = made;
            let (number, block, account) = ((number + 1).to_string(), block.to_string(), account.to_string());
            vec![number, block, account, call.into(), netuid, outcome, tao, alpha]
        };
        attack.calls.iter().map(row).collect::<Vec<_>>()
    };
    found.attacks.iter().enumerate().flat_map(of_attack).collect()
}

fn payer_rows(found: &Searched) -> Vec<Vec<String>> {
    let of_attack = |(number, attack): (usize, &Attack)| {
        let row = |(group, change): &(String, f64)| {
            vec![(number + 1).to_string(), group.clone(), change.to_string()]
        };
        attack.others.iter().map(row).collect::<Vec<_>>()
    };
    found.attacks.iter().enumerate().flat_map(of_attack).collect()
}

fn failure_rows(broken: &[Broken]) -> Vec<Vec<String>> {
    let row = |broken: &Broken| vec![broken.seed.to_string(), broken.why.clone(), program(&broken.program)];
    broken.iter().map(row).collect()
}

/// What becomes of each attack under each rule, and what is found there; where nothing was found under the scenario's own rule, the
/// latter alone.
fn rules(report: &Report) -> String {
    let of_rule = |other: &Elsewhere| {
        let best = other.searched.attacks.first();
        let found = [
            best.map_or_else(String::new, |best| best.mean().to_string()),
            best.is_some_and(|best| best.claimed).to_string(),
            other.honest_change.to_string(),
        ];
        let replays = report.own.attacks.iter().zip(&other.replayed).enumerate();
        let replays = replays.map(|(number, (attack, values))| {
            [(number + 1).to_string(), mean(values).to_string(), attack.mean().to_string()]
        });
        let mut replays: Vec<[String; 3]> = replays.collect();
        if replays.is_empty() {
            replays.push(Default::default());
        }
        let row = move |replay: [String; 3]| {
            std::iter::once(other.rule.clone()).chain(replay).chain(found.clone()).collect::<Vec<_>>()
        };
        replays.into_iter().map(row).collect::<Vec<_>>()
    };
    let header = "rule,attack,replayed,own,searched_best,searched_claimed,honest_change";
    csv(header.split(','), report.elsewhere.iter().flat_map(of_rule))
}

/// A call's kind and subnet, and what became of it.
fn told(made: &Made) -> (&'static str, String, String, String, String) {
    let receipt = &made.receipt;
    let name = match receipt.call {
        Call::Stake { .. } => "Stake",
        Call::Unstake { .. } => "Unstake",
        Call::UnstakeAll { .. } => "UnstakeAll",
        Call::UnstakeAllAlpha { .. } => "UnstakeAllAlpha",
        Call::SwapStake { .. } => "SwapStake",
        Call::MoveStake { .. } => "MoveStake",
        Call::TransferStake { .. } => "TransferStake",
        Call::RegisterSubnet => "RegisterSubnet",
        Call::StartSubnet { .. } => "StartSubnet",
        Call::RegisterNeuron { .. } => "RegisterNeuron",
        Call::SetWeights { .. } => "SetWeights",
        Call::SetChildren { .. } => "SetChildren",
        Call::LockStake { .. } => "LockStake",
        Call::MoveLock { .. } => "MoveLock",
        Call::SetPerpetualLock { .. } => "SetPerpetualLock",
        Call::AddCollateral { .. } => "AddCollateral",
        Call::SetMinCollateral { .. } => "SetMinCollateral",
        Call::SetCollateral { .. } => "SetCollateral",
        Call::SetRootWeights { .. } => "SetRootWeights",
        Call::SetEmissionWeights { .. } => "SetEmissionWeights",
        Call::ClaimRoot { .. } => "ClaimRoot",
        Call::ClaimFunds { .. } => "ClaimFunds",
        Call::StakeIntoFund { .. } => "StakeIntoFund",
        Call::TradeFund { .. } => "TradeFund",
        Call::SetClaimType { .. } => "SetClaimType",
        Call::FakeValue { .. } => "FakeValue",
        Call::SetMovingAlpha { .. }
        | Call::SetRules { .. }
        | Call::SetTempo { .. }
        | Call::SetEmission { .. }
        | Call::Upgrade { .. } => "a call of root",
    };
    let netuids: Vec<String> = receipt.call.netuids().map(|netuid| netuid.0.to_string()).collect();
    let nothing = String::new;
    let tao = |tao: Tao| tao.to_f64().to_string();
    let alpha = |alpha: Alpha| alpha.to_f64().to_string();
    let (outcome, tao, alpha) = match receipt.outcome {
        Outcome::Bought { tao: paid, alpha: got } => ("bought".into(), tao(paid), alpha(got)),
        Outcome::Sold { tao: got, alpha: given } => ("sold".into(), tao(got), alpha(given)),
        Outcome::SoldAll { tao: got } => ("sold".into(), tao(got), nothing()),
        Outcome::Moved { sold, tao: middle, .. } => ("moved".into(), tao(middle), alpha(sold)),
        Outcome::Transferred { alpha: given } => ("transferred".into(), nothing(), alpha(given)),
        Outcome::Registered { netuid, cost } => {
            (format!("registered subnet {}", netuid.0), tao(cost), nothing())
        }
        Outcome::Queued { cost, .. } => ("queued a subnet".into(), tao(cost), nothing()),
        Outcome::RegisteredNeuron { uid, cost, .. } => {
            (format!("registered UID {}", uid.0), tao(cost), nothing())
        }
        Outcome::AddedCollateral { tao: paid, locked, .. } => ("locked".into(), tao(paid), alpha(locked)),
        Outcome::Claimed { tao: got } => ("claimed".into(), tao(got), nothing()),
        Outcome::Deposited { tao: paid, .. } => ("deposited".into(), tao(paid), nothing()),
        Outcome::Traded { tao: middle } => ("traded".into(), tao(middle), nothing()),
        Outcome::Faked { tao: paid } => ("paid".into(), tao(paid), nothing()),
        Outcome::Done => ("done".into(), nothing(), nothing()),
        Outcome::Refused(why) => (format!("refused: {why}"), nothing(), nothing()),
    };
    (name, netuids.join(" to "), outcome, tao, alpha)
}

/// All attacks, block by block.
#[must_use]
pub fn story(prepared: &Prepared, report: &Report) -> String {
    const CALLS: &str =
        "| block | account | call | subnet | outcome | TAO | alpha |\n|---|---|---|---|---|---|---|\n";
    let question = prepared.question();
    let mut parts = vec![format!(
        "# Attacks found on {}\n\nGoal: {}. Budget: {}. Search seed {}.\n\n",
        prepared.own().name,
        question.goal.name(),
        tao(question.budget),
        question.seed
    )];
    parts.extend(sentences(prepared, report).into_iter().map(|sentence| format!("{sentence}\n\n")));
    for (number, attack) in report.own.attacks.iter().enumerate() {
        parts.push(format!("## Attack {}\n\nIn the first fresh seed:\n\n{CALLS}", number + 1));
        parts.extend(attack.calls.iter().map(|made| {
            let (call, netuid, outcome, tao, alpha) = told(made);
            let Made { block, account, .. } = made;
            format!("| {block} | {account} | {call} | {netuid} | {outcome} | {tao} | {alpha} |\n")
        }));
        parts.push("\nWho has more or less by it, in TAO after selling everything:\n\n".into());
        parts.push("| group | change |\n|---|---|\n".into());
        parts.extend(attack.others.iter().map(|(group, change)| format!("| {group} | {change:.6} |\n")));
        parts.push("\n".into());
    }
    parts.concat()
}

/// A scenario that repeats an attack, for a file in a folder: the files that it names are found from there.
#[must_use]
pub fn scenario(prepared: &Prepared, attack: &Attack, folder: &Path) -> String {
    let own = prepared.own();
    let mut text = prepared.with_attack(&attack.program);
    let from = own.source.path.parent().unwrap_or(Path::new(""));
    for name in own.files.keys() {
        let there = relative(&from.join(name), folder);
        text = text.replace(&format!("\"{name}\""), &format!("\"{}\"", there.display()));
    }
    let about = sentence(prepared, attack);
    let blocks = own.scenario.blocks;
    let short = if blocks < own.planned {
        format!("// It was searched for in the first {blocks} blocks: run it with `--blocks {blocks}`.\n")
    } else {
        String::new()
    };
    let note = if attack.claimed { "" } else { " No gain is claimed for it." };
    format!("// A program that `dtao attack` found.{note} It {about}\n{short}{text}\n")
}

/// A path as it is named from a folder. Paths that lie under different roots stay as they are.
fn relative(path: &Path, folder: &Path) -> PathBuf {
    let whole = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let (path, folder) = (plain(&whole(path)), plain(&whole(folder)));
    let common = path.components().zip(folder.components()).take_while(|(a, b)| a == b).count();
    let up = folder.components().skip(common).map(|_| Component::ParentDir);
    up.chain(path.components().skip(common)).collect()
}

/// A path without the steps that lead back.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}
