//! The program, a project's files for it, and a small scenario to be spoilt.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;
use tempfile::TempDir;

/// The project's folder.
pub fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the project's folder")
}

/// What a command did.
#[derive(Debug)]
pub struct Done {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Done {
    pub fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("text");
        Self { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// stdout as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Asserts the exit code.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:?}");
        self
    }

    /// Asserts that the input was refused, and that all of these words are in the explanation.
    ///
    /// The explanation may be drawn in lines, so it is compared without line ends and margins.
    #[track_caller]
    pub fn refused_with(self, words: &[&str]) {
        let done = self.exits(2);
        assert_eq!(done.stdout, "", "an error leaves stdout to results");
        let flat: String = done.stderr.chars().filter(|c| !c.is_whitespace() && *c != '│').collect();
        for word in words {
            let word: String = word.chars().filter(|c| !c.is_whitespace()).collect();
            assert!(flat.contains(&word), "`{word}` is missing in:\n{}", done.stderr);
        }
    }
}

/// Runs the program in the project's folder.
pub fn dtao(arguments: &[&str]) -> Done {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("dtao"));
    Done::of(command.args(arguments).current_dir(project()).output().expect("it starts"))
}

/// A folder with a small scenario, its table of subnets and its prices.
pub struct Folder(TempDir);

pub const SCENARIO: &str = r#"// A small one.
Scenario(
    about: "A small scenario for tests of the command line.",
    protocol: Launch(spec: 246),
    start: Genesis(
        block: 5_100_000,
        root_stake: "1_000_000 TAO",
        subnets: "subnets.csv",
        holder: "holder",
        last_registration: (cost: "100 TAO", block: 5_000_000),
    ),
    blocks: 50,
    agents: [
        (name: "holder", count: 1, tao: "0 TAO", strategy: Script(calls: [])),
        (name: "market", count: 1, tao: "10 TAO", strategy: Replay(
            prices: ["prices.csv"], except: [], bridge: [], registrations: [],
        )),
        (name: "traders", count: 3, tao: "100 TAO", strategy: Noise(
            netuids: [1], trades_per_day: 720.0, buys: 0.6, median_size: "1 TAO", size_deviation: 1.6,
        )),
    ],
    record: (every: 10, subnets: All, agents: Groups, calls: All),
    metrics: {
        "shares": MarketValue(of: EmissionShare, over_subnets: Sum, at: 5_100_040),
        "price": SubnetValue(netuid: 2, of: Price, at: 5_100_040),
    },
    expect: [
        (metric: "shares", target: 1.0, within: (0.999, 1.0), kind: Imposed, source: "all of a block's TAO"),
    ],
)
"#;

const SUBNETS: &str = "netuid,moving_price,registered_at\n1,0.6,0\n2,0.4,0\n";
const PRICES: &str =
    "time_utc,block,1,2\n2025-03-10T22:00:00Z,5100010,0.9,\n2025-03-10T22:02:00Z,5100020,0.9,0.8\n";

impl Folder {
    pub fn new() -> Self {
        let folder = Self(TempDir::new().expect("a folder"));
        folder.write("small.ron", SCENARIO);
        folder.write("subnets.csv", SUBNETS);
        folder.write("prices.csv", PRICES);
        folder
    }

    /// A copy of a folder of `tests/fixtures`, with nothing else in it.
    #[track_caller]
    pub fn of(fixture: &str) -> Self {
        let folder = Self(TempDir::new().expect("a folder"));
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(fixture);
        for entry in fs::read_dir(&from).unwrap_or_else(|error| panic!("{fixture}: {error}")) {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_owned();
            fs::copy(&path, folder.0.path().join(name)).expect("it can be copied");
        }
        folder
    }

    /// A file with a part replaced.
    #[track_caller]
    pub fn change(&self, name: &str, right: &str, wrong: &str) {
        let text = self.read(name);
        assert_eq!(text.matches(right).count(), 1, "`{right}` must stand once in {name}");
        self.write(name, &text.replace(right, wrong));
    }

    /// The small scenario with a part replaced.
    #[track_caller]
    pub fn spoilt(right: &str, wrong: &str) -> Self {
        let folder = Self::new();
        assert_eq!(SCENARIO.matches(right).count(), 1, "`{right}` must stand once");
        folder.write("small.ron", &SCENARIO.replace(right, wrong));
        folder
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.0.path().join(name), text).expect("it can be written");
    }

    /// Writes a file, and makes the folders that it is in.
    pub fn put(&self, name: &str, text: &str) {
        fs::create_dir_all(self.path(name).parent().expect("a folder")).expect("it can be made");
        self.write(name, text);
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.path().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The names in a folder of this folder, in order; none if it is not there.
    pub fn names(&self, name: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(name)).into_iter().flatten();
        let mut names: Vec<_> = entries
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    /// A command that runs in the folder.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("dtao"));
        command.args(arguments).current_dir(self.0.path());
        command
    }

    /// Runs the program in the folder.
    pub fn dtao(&self, arguments: &[&str]) -> Done {
        Done::of(self.command(arguments).output().expect("it starts"))
    }

    /// Runs the small scenario with tables to `out`, which must be refused with these words and leave no
    /// trace, and so must a check.
    #[track_caller]
    pub fn run_is_refused_with(&self, more: &[&str], words: &[&str]) {
        let arguments = [&["run", "small.ron", "--out", "out"], more].concat();
        let before = self.names(".");
        self.dtao(&arguments).refused_with(words);
        assert_eq!(self.names("."), before, "nothing is written");
    }
}

/// A table of results, by column name.
pub struct Table(Vec<std::collections::BTreeMap<String, String>>);

impl Table {
    pub fn read(folder: &Folder, name: &str) -> Self {
        let path = folder.path(name);
        let mut reader =
            csv::Reader::from_path(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self(reader.deserialize().map(|row| row.expect("a row")).collect())
    }

    /// The cells of a column, in the rows in which other columns have these values.
    #[track_caller]
    pub fn column(&self, name: &str, having: &[(&str, &str)]) -> Vec<String> {
        let rows = self.0.iter().filter(|row| having.iter().all(|&(column, value)| row[column] == value));
        let cells: Vec<String> = rows.map(|row| row[name].clone()).collect();
        assert!(!cells.is_empty(), "no row has {having:?}");
        cells
    }

    /// The cell of the only row in which other columns have these values.
    #[track_caller]
    pub fn cell(&self, name: &str, having: &[(&str, &str)]) -> String {
        let mut cells = self.column(name, having);
        assert_eq!(cells.len(), 1, "{having:?}");
        cells.remove(0)
    }
}

/// The line of the small scenario on which a text stands, as `small.ron:line`.
#[track_caller]
pub fn line_of(text: &str) -> String {
    let line = SCENARIO.lines().position(|line| line.contains(text));
    format!("small.ron:{}:", line.expect("the text stands in the scenario") + 1)
}
