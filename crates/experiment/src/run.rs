//! One run of a scenario: from its file to its tables.

mod audit_report;
mod calls;
mod output;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use dtao_agents::prior::{Drawn, Draws};
use dtao_engine::account::{AgentId, Authority};
use dtao_engine::call::Call;
use dtao_engine::observe::Reading;
use dtao_engine::random::RunSeed;
use dtao_engine::roster::RosterSetup;
use dtao_engine::run::{
    AccountSetup, Audit, Carried, CarriedChain, RootVotingSetup, Run, RunBuilder, RunError, Setup,
    SubnetSetup,
};
use dtao_files::folder::FolderError;
use dtao_metrics::series::{Samples, Series};
use dtao_protocol::fixed::Q32;
use dtao_protocol::genesis;
use dtao_protocol::pool::{Curve, CurveRule, Pool};
use dtao_protocol::registration::{CollateralTerms, LastLock};
use dtao_protocol::root_network::RootVotingRules;
use dtao_protocol::rules::Rules;
use dtao_protocol::units::{Alpha, Block, Netuid};
use serde::Serialize;

use crate::recorded::launch::LaunchSubnet;
use crate::scenario::{AsSpec, Group, Key, Loaded, Origin, RootVoting, Scenario, Start, Values};
use crate::uncertainty::Uncertainty;
pub use audit_report::AuditReport;
use audit_report::report;
pub use calls::AllRefused;
use calls::{CallCounts, Counted};
pub use output::Output;
use output::RunFolder;

/// What a run depends on besides its scenario.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The seed.
    pub seed: RunSeed,
    /// Whether everything is recounted after every block.
    pub audit: Audit,
}

/// Whether a run goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It does.
    Continue,
    /// It stops at this block; what there is is kept.
    Stop,
}

/// What came out of a run.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// The scenario's name.
    pub scenario: String,
    /// The seed.
    pub seed: u64,
    /// The first block made.
    pub first_block: u64,
    /// The last block made.
    pub last_block: u64,
    /// Whether the run was stopped before its end.
    pub interrupted: bool,
    /// The runtime that stands in for those whose rules are not known, if there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_spec: Option<AsSpec>,
    /// What of the rules is not certain, up to the last runtime that was in force.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rests_on: Vec<Uncertainty>,
    /// Where the parts of a state from a table of pools come from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub start: Vec<Origin>,
    /// What was drawn of the quantities that are not known, by group and field, in their usual units.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub priors: BTreeMap<String, f64>,
    /// The scenario's metrics, by name; null where the run did not reach what the metric is about.
    pub metrics: BTreeMap<String, Option<f64>>,
    /// How many calls came to what.
    pub calls: BTreeMap<String, u64>,
    /// The auditor's report, if it was asked for.
    pub audit: Option<AuditReport>,
    /// The groups all of whose calls were refused.
    #[serde(skip)]
    pub all_refused: Vec<AllRefused>,
    /// What was sampled of the series that were asked for, in their order: a value for each of their blocks.
    #[serde(skip)]
    pub series: Vec<Vec<Option<f64>>>,
    /// Whether the run was interrupted and the folder kept an earlier result.
    #[serde(skip)]
    pub kept_earlier: bool,
}

/// Why a run has no result.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The folder cannot be used.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The books do not close, or a table could not be completed.
    #[error(transparent)]
    Run(#[from] RunError),
}

/// The world of a scenario before its first block; observers can still be added.
#[must_use]
pub fn builder(loaded: &Loaded, options: Options) -> RunBuilder {
    let scenario = &loaded.scenario;
    let setup = setup(loaded, options);
    let root_stake = setup.root_stake;
    let claims: BTreeMap<Netuid, Alpha> =
        setup.subnets.iter().map(|subnet| (subnet.netuid, subnet.claims())).collect();
    let mut run = RunBuilder::new(setup);
    let issuance = match &scenario.start {
        Start::Genesis { issuance, .. } => *issuance,
        Start::Replayed { .. } | Start::Pools { .. } => {
            loaded.checkpoint.as_deref().map(|state| state.issuance)
        }
    };
    if let Some(issuance) = issuance {
        run.issuance(issuance);
    }
    run.root_calls(changes(scenario));
    if let Some(RootVoting { root_tempo, weights_rate_limit, lock }) = scenario.protocol.root_voting {
        let subnets = loaded
            .subnets
            .iter()
            .map(|subnet| (subnet.netuid, Q32::from_f64(subnet.moving_price), lock))
            .collect();
        let rules = RootVotingRules { tempo: root_tempo, weights_rate_limit, ..RootVotingRules::pre_dtao() };
        run.root_voting(RootVotingSetup { rules, subnets });
    }
    dtao_agents::install(&mut run, by_name(scenario).into_iter().map(|group| &group.strategy));
    for group in by_name(scenario) {
        let id = run.group(&group.name);
        let authority = match group.key {
            Key::Own => Authority::Account,
            Key::Root => Authority::Root,
        };
        let (Group { strategy, inherits, .. }, _) = drawn_group(group, options.seed);
        let inheritances =
            inherits.of_accounts(options.seed, &group.name, group.count, root_stake, |netuid| {
                claims.get(&netuid).copied().unwrap_or(Alpha::ZERO)
            });
        for inheritance in inheritances {
            let account = AccountSetup { tao: group.tao, root_stake: group.root_stake, authority };
            let agent = strategy.account(&mut run, id, account);
            run.inherit(agent, inheritance);
        }
    }
    for observer in dtao_metrics::observers(&scenario.metrics) {
        run.observer(observer);
    }
    run
}

/// The state before the first block.
fn setup(loaded: &Loaded, options: Options) -> Setup {
    let scenario = &loaded.scenario;
    let (spec, protocol) = (scenario.protocol.spec, &scenario.protocol);
    let holder = first_of(scenario, scenario.start.holder());
    let detail = |netuid: Netuid| {
        scenario.detail.iter().find(|detail| detail.netuid == netuid).map(|detail| RosterSetup {
            owner: AgentId(first_of(scenario, &detail.owner).0 + detail.owner_place),
            rules: detail.rules.rules(),
            max_uids: detail.max_uids,
            immunity_period: detail.immunity_period,
            burn: detail.burn,
            min_burn: detail.min_burn,
            reveal_after: detail.reveal_after,
            collateral: detail.collateral.map_or(CollateralTerms::NONE, |asked| {
                asked.terms().expect("checked when the scenario was read")
            }),
        })
    };
    let owners_incentive = |netuid: Netuid| {
        let named = scenario.aggregate.iter().find(|aggregate| aggregate.netuid == netuid);
        named.map(|aggregate| Q32::from_f64(aggregate.owners_incentive))
    };
    let (seed, order, audit) = (options.seed, scenario.order, options.audit);
    let new_subnets = scenario.new_subnets.for_engine();
    let values = scenario.values.as_ref().map(Values::for_engine).unwrap_or_default();
    match &scenario.start {
        Start::Genesis { block, root_stake, last_registration, .. } => {
            let rules = protocol.applied_to(&Rules::at(spec));
            // A subnet that is there at the start has been started.
            let first_emission = rules.wait_for_start().then_some(*block);
            let launched = |subnet: &LaunchSubnet| {
                let launched = genesis::launch(Q32::from_f64(subnet.moving_price));
                let product = Pool { reserves: launched.pool, curve: Curve::ConstantProduct };
                // A position over all prices begins with the first swap; weighted reserves are there from the start.
                let curve = match rules.pool.curve {
                    CurveRule::ConstantProduct | CurveRule::V3(_) => Curve::ConstantProduct,
                    rule @ (CurveRule::Balancer(_) | CurveRule::Superellipse) => product.under(rule).curve,
                };
                SubnetSetup {
                    netuid: subnet.netuid,
                    pool: launched.pool,
                    alpha_out: Alpha::ZERO,
                    moving_price: launched.moving_price,
                    tempo: genesis::TEMPO,
                    registered_at: subnet.registered_at,
                    holder,
                    detail: detail(subnet.netuid),
                    carried: Carried {
                        first_emission,
                        curve,
                        owners_incentive: owners_incentive(subnet.netuid).unwrap_or_default(),
                        ..Carried::default()
                    },
                }
            };
            Setup {
                seed,
                first_block: *block,
                spec,
                rules,
                subnets: loaded.subnets.iter().map(launched).collect(),
                root_stake: *root_stake,
                chain: CarriedChain::default(),
                last_registration: LastLock { cost: last_registration.cost, block: last_registration.block },
                values,
                new_subnets,
                order,
                audit,
            }
        }
        Start::Replayed { .. } | Start::Pools { .. } => {
            let state = loaded.checkpoint.as_deref().expect("the start's state was made when it was read");
            let (rules, first_block) = (protocol.applied_to(&state.rules), state.block + 1);
            let starts = !state.rules.wait_for_start() && rules.wait_for_start();
            let left = |subnet: &SubnetSetup| {
                let mut subnet = SubnetSetup { holder, detail: detail(subnet.netuid), ..subnet.clone() };
                if let Some(part) = owners_incentive(subnet.netuid) {
                    subnet.carried.owners_incentive = part;
                }
                // What is there when start calls begin to count is started.
                if starts {
                    subnet.carried.first_emission.get_or_insert(first_block);
                }
                subnet
            };
            Setup {
                seed,
                first_block,
                spec,
                rules,
                subnets: state.subnets.iter().map(left).collect(),
                root_stake: state.root_stake,
                chain: CarriedChain { queue: state.chain.queue.held_by(holder), ..state.chain.clone() },
                last_registration: state.last_registration,
                values,
                new_subnets,
                order,
                audit,
            }
        }
    }
}

/// The scenario's changes of the rules, as root's calls.
fn changes(scenario: &Scenario) -> Vec<(Block, Call)> {
    let calls = scenario.eras.iter().flat_map(|change| {
        let upgrade = change.spec.map(|spec| Call::Upgrade { spec });
        let rules = change.rules.clone().map(|values| Call::SetRules { values: values.into() });
        upgrade.into_iter().chain(rules).map(|call| (change.at, call))
    });
    calls.collect()
}

/// What every prior of a scenario is in a run, by group and in the order in which they are drawn.
#[must_use]
pub fn priors(scenario: &Scenario, seed: RunSeed) -> Vec<Drawn> {
    by_name(scenario).into_iter().flat_map(|group| drawn_group(group, seed).1).collect()
}

/// What was drawn of those that could have been something else.
fn unknown(scenario: &Scenario, seed: RunSeed) -> BTreeMap<String, f64> {
    let all = priors(scenario, seed).into_iter().filter(|drawn| drawn.unknown);
    all.map(|drawn| (drawn.name, drawn.value)).collect()
}

/// A group with values in the place of its priors, and what they are.
fn drawn_group(group: &Group, seed: RunSeed) -> (Group, Vec<Drawn>) {
    let mut group = group.clone();
    let name = group.name.clone();
    let draws = Draws::new(seed, &name);
    group.strategy.draw_priors(&draws);
    group.inherits.draw_priors(&draws);
    (group, draws.drawn())
}

/// The groups in the order in which their accounts are numbered, from 1 on: by name. Who comes first where something
/// has to thus depends on the two alone, and the order of groups in a file says nothing.
fn by_name(scenario: &Scenario) -> Vec<&Group> {
    let mut groups: Vec<&Group> = scenario.agents.iter().collect();
    groups.sort_by(|a, b| a.name.cmp(&b.name));
    groups
}

/// The first account of a group.
fn first_of(scenario: &Scenario, name: &str) -> AgentId {
    let before: u32 =
        by_name(scenario).iter().take_while(|group| group.name != name).map(|group| group.count).sum();
    AgentId(1 + before)
}

/// Runs a scenario; without a folder nothing is written.
///
/// `progress` is told the number of blocks made, every now and then, and decides whether to go on.
///
/// # Errors
/// If the folder holds something else, a file cannot be written or the books do not close; then no table is left
/// behind, and an earlier result is as it was.
pub fn run(
    loaded: &Loaded,
    options: Options,
    out: Option<Output>,
    progress: &mut dyn FnMut(u64) -> Progress,
) -> Result<Summary, Failure> {
    let folder = out.map(|output| RunFolder::open(output, loaded, options)).transpose()?;
    let mut builder = builder(loaded, options);
    let opened = folder.as_ref().map_or(Ok(()), |folder| folder.add_tables(&mut builder, loaded));
    let made = opened.and_then(|()| make(loaded, options, builder, progress));
    let Some(folder) = folder else { return made };
    made.and_then(|mut summary| folder.complete(loaded, options, &mut summary).map(|()| summary))
        .inspect_err(|_| folder.drop_work())
}

/// Makes the blocks.
fn make(
    loaded: &Loaded,
    options: Options,
    mut builder: RunBuilder,
    progress: &mut dyn FnMut(u64) -> Progress,
) -> Result<Summary, Failure> {
    let counts = Arc::new(Mutex::new(Counted::default()));
    builder.observer(Box::new(CallCounts::of(Arc::clone(&counts))));
    let sampled: Vec<Samples> = loaded.series.iter().map(|series| sampler(&mut builder, series)).collect();
    let mut run = builder.build();
    let interrupted = advance(&mut run, loaded.scenario.blocks, progress)? == Progress::Stop;
    let last_block = run.block().0;
    let rests_on = Uncertainty::of(run.view().law().spec);
    let audit = (options.audit == Audit::EveryBlock).then(|| report(&run));
    let metrics = values(run.finish()?);
    let Counted { calls, all_refused } = counts.lock().expect("the run is over").clone();
    Ok(Summary {
        scenario: loaded.name.clone(),
        seed: options.seed.0,
        first_block: loaded.first_block().0,
        last_block,
        interrupted,
        as_spec: loaded.as_spec.clone(),
        rests_on,
        start: loaded.origins.clone(),
        priors: unknown(&loaded.scenario, options.seed),
        metrics,
        calls,
        audit,
        all_refused,
        series: sampled.iter().map(Samples::values).collect(),
        kept_earlier: false,
    })
}

fn sampler(builder: &mut RunBuilder, series: &Series) -> Samples {
    let (observer, samples) = series.observer();
    builder.observer(observer);
    samples
}

/// Makes blocks, some at a time: `progress` is told how many are made, and whether to go on is asked for as long as not all
/// are.
///
/// # Errors
/// If the books do not close.
pub fn advance(
    run: &mut Run,
    blocks: u64,
    progress: &mut dyn FnMut(u64) -> Progress,
) -> Result<Progress, RunError> {
    const AT_A_TIME: u64 = 500;
    let mut made = 0;
    while made < blocks {
        let next = AT_A_TIME.min(blocks - made);
        run.advance(next)?;
        made += next;
        if progress(made) == Progress::Stop && made < blocks {
            return Ok(Progress::Stop);
        }
    }
    Ok(Progress::Continue)
}

/// Tells how many more blocks are made each time, where several runs have one progress.
pub fn each_more(progress: &dyn Fn(u64) -> Progress) -> impl FnMut(u64) -> Progress {
    let mut told = 0;
    move |made| {
        let more = made - told;
        told = made;
        progress(more)
    }
}

/// What metrics have read, by name. A number that is none, such as 0/0, is nothing that the run reached; -0, the sum of no numbers, is 0.
#[must_use]
pub fn values(readings: Vec<Reading>) -> BTreeMap<String, Option<f64>> {
    let reached = |value: Option<f64>| value.filter(|value| value.is_finite()).map(|value| value + 0.0);
    readings.into_iter().map(|reading| (reading.name, reached(reading.value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_are_none_are_not_reached_and_no_zero_is_negative() {
        let reading = |name: &str, value| Reading { name: name.into(), value };
        let read = values(vec![
            reading("sum of nothing", Some(-0.0)),
            reading("less", Some(-2.5)),
            reading("none", Some(f64::NAN)),
        ]);
        assert!(read["sum of nothing"].is_some_and(|zero| zero == 0.0 && zero.is_sign_positive()));
        assert_eq!((read["less"], read["none"]), (Some(-2.5), None));
    }
}
