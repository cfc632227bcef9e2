//! The arms of a finished sweep as columns.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::CompareError;
use crate::asked::check_once;
use crate::table::{Basis, Column, Comparison, Described, Of};
use crate::unmeasured::not_measured;
use dtao_files::folder::rows::Rows;
use dtao_files::folder::{Claims, FolderError, Kind, MANIFEST, PARTS};
use dtao_files::input::{InputError, suggest};
use dtao_sweep::manifest::Manifest;

/// What a sweep's runs came to: by arm, outcome, and point and seed.
type Runs = BTreeMap<String, BTreeMap<(u64, u64), Vec<Option<f64>>>>;

/// Compares the arms of a finished sweep with one of them, the first without `base`: a row for each point and outcome.
///
/// # Errors
/// If the folder holds no finished sweep, its tables are not as it wrote them, or it has no such arm or outcome.
pub fn compare(folder: &Path, base: Option<&str>, outcomes: &[String]) -> Result<Comparison, CompareError> {
    let manifest = manifest(folder)?;
    let names: Vec<&str> = manifest.arms.iter().map(|arm| arm.name.as_str()).collect();
    let base = base.unwrap_or(names[0]);
    if !names.contains(&base) {
        let message = format!("the sweep has no arm `{base}`");
        return Err(InputError::file("--base", message, suggest(base, &names, "arms")).into());
    }
    check_once("--outcome", "outcome", outcomes)?;
    if let Some(unknown) = outcomes.iter().find(|name| !manifest.outcomes.contains(name)) {
        return Err(not_measured(&manifest, unknown).into());
    }
    let (runs, points) = read(folder, &manifest)?;
    let others = names.iter().copied().filter(|&name| name != base);
    let arms: Vec<&str> = std::iter::once(base).chain(others).collect();
    let wanted: Vec<&String> =
        if outcomes.is_empty() { &manifest.outcomes } else { outcomes }.iter().collect();
    let described: Vec<Described> = points
        .iter()
        .flat_map(|(&point, at)| {
            let manifest = &manifest;
            wanted.iter().map(move |name| Described {
                key: key(name, point),
                // A point is told by its factors.
                name: if at.is_empty() { (*name).clone() } else { format!("{name}, {at}") },
                about: String::new(),
                kind: manifest.kinds[*name],
            })
        })
        .collect();
    let columns: Vec<Column> = arms.iter().map(|arm| column(arm, &runs, &manifest)).collect();
    let about = format!("{}, {} runs of {} arm(s)", manifest.sweep, manifest.runs, names.len());
    let mut notes = Vec::new();
    let failed: u64 = manifest.tables.get("failures.csv").and_then(|digest| digest.rows).unwrap_or(0);
    if failed > 0 {
        notes.push(format!("{failed} of the sweep's runs failed; they are left out."));
    }
    let basis = basis(&columns);
    notes.extend(note(basis));
    let made = manifest.tables.get("runs.csv").and_then(|digest| digest.rows).unwrap_or(0);
    let of = Of { about, runs: made + failed, failed };
    Ok(Comparison::of(of, &columns, &described, basis, notes))
}

/// What differences stand on.
fn basis(columns: &[Column]) -> Basis {
    let values = || columns.iter().flat_map(|column| column.values.values());
    let bits = |value: &Option<f64>| value.map(f64::to_bits);
    let is_constant = |runs: &Vec<Option<f64>>| runs.iter().all(|value| bits(value) == bits(&runs[0]));
    match () {
        () if values().all(|runs| runs.len() < 2) => Basis::OneSeed,
        () if values().all(|runs| runs.len() > 1 && is_constant(runs)) => Basis::Exact,
        () => Basis::Seeds,
    }
}

/// What a reader has to know of it.
fn note(basis: Basis) -> Option<String> {
    let note = match basis {
        Basis::OneSeed => {
            "Each point has one seed, so there are no intervals, and each difference may be chance."
        }
        Basis::Exact => {
            "Nothing that was measured is random: at each point all seeds of an arm have the same outcomes, so there are no intervals."
        }
        Basis::Seeds => return None,
    };
    Some(note.into())
}

/// Where an outcome at a point is kept.
fn key(outcome: &str, point: u64) -> String {
    format!("{point} {outcome}")
}

/// The manifest of a finished sweep.
fn manifest(folder: &Path) -> Result<Manifest, CompareError> {
    let path = folder.join(MANIFEST);
    let refused = |what: &str, help: &str| {
        let error = InputError::file(folder, what.to_owned(), Some(help.to_owned()));
        Err(CompareError::from(error))
    };
    let unfinished = || {
        let help = "finish it with `dtao sweep FILE --out DIR --resume`, then compare its arms";
        refused("the sweep in this folder is not finished", help)
    };
    let found = |kind| FolderError::OtherKind { folder: folder.to_owned(), found: kind, wanted: Kind::Sweep };
    match Claims::read(&path)? {
        Some(claims) if claims.kind != Kind::Sweep => Err(found(claims.kind).into()),
        Some(claims) if claims.complete => Ok(Manifest::read(&claims, &path)?),
        Some(_) => unfinished(),
        None => match Claims::read(&folder.join(PARTS).join(MANIFEST))? {
            Some(claims) if claims.kind == Kind::Sweep => unfinished(),
            _ => refused(
                "no finished sweep is in this folder",
                "name the folder that `dtao sweep --out DIR` or `dtao merge` has written, or a scenario's file",
            ),
        },
    }
}

/// The runs of `runs.csv`, held against the manifest, and each point's factors as text.
fn read(folder: &Path, manifest: &Manifest) -> Result<(Runs, BTreeMap<u64, String>), FolderError> {
    let rows = Rows::open(folder, "runs.csv", &manifest.tables)?;
    let (point, arm, seed) = (rows.place("point")?, rows.place("arm")?, rows.place("seed")?);
    let factors = manifest.factors.iter().map(|factor| Ok((factor.name.as_str(), rows.place(&factor.name)?)));
    let factors = factors.collect::<Result<Vec<_>, FolderError>>()?;
    let outcomes = manifest.outcomes.iter().map(|name| rows.place(name)).collect::<Result<Vec<_>, _>>()?;
    let (mut runs, mut points) = (Runs::new(), BTreeMap::new());
    rows.each(|row| {
        let (point, seed) = (row.whole(point)?, row.whole(seed)?);
        let at = || factors.iter().map(|&(name, at)| format!("{name} = {}", shown(row.text(at))));
        points.entry(point).or_insert_with(|| at().collect::<Vec<_>>().join(", "));
        let values = outcomes.iter().map(|&at| row.number(at)).collect::<Result<Vec<_>, _>>()?;
        runs.entry(row.text(arm).to_owned()).or_default().insert((point, seed), values);
        Ok(())
    })?;
    Ok((runs, points))
}

/// A factor's value: a number without the decimals that it does not need.
fn shown(cell: &str) -> String {
    cell.parse::<f64>().map_or_else(|_| cell.to_owned(), |number| number.to_string())
}

/// An arm's outcomes at each point, by the seeds of all arms there.
fn column(arm: &str, runs: &Runs, manifest: &Manifest) -> Column {
    let none = BTreeMap::new();
    let own = runs.get(arm).unwrap_or(&none);
    let all: BTreeSet<(u64, u64)> = runs.values().flat_map(|runs| runs.keys().copied()).collect();
    let mut values: BTreeMap<String, Vec<Option<f64>>> = BTreeMap::new();
    for (point, seed) in all {
        let found = own.get(&(point, seed));
        for (index, name) in manifest.outcomes.iter().enumerate() {
            values.entry(key(name, point)).or_default().push(found.and_then(|values| values[index]));
        }
    }
    Column { name: arm.to_owned(), values, trace: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(values: &[(&str, &[Option<f64>])]) -> Column {
        let values = values.iter().map(|(key, values)| ((*key).to_owned(), values.to_vec())).collect();
        Column { name: "arm".into(), values, trace: None }
    }

    #[test]
    fn nothing_is_random_where_no_seed_differs_from_another() {
        let same: &[Option<f64>] = &[Some(1.0), Some(1.0)];
        assert_eq!(basis(&[column(&[("0 x", same), ("0 y", &[None, None])])]), Basis::Exact);
        assert_eq!(basis(&[column(&[("0 x", same)]), column(&[("0 x", &[Some(1.0), None])])]), Basis::Seeds);
        assert_eq!(basis(&[column(&[("0 x", &[Some(1.0), Some(2.0)])])]), Basis::Seeds);
        assert_eq!(basis(&[column(&[("0 x", &[Some(1.0)]), ("1 x", same)])]), Basis::Seeds);
        assert_eq!(basis(&[column(&[("0 x", &[Some(1.0)])])]), Basis::OneSeed);
    }
}
