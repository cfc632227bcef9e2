//! Reading scenarios with every file that they name; a scenario that begins where another ends is replayed up to there.

mod opening;
mod pools;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dtao_engine::market::PriceFiles;
use dtao_protocol::units::Block;

use crate::recorded::launch::wrong_registration;
use crate::recorded::library::Library;
use crate::scenario::check::prices::{NamedPrices, Reader, check_prices};
use crate::scenario::{LaunchSubnets, Loaded, Resolved, Start, check, supply};
use dtao_files::input::{InputError, Source, locate};

impl Loaded {
    /// Reads a scenario and every file that it names, and checks all of it.
    ///
    /// # Errors
    /// If a file is missing or wrong: says which, where in it, and what would be right.
    pub fn read(path: &Path, assignments: &[String]) -> Result<Self, InputError> {
        Self::read_with(path, assignments, LaunchSubnets::Needed)
    }

    /// [`Loaded::read`], by whether the launch's subnets are to be there already.
    ///
    /// # Errors
    /// As for [`Loaded::read`].
    pub fn read_with(
        path: &Path,
        assignments: &[String],
        launch_subnets: LaunchSubnets,
    ) -> Result<Self, InputError> {
        Self::read_from(&Library::default(), path, assignments, launch_subnets)
    }

    /// [`Loaded::read_with`], with files that other scenarios have read already.
    ///
    /// # Errors
    /// As for [`Loaded::read`].
    pub fn read_from(
        library: &Library,
        path: &Path,
        assignments: &[String],
        launch_subnets: LaunchSubnets,
    ) -> Result<Self, InputError> {
        let resolved = Resolved::read_from(library, path, assignments)?;
        Self::of(library, path, resolved, launch_subnets)
    }

    /// Reads every file that a scenario names, and checks all of it. `path` is the scenario's own file, or its variant's.
    ///
    /// # Errors
    /// As for [`Loaded::read`].
    pub fn of(
        library: &Library,
        path: &Path,
        resolved: Resolved,
        launch_subnets: LaunchSubnets,
    ) -> Result<Self, InputError> {
        let (source, mut scenario, planned) = (resolved.source, resolved.scenario, resolved.planned);
        check::check(&scenario, &source, planned)?;
        let first = scenario.start.first_block();
        let run = first..=Block(first.0 + (planned - 1));

        let folder = source.path.parent().unwrap_or(Path::new("")).to_owned();
        let (hashes, named) = (BTreeMap::new(), Vec::new());
        let mut tables = PriceTables { folder: &folder, hashes, named, source: &source, library };
        for (index, group) in scenario.agents.iter_mut().enumerate() {
            let field = format!("agents[{index}].strategy.{}.prices", group.strategy.name());
            if let Some(files) = group.strategy.price_files() {
                tables.fill(files, field, Reader::Strategy(index))?;
            }
        }
        for (index, group) in scenario.agents.iter_mut().enumerate() {
            let field = format!("agents[{index}].strategy.{}.events", group.strategy.name());
            if let Some((file, trader)) = group.strategy.flow_file() {
                let (flows, hash) = library
                    .flows(&folder.join(&file.path), trader)
                    .map_err(|error| error.named_in(&source, &field))?;
                tables.hashes.insert(file.path.display().to_string(), hash);
                file.flows = flows;
            }
        }
        for (name, metric) in &mut scenario.metrics {
            let field = format!("metrics.{}.{}.prices", locate::quoted(name), metric.name());
            if let Some(files) = metric.price_files() {
                tables.fill(files, field, Reader::Metric(name.clone()))?;
            }
        }
        let (mut files, named) = (tables.hashes, tables.named);
        let mut subnets = Vec::new();
        let mut origins = Vec::new();
        let mut checkpoint = opening::replay(&scenario, &source, &folder, &mut files, library)?;
        if let Start::Pools { subnets: file, .. } = &scenario.start {
            let (table, hash) = library
                .pools(&folder.join(file))
                .map_err(|error| error.named_in(&source, "start.Pools.subnets"))?;
            files.insert(file.display().to_string(), hash);
            let (state, given) = pools::state(&scenario, &source, &table)?;
            let netuids: Vec<_> = state.subnets.iter().map(|subnet| subnet.netuid).collect();
            let existing = check::netuids::check_netuids(&scenario, &source, &netuids)?;
            check_prices(&scenario, &source, &run, &named, &existing)?;
            supply::check_pools(&scenario, &source, &state)?;
            (checkpoint, origins) = (Some(Arc::new(state)), given);
        } else if let Some(checkpoint) = &checkpoint {
            let netuids: Vec<_> = checkpoint.subnets.iter().map(|subnet| subnet.netuid).collect();
            let existing = check::netuids::check_netuids(&scenario, &source, &netuids)?;
            check_prices(&scenario, &source, &run, &named, &existing)?;
            supply::check_replayed(&scenario, &source, checkpoint)?;
        }
        if let Start::Genesis { subnets: subnets_file, .. } = &scenario.start
            && launch_subnets == LaunchSubnets::Needed
        {
            let (read, hash) = library
                .launch_subnets(&folder.join(subnets_file))
                .map_err(|error| error.named_in(&source, "start.Genesis.subnets"))?;
            subnets = read.to_vec();
            if let Some((row, message)) = check::reach::future_registration(&subnets, first) {
                return Err(wrong_registration(&folder.join(subnets_file), row, message));
            }
            files.insert(subnets_file.display().to_string(), hash);
            let netuids: Vec<_> = subnets.iter().map(|subnet| subnet.netuid).collect();
            let existing = check::netuids::check_netuids(&scenario, &source, &netuids)?;
            check_prices(&scenario, &source, &run, &named, &existing)?;
            check::check_shares(&scenario, &source, &subnets)?;
            supply::check_genesis(&scenario, &source, subnets.len())?;
        }
        let name = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        let (assignments, as_spec) = (resolved.assignments, resolved.as_spec);
        Ok(Self {
            name,
            scenario,
            source,
            assignments,
            subnets,
            checkpoint,
            origins,
            files,
            planned,
            as_spec,
            series: Vec::new(),
        })
    }
}

/// Price tables, and the hashes of their files.
struct PriceTables<'a> {
    folder: &'a Path,
    hashes: BTreeMap<String, String>,
    named: Vec<NamedPrices>,
    source: &'a Source,
    library: &'a Library,
}

impl PriceTables<'_> {
    fn fill(&mut self, files: &mut PriceFiles, field: String, reader: Reader) -> Result<(), InputError> {
        let paths: Vec<PathBuf> = files.paths.iter().map(|path| self.folder.join(path)).collect();
        let mut tables = Vec::with_capacity(paths.len());
        for (index, path) in paths.iter().enumerate() {
            let (table, hash) = self
                .library
                .prices(path)
                .map_err(|error| error.named_in(self.source, &format!("{field}[{index}]")))?;
            self.hashes.insert(files.paths[index].display().to_string(), hash);
            tables.push(table);
        }
        files.table = self.library.merged(paths, &tables);
        self.named.push(NamedPrices { field, tables, reader });
        Ok(())
    }
}
