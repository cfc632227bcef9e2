//! What a run's tables say is what its metrics say.

use std::collections::BTreeMap;
use std::fs;

use dtao_engine::math::ln;
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

/// The last block of [`MARKET`].
const LAST: u64 = 5_000_299;

/// Traders on two subnets, in blocks 5,000,000 to 5,000,299.
const MARKET: &str = r#"Scenario(
    about: "A market whose tables are held against its metrics.",
    protocol: Launch(spec: 246),
    start: Genesis(block: 5_000_000, root_stake: "1_000_000 TAO", subnets: "subnets.csv", holder: "holder", last_registration: (cost: "100 TAO", block: 4_900_000)),
    blocks: 300,
    agents: [
        (name: "holder", count: 1, tao: "0 TAO", strategy: Script(calls: [])),
        (name: "traders", count: 20, tao: "100 TAO", strategy: Noise(
            netuids: [1, 2], trades_per_day: 1000.0, buys: 0.6, median_size: "1 TAO", size_deviation: 1.2,
        )),
    ],
    record: (RECORD, subnets: All, agents: Groups, calls: All),
    metrics: { METRICS },
)"#;

fn market(record: &str, metrics: &str) -> String {
    MARKET.replace("RECORD", record).replace("METRICS", metrics)
}

const SUBNETS: &str = "netuid,moving_price,registered_at\n1,0.6,0\n2,0.4,0\n";

fn traded(record: &str, metrics: &str) -> Ran {
    Ran::of(&market(record, metrics), SUBNETS)
}

#[track_caller]
fn near(value: Option<f64>, expected: f64) {
    let value = value.expect("the run reaches it");
    assert!((value - expected).abs() <= 1e-9 * expected.abs().max(1.0), "{value} is not {expected}");
}

/// What a window's metric looks at: every n blocks of it.
fn looks(column: &BTreeMap<u64, f64>, (from, to): (u64, u64), every: usize) -> Vec<(u64, f64)> {
    column.range(from..=to).step_by(every).map(|(&block, &value)| (block, value)).collect()
}

#[test]
fn extremes_in_the_summary_are_those_of_the_table_of_every_block() {
    const WINDOWS: [((u64, u64), usize); 3] =
        [((5_000_000, LAST), 1), ((5_000_013, 5_000_150), 7), ((5_000_200, LAST), 10)];
    const QUANTITIES: [(&str, &str); 6] = [
        ("Price", "price"),
        ("MovingPrice", "moving_price"),
        ("TaoIn", "tao_in"),
        ("AlphaOut", "alpha_out"),
        ("EmissionShare", "emission_share"),
        ("RootProportion", "root_proportion"),
    ];
    const WHICH: [&str; 8] = [
        "Largest",
        "Smallest",
        "Mean",
        "LargestOverFirst",
        "FallFromFirst",
        "FallFromLargest",
        "BlocksToLargest",
        "BlocksFromLargestToSmallest",
    ];
    let line = |((from, to), every), of, which| {
        format!(
            "\"{from} {of} {which}\": Extreme(netuid: 2, of: {of}, which: {which}, from: {from}, to: {to}, every: {every}), "
        )
    };
    let metrics: String = WINDOWS
        .iter()
        .flat_map(|window| QUANTITIES.iter().map(move |quantity| (window, quantity.0)))
        .flat_map(|(&window, of)| WHICH.iter().map(move |which| line(window, of, which)))
        .collect();
    let ran = traded("every: 1", &metrics);
    let subnets = ran.table("subnets.csv");
    for (window, every) in WINDOWS {
        for (of, column) in QUANTITIES {
            let seen = looks(&subnets.column(column, ("netuid", "2")), window, every);
            let smallest = |seen: &[(u64, f64)]| {
                seen.iter().copied().reduce(|a, b| if b.1 < a.1 { b } else { a }).expect("some")
            };
            let first = seen[0].1;
            let largest = seen.iter().copied().reduce(|a, b| if b.1 > a.1 { b } else { a }).expect("some");
            let least = smallest(&seen);
            let after: Vec<_> = seen.iter().copied().filter(|&(block, _)| block >= largest.0).collect();
            let trough = smallest(&after);
            let value = |which| ran.metric(&format!("{} {of} {which}", window.0));
            // Not a bit is lost on the way through the table.
            assert_eq!(value("Largest"), Some(largest.1), "{of}");
            assert_eq!(value("Smallest"), Some(least.1), "{of}");
            near(value("Mean"), seen.iter().map(|look| look.1).sum::<f64>() / seen.len() as f64);
            near(value("LargestOverFirst"), largest.1 / first);
            near(value("FallFromFirst"), least.1 / first - 1.0);
            near(value("FallFromLargest"), trough.1 / largest.1 - 1.0);
            assert_eq!(value("BlocksToLargest"), Some((largest.0 - window.0) as f64), "{of}");
            assert_eq!(value("BlocksFromLargestToSmallest"), Some((trough.0 - largest.0) as f64), "{of}");
        }
    }
}

#[test]
fn values_of_a_block_are_those_of_its_rows() {
    const QUANTITIES: [(&str, &str); 9] = [
        ("Price", "price"),
        ("MovingPrice", "moving_price"),
        ("TaoIn", "tao_in"),
        ("AlphaIn", "alpha_in"),
        ("AlphaOut", "alpha_out"),
        ("EmissionShare", "emission_share"),
        ("TaoEmission", "tao_emission"),
        ("PriceRank", "rank"),
        ("RootProportion", "root_proportion"),
    ];
    let one = |name: &str, of: &str| format!("\"{name}\": SubnetValue(netuid: 2, of: {of}, at: {LAST}), ");
    let sum = |of: &str| format!("\"sum {of}\": MarketValue(of: {of}, over_subnets: Sum, at: {LAST}), ");
    let metrics: String = QUANTITIES.iter().map(|(of, _)| one(of, of) + &sum(of)).collect();
    let metrics = metrics + &one("spot", "SpotShare") + &one("depth", "Depth");
    // The first block has rows, and the last one.
    let ran = traded("every: 1000, from: 5_000_000", &metrics);
    let subnets = ran.table("subnets.csv");
    let value = |column| subnets.column(column, ("netuid", "2"))[&LAST];
    for (of, column) in QUANTITIES {
        assert_eq!(ran.metric(of), Some(value(column)), "{of}");
        near(ran.metric(&format!("sum {of}")), subnets.sums(column)[&LAST]);
    }
    near(ran.metric("spot"), value("price") / subnets.sums("price")[&LAST]);
    near(ran.metric("depth"), (value("tao_in") * value("alpha_in")).sqrt());
}

#[test]
fn returns_steps_and_falls_can_be_recomputed_from_rows_on_their_looks() {
    let ran = traded(
        "every: 10, from: 5_000_003",
        r#""deviation": Returns(netuid: 1, every: 10, of: Deviation, from: 5_000_003, to: 5_000_293),
        "autocorrelation": Returns(netuid: 1, every: 10, of: Autocorrelation(1), from: 5_000_003, to: 5_000_293),
        "fall": Steps(netuid: 1, every: 10, of: LargestFall, from: 5_000_003, to: 5_000_293),
        "half": HalfFall(netuid: 1, every: 10, from: 5_000_003, to: 5_000_293),
        "high": Whether(netuid: 1, of: Price, is: AtLeast(2.0), from: 5_000_003, to: 5_000_293, every: 10),"#,
    );
    let prices = ran.table("subnets.csv").column("price", ("netuid", "1"));
    let seen: Vec<f64> = prices.range(..=5_000_293).map(|(_, &price)| price).collect();
    assert_eq!((seen.len(), prices.len()), (30, 31), "thirty looks and the last block");
    let returns: Vec<f64> = seen.windows(2).map(|pair| ln(pair[1] / pair[0])).collect();
    let n = returns.len() as f64;
    let mean = returns.iter().sum::<f64>() / n;
    let squares: f64 = returns.iter().map(|r| (r - mean) * (r - mean)).sum();
    near(ran.metric("deviation"), (squares / (n - 1.0)).sqrt());
    let products: f64 = returns.windows(2).map(|pair| (pair[0] - mean) * (pair[1] - mean)).sum();
    near(ran.metric("autocorrelation"), products / squares);
    let fall = seen.windows(2).map(|pair| pair[1] / pair[0] - 1.0).fold(0.0, f64::min);
    near(ran.metric("fall"), fall);
    let lowest = seen.iter().copied().fold(f64::INFINITY, f64::min);
    let half = seen.iter().position(|&price| price < seen[0] && price <= (seen[0] * lowest).sqrt());
    assert_eq!(ran.metric("half"), half.map(|looks| 10.0 * looks as f64));
    let high = if seen.iter().any(|&price| price >= 2.0) { 1.0 } else { 0.0 };
    assert_eq!(ran.metric("high"), Some(high));
}

#[test]
fn price_errors_can_be_recomputed_from_rows_on_the_price_files_samples() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("prices.csv");
    let price = |sample: u64| 1.0 + 0.1 * sample as f64;
    let sample = |sample: u64| format!("t{sample},{},{},\n", 5_000_004 + 10 * sample, price(sample));
    let recorded = "time_utc,block,1,2\n".to_owned() + &(0..20).map(sample).collect::<String>();
    fs::write(&file, recorded).expect("a file");
    let error = |over: &str| {
        format!(
            "PriceError(prices: [{:?}], over_samples: {over}, from: 5_000_000, to: {LAST})",
            file.display().to_string()
        )
    };
    let metrics = format!("\"mean\": {}, \"worst\": {}", error("Mean"), error("Quantile(1.0)"));
    let ran = traded("every: 10, from: 5_000_004", &metrics);
    let prices = ran.table("subnets.csv").column("price", ("netuid", "1"));
    let errors: Vec<f64> =
        (0..20u64).map(|sample| ln(prices[&(5_000_004 + 10 * sample)] / price(sample)).abs()).collect();
    near(ran.metric("mean"), errors.iter().sum::<f64>() / 20.0);
    near(ran.metric("worst"), errors.iter().copied().fold(0.0, f64::max));
}

#[test]
fn a_groups_profit_in_the_summary_is_that_of_its_last_row() {
    let profit = |group: &str| {
        format!("\"{group}\": Profit(groups: [\"{group}\"], netuids: [], from: 5_000_000, at: {LAST}), ")
    };
    let groups = ["root", "holder", "traders"];
    let ran = traded("every: 100", &groups.map(profit).concat());
    let table = ran.table("groups.csv");
    for group in groups {
        near(ran.metric(group), table.column("profit", ("group", group))[&LAST]);
    }
}

#[test]
fn rows_stand_on_their_grid_and_at_the_last_block() {
    let blocks = |record: &str| -> Vec<u64> {
        let ran = traded(record, "");
        let [subnets, groups] = ["subnets.csv", "groups.csv"].map(|name| ran.table(name));
        let blocks: Vec<u64> = subnets.sums("price").into_keys().collect();
        assert_eq!(groups.sums("tao").into_keys().collect::<Vec<_>>(), blocks);
        // Two subnets and three groups; no row stands twice.
        assert_eq!((subnets.0.len(), groups.0.len()), (2 * blocks.len(), 3 * blocks.len()));
        blocks
    };
    assert_eq!(blocks("every: 100"), [5_000_000, 5_000_100, 5_000_200, LAST]);
    assert_eq!(blocks("every: 100, from: 5_000_099"), [5_000_099, 5_000_199, LAST]);
    assert_eq!(blocks("every: 100, from: 5_000_000"), [5_000_000, 5_000_100, 5_000_200, LAST]);
    assert_eq!(blocks("every: 7000000"), [LAST]);
    assert_eq!(blocks("every: 1_000_000_000_000, from: 5_000_001"), [5_000_001, LAST]);
    assert_eq!(blocks("every: 10, from: 5_000_299"), [LAST]);
    assert_eq!(blocks("every: 1").len(), 300);
}

#[test]
fn a_first_row_outside_the_run_is_refused_with_its_place() {
    let folder = TempDir::new().expect("a folder");
    for from in ["4_999_999", "5_000_300"] {
        let record = format!("every: 10, from: {from}");
        let error = read(&folder, &market(&record, ""), SUBNETS).expect_err("it can never matter");
        let said = ["record.from", "5000000 to 5000299", &from.replace('_', "")];
        assert!(said.iter().all(|part| error.contains(part)), "{error}");
    }
}
