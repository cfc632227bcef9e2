//! What a run's tables say is what its metrics say.

use std::collections::BTreeMap;
use std::fs;

use dtao_engine::random::RunSeed;
use dtao_engine::run::Audit;
use dtao_experiment::run::{Options, Output, Progress, Summary, run};
use dtao_experiment::scenario::Loaded;
use tempfile::TempDir;

/// A run of a scenario text beside a table of subnets: its summary and its tables.
struct Ran {
    summary: Summary,
    folder: TempDir,
}

impl Ran {
    fn of(text: &str, subnets: &str) -> Self {
        let folder = TempDir::new().expect("a folder");
        let loaded = read(&folder, text, subnets).unwrap_or_else(|error| panic!("{error}"));
        let options = Options { seed: RunSeed(1), audit: Audit::EveryBlock };
        let results = folder.path().join("results");
        let summary = run(&loaded, options, Some(Output::fresh(&results)), &mut |_| Progress::Continue)
            .expect("the books close");
        Self { summary, folder }
    }

    fn table(&self, name: &str) -> Table {
        let text = fs::read_to_string(self.folder.path().join("results").join(name)).expect("a table");
        Table::of(&text)
    }

    fn metric(&self, name: &str) -> Option<f64> {
        self.summary.metrics[name]
    }
}

fn read(folder: &TempDir, text: &str, subnets: &str) -> Result<Loaded, String> {
    let path = folder.path().join("a.ron");
    fs::write(folder.path().join("subnets.csv"), subnets).expect("the folder can be written to");
    fs::write(&path, text).expect("the folder can be written to");
    Loaded::read(&path, &[]).map_err(|error| error.to_string())
}

/// The rows of a table, each cell under its column's name.
struct Table(Vec<BTreeMap<String, String>>);

impl Table {
    fn of(text: &str) -> Self {
        let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned));
        let columns: Vec<String> = lines.next().expect("a header").collect();
        Self(lines.map(|cells| columns.iter().cloned().zip(cells).collect()).collect())
    }

    /// A column, by block, of the rows that have this in another column.
    fn column(&self, column: &str, (key, value): (&str, &str)) -> BTreeMap<u64, f64> {
        let rows = self.0.iter().filter(|row| row[key] == value);
        rows.map(|row| (whole(&row["block"]), number(&row[column]))).collect()
    }

    /// A column summed over the rows of each block.
    fn sums(&self, column: &str) -> BTreeMap<u64, f64> {
        let mut sums = BTreeMap::new();
        for row in &self.0 {
            *sums.entry(whole(&row["block"])).or_insert(0.0) += number(&row[column]);
        }
        sums
    }
}

fn whole(cell: &str) -> u64 {
    cell.parse().expect("a whole number")
}

fn number(cell: &str) -> f64 {
    cell.parse().expect("a number")
}

/// Two subnets with a halving after some fifty blocks; the scenario's protocol and the rest of its start and agents.
fn halving(protocol: &str, root_stake: &str, voters: &str) -> Ran {
    let text = format!(
        r#"Scenario(
    about: "TAO halves.",
    protocol: {protocol},
    start: Genesis(block: 5_000_000, root_stake: "{root_stake}", subnets: "subnets.csv", holder: "holder", last_registration: (cost: "100 TAO", block: 4_900_000)),
    blocks: 250,
    agents: [
        (name: "holder", count: 1, tao: "0 TAO", strategy: Script(calls: [])),
        {voters}
    ],
    record: (every: 1, subnets: All, agents: Groups, calls: All),
    metrics: {{
        "first": Extreme(netuid: 1, of: EmissionShare, which: Mean, from: 5_000_000, to: 5_000_249, every: 1),
        "second": Extreme(netuid: 2, of: EmissionShare, which: Mean, from: 5_000_000, to: 5_000_249, every: 1),
    }},
)"#
    );
    Ran::of(&text, "netuid,moving_price,registered_at\n1,0.5,0\n2,0.5,0\n")
}

#[test]
fn shares_sum_to_one_in_every_row_where_a_halving_is_crossed() {
    let voting = "RootVoting(spec: 219, root_tempo: 100, weights_rate_limit: 100, lock: \"100 TAO\")";
    let voters = r#"(name: "voters", count: 1, tao: "0 TAO", root_stake: "10_499_750 TAO", strategy: HonestRootVoter(quality: { 1: 0.5, 2: 0.5 }, noise: 0.0, every: 101)),"#;
    for ran in [halving("Launch(spec: 246)", "10_499_950 TAO", ""), halving(voting, "0 TAO", voters)] {
        let subnets = ran.table("subnets.csv");
        let (shares, emitted) = (subnets.sums("emission_share"), subnets.sums("tao_emission"));
        assert_eq!(shares.len(), 250);
        for (block, share) in shares {
            assert!((share - 1.0).abs() < 1e-8, "block {block}: {share}");
        }
        // The halving was crossed.
        assert!(emitted[&5_000_000] > 0.999 && emitted[&5_000_249] < 0.501);
        // Over a time each block counts once, whatever it emitted.
        let [first, second] = [("first", "1"), ("second", "2")].map(|(name, netuid)| {
            let shares = subnets.column("emission_share", ("netuid", netuid));
            let mean = ran.metric(name).expect("the window is reached");
            assert!((shares.values().sum::<f64>() / 250.0 - mean).abs() < 1e-12);
            mean
        });
        assert!((first + second - 1.0).abs() < 1e-8);
    }
}
