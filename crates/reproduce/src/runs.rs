//! The runs of a sweep with factors, read back point by point; and its indices of sensitivity.

use std::collections::BTreeMap;
use std::path::Path;

use dtao_files::folder::rows::Rows;
use dtao_files::folder::{Claims, FolderError, MANIFEST};

/// The runs of one sweep.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Runs {
    cells: Vec<Cell>,
    indices: Vec<Index>,
}

/// The runs of one point of the design in one arm.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cell {
    /// The arm.
    pub arm: String,
    /// The factors' values, as `runs.csv` has them.
    pub factors: BTreeMap<String, String>,
    seeds: Vec<u64>,
    outcomes: BTreeMap<String, Vec<Option<f64>>>,
}

/// A row of `sensitivity.csv` that has an estimate.
#[derive(Clone, Debug, PartialEq)]
pub struct Index {
    /// The arm.
    pub arm: String,
    /// The outcome.
    pub outcome: String,
    /// The factor.
    pub factor: String,
    /// Which index.
    pub index: String,
    /// The estimate.
    pub estimate: f64,
    /// Its 95 % interval, if it has one.
    pub interval: Option<(f64, f64)>,
    /// Base rows or trajectories that it is from.
    pub used: usize,
}

impl Runs {
    /// Reads a finished sweep, and holds its tables against its manifest.
    ///
    /// # Errors
    /// If there is none, or it is not as the sweep wrote it.
    pub fn read(folder: &Path) -> Result<Self, FolderError> {
        let factors = factors(table(folder, "points.csv")?)?;
        let cells = cells(table(folder, "runs.csv")?, &factors)?;
        let indices = if folder.join("sensitivity.csv").exists() {
            indices(table(folder, "sensitivity.csv")?)?
        } else {
            Vec::new()
        };
        Ok(Self { cells, indices })
    }

    /// All cells, in the order of the plan.
    #[must_use]
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// The cells of an arm, in the order of the plan.
    pub fn arm<'a>(&'a self, arm: &'a str) -> impl Iterator<Item = &'a Cell> {
        self.cells.iter().filter(move |cell| cell.arm == arm)
    }

    /// The cell of an arm in which these factors have these values, numbers as numbers; the first, if there are several.
    #[must_use]
    pub fn at(&self, arm: &str, factors: &[(&str, &str)]) -> Option<&Cell> {
        let same = |there: &str, wanted: &str| {
            there == wanted
                || matches!((there.parse::<f64>(), wanted.parse::<f64>()), (Ok(a), Ok(b)) if a == b)
        };
        let has = |cell: &Cell, (name, value): &(&str, &str)| {
            cell.factors.get(*name).is_some_and(|there| same(there, value))
        };
        self.cells.iter().find(|cell| cell.arm == arm && factors.iter().all(|factor| has(cell, factor)))
    }

    /// The cell of another arm at the same point.
    #[must_use]
    pub fn beside(&self, cell: &Cell, arm: &str) -> Option<&Cell> {
        self.cells.iter().find(|other| other.arm == arm && other.factors == cell.factors)
    }

    /// The indices of sensitivity, if the design has some.
    #[must_use]
    pub fn indices(&self) -> &[Index] {
        &self.indices
    }
}

impl Cell {
    /// A factor's value; nothing if there is no such factor.
    #[must_use]
    pub fn factor(&self, name: &str) -> &str {
        self.factors.get(name).map_or("", String::as_str)
    }

    /// The first number in a factor's value, such as 10 in `Exactly("10 TAO")`; nothing if there is none.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<f64> {
        let text = self.factor(name);
        let text = &text[text.find(|c: char| c.is_ascii_digit())?..];
        let end = text.find(|c: char| !c.is_ascii_digit() && !"._e-".contains(c)).unwrap_or(text.len());
        text[..end].replace('_', "").parse().ok()
    }

    /// An outcome, where it has a value; nothing if there is no such.
    #[must_use]
    pub fn of(&self, outcome: &str) -> Vec<f64> {
        self.outcomes.get(outcome).into_iter().flatten().copied().flatten().collect()
    }

    /// A number that is the same in all runs, or the first run's.
    #[must_use]
    pub fn first(&self, outcome: &str) -> Option<f64> {
        self.of(outcome).first().copied()
    }

    /// An outcome by seed, where it has a value.
    #[must_use]
    pub fn by_seed(&self, outcome: &str) -> BTreeMap<u64, f64> {
        let values = self.outcomes.get(outcome).into_iter().flatten();
        self.seeds.iter().zip(values).filter_map(|(seed, value)| Some((*seed, (*value)?))).collect()
    }

    /// An outcome here and in another cell, over the seeds of both.
    #[must_use]
    pub fn pairs(&self, other: &Self, outcome: &str) -> Vec<(f64, f64)> {
        let others = other.by_seed(outcome);
        let here = self.by_seed(outcome).into_iter();
        here.filter_map(|(seed, value)| Some((value, *others.get(&seed)?))).collect()
    }
}

/// A table of a finished sweep, to be read and held against the manifest.
pub(crate) fn table(folder: &Path, name: &str) -> Result<Rows, FolderError> {
    let claims = Claims::read(&folder.join(MANIFEST))?.filter(|claims| claims.complete);
    let Some(claims) = claims else {
        let what = "no manifest of a complete sweep names it; make the sweep anew".into();
        return Err(FolderError::Damaged { path: folder.join(name), what });
    };
    Rows::open(folder, name, &claims.tables)
}

/// The factors of a sweep: the columns of its points after their number.
fn factors(rows: Rows) -> Result<Vec<String>, FolderError> {
    let factors = rows.columns().skip(1).map(str::to_owned).collect();
    rows.each(|_| Ok(()))?;
    Ok(factors)
}

fn cells(rows: Rows, factors: &[String]) -> Result<Vec<Cell>, FolderError> {
    let (point, arm, seed) = (rows.place("point")?, rows.place("arm")?, rows.place("seed")?);
    let varied: Vec<usize> = factors.iter().map(|name| rows.place(name)).collect::<Result<_, _>>()?;
    let columns = rows.columns().map(str::to_owned).enumerate();
    let outcomes: Vec<(usize, String)> =
        columns.filter(|(at, _)| *at > seed && !varied.contains(at)).collect();
    let mut found: Vec<Cell> = Vec::new();
    let mut places: BTreeMap<(String, String), usize> = BTreeMap::new();
    rows.each(|row| {
        let key = (row.text(point).to_owned(), row.text(arm).to_owned());
        let place = *places.entry(key).or_insert_with(|| {
            let factors = factors.iter().zip(&varied);
            let factors = factors.map(|(name, at)| (name.clone(), row.text(*at).to_owned())).collect();
            found.push(Cell { arm: row.text(arm).to_owned(), factors, ..Cell::default() });
            found.len() - 1
        });
        let cell = &mut found[place];
        cell.seeds.push(row.whole(seed)?);
        for (at, name) in &outcomes {
            cell.outcomes.entry(name.clone()).or_default().push(row.number(*at)?);
        }
        Ok(())
    })?;
    Ok(found)
}

fn indices(rows: Rows) -> Result<Vec<Index>, FolderError> {
    let columns = ["arm", "outcome", "factor", "index", "value", "low", "high", "used"]
        .map(|name| rows.place(name))
        .into_iter()
        .collect::<Result<Vec<_>, _>>()?;
    let mut found = Vec::new();
    rows.each(|row| {
        let Some(estimate) = row.number(columns[4])? else { return Ok(()) };
        let interval = row.number(columns[5])?.zip(row.number(columns[6])?);
        let used = row.number(columns[7])?.unwrap_or(0.0) as usize;
        let [arm, outcome, factor, index] = [0, 1, 2, 3].map(|at| row.text(columns[at]).to_owned());
        found.push(Index { arm, outcome, factor, index, estimate, interval, used });
        Ok(())
    })?;
    Ok(found)
}

#[cfg(test)]
pub(crate) mod tests {
    use dtao_files::folder::table::{Digest, Tables};

    use super::*;

    /// A table of this text, as its manifest has it.
    fn written(text: &str) -> Rows {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.csv");
        std::fs::write(&path, text).expect("room");
        let rows = csv::Reader::from_reader(text.as_bytes()).into_records().count() as u64;
        let digest = Digest::of_file(&path, Some(rows)).expect("it is there");
        Rows::open(folder.path(), "x.csv", &Tables::from([("x.csv".to_owned(), digest)])).expect("a table")
    }

    /// Runs as a sweep with these factors writes them.
    pub(crate) fn runs(text: &str, factors: &[&str]) -> Runs {
        let factors: Vec<String> = factors.iter().map(|&name| name.into()).collect();
        Runs { cells: cells(written(text), &factors).expect("a good table"), indices: Vec::new() }
    }

    const RUNS: &str = "run,point,arm,seed,depth,x,y\n0,0,a,1,5 TAO,1,\n1,0,b,1,5 TAO,2,3\n2,0,a,2,5 TAO,4,1\n\
                        3,1,a,1,9 TAO,7,7\n";

    #[test]
    fn runs_are_kept_by_point_and_arm() {
        let runs = runs(RUNS, &["depth"]);
        assert_eq!(runs.cells().len(), 3);
        let cell = runs.at("a", &[("depth", "5 TAO")]).expect("it is there");
        assert_eq!((cell.of("x"), cell.of("y"), cell.first("y")), (vec![1.0, 4.0], vec![1.0], Some(1.0)));
        let beside = runs.beside(cell, "b").expect("the same point");
        assert_eq!(cell.pairs(beside, "x"), [(1.0, 2.0)]);
        assert_eq!(runs.arm("a").map(|cell| cell.factor("depth")).collect::<Vec<_>>(), ["5 TAO", "9 TAO"]);
        assert_eq!(runs.at("c", &[]), None);
        let numbered = self::runs("run,point,arm,seed,spec,x\n0,0,a,1,246.0,1\n", &["spec"]);
        assert!(
            numbered.at("a", &[("spec", "246")]).is_some() && numbered.at("a", &[("spec", "24")]).is_none()
        );
        assert_eq!((cell.number("depth"), cell.number("x")), (Some(5.0), None));
        let named =
            |text: &str| Cell { factors: [("a".into(), text.into())].into(), ..Cell::default() }.number("a");
        assert_eq!([named("Exactly(\"1_000.5 TAO\")"), named("3e-6")], [Some(1_000.5), Some(3e-6)]);
    }

    #[test]
    fn a_table_of_indices_keeps_those_that_have_an_estimate() {
        let text = "arm,outcome,factor,index,value,low,high,used,missing,note\n\
                    a,x,depth,S1,0.5,0.4,0.6,64,0,\na,x,fee,S1,,,,0,64,nothing\na,x,fee,ST,0.1,,,64,0,\n";
        let indices = indices(written(text)).expect("a good table");
        assert_eq!(indices.len(), 2);
        assert_eq!((indices[0].interval, indices[1].interval), (Some((0.4, 0.6)), None));
    }

    #[test]
    fn a_table_that_is_not_one_is_told() {
        let error = cells(written("run,arm,seed\n"), &[]).expect_err("no point");
        assert!(error.to_string().contains("no column `point`"), "{error}");
        let wrong = RUNS.replace("4,1", "4,low");
        let error = cells(written(&wrong), &["depth".into()]).expect_err("a word");
        assert!(error.to_string().contains("expected a number, found `low`"), "{error}");
    }
}
