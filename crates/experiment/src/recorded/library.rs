//! Files that many scenarios share: each is read once, and what it says is kept.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use dtao_engine::checkpoint::Checkpoint;
use dtao_engine::market::{Flow, PriceTable};
use dtao_files::input::csv_file::read;
use dtao_files::input::{InputError, Source, sha256};
use dtao_protocol::era::Spec;
use dtao_protocol::units::Block;

use super::launch::{LaunchSubnet, launch_subnets};
use super::pools::{self, PoolTable};
use super::prices::prices;
use super::trades::flows;
use crate::as_spec::AsSpec;

/// What a file says, and the file's SHA-256 in hexadecimal.
type Hashed<T> = (Arc<T>, String);

/// The state in which a scenario leaves the chain at a block, and what that depends on.
#[derive(Clone, Debug)]
pub(crate) struct Replayed {
    pub checkpoint: Arc<Checkpoint>,
    /// SHA-256 of the scenario and of every file that it reads, by name.
    pub files: BTreeMap<String, String>,
}

/// Files that have been read.
///
/// Whoever asks a library for a file twice gets the same answer, even if the file has changed on disk: all
/// points of a sweep see one state of their files. Values are shared, not copied.
#[derive(Debug, Default)]
pub struct Library {
    as_spec: Option<Spec>,
    /// The runtimes that it has stood in for.
    replaced: Mutex<BTreeSet<u16>>,
    sources: Kept<PathBuf, Source>,
    prices: Kept<PathBuf, (Arc<PriceTable>, String)>,
    merged: Kept<Vec<PathBuf>, Arc<PriceTable>>,
    flows: Kept<(PathBuf, String), Hashed<[Flow]>>,
    subnets: Kept<PathBuf, (Arc<[LaunchSubnet]>, String)>,
    pools: Kept<PathBuf, (Arc<PoolTable>, String)>,
    replayed: Kept<(PathBuf, Block), Replayed>,
}

impl Library {
    /// Nothing has been read yet; scenarios that ask for runtimes whose rules are not known are read as if they asked for
    /// this one, if one is given.
    #[must_use]
    pub fn reading_as(as_spec: Option<Spec>) -> Self {
        Self { as_spec, ..Self::default() }
    }

    /// The runtime that stands in for unknown ones.
    pub(crate) const fn as_spec(&self) -> Option<Spec> {
        self.as_spec
    }

    /// Remembers which runtimes it has stood in for.
    pub(crate) fn stood_in(&self, as_spec: &AsSpec) {
        self.replaced.lock().expect("nothing panics while it is locked").extend(&as_spec.instead_of);
    }

    /// The runtime that has stood in for unknown ones, and for which; none if all were known.
    #[must_use]
    pub fn replaced(&self) -> Option<AsSpec> {
        let replaced = self.replaced.lock().expect("nothing panics while it is locked");
        let instead_of: Vec<u16> = replaced.iter().copied().collect();
        self.as_spec.filter(|_| !instead_of.is_empty()).map(|spec| AsSpec { spec, instead_of })
    }

    /// The text of a file.
    ///
    /// # Errors
    /// As for [`Source::read`].
    pub fn source(&self, path: &Path) -> Result<Source, InputError> {
        self.sources.get(path.to_owned(), || Source::read(path))
    }

    /// Puts a text in a file's place, as if it had been read: for those who try many texts.
    pub fn put(&self, source: Source) {
        self.sources.put(source.path.clone(), source);
    }

    /// Puts a table of pools in a file's place, as if it had been read.
    ///
    /// # Errors
    /// As for [`pools::pools`].
    pub fn put_pools(&self, path: &Path, bytes: Vec<u8>) -> Result<(), InputError> {
        let hash = sha256(&bytes);
        self.pools.put(path.to_owned(), (Arc::new(pools::pools(path, bytes)?), hash));
        Ok(())
    }

    /// The recorded prices of a file, and the file's SHA-256 in hexadecimal.
    ///
    /// # Errors
    /// As for [`prices`].
    pub fn prices(&self, path: &Path) -> Result<(Arc<PriceTable>, String), InputError> {
        self.prices.get(path.to_owned(), || {
            let bytes = read(path)?;
            let hash = sha256(&bytes);
            Ok((Arc::new(prices(path, bytes)?), hash))
        })
    }

    /// The trades of one group in a table of events, and the file's SHA-256 in hexadecimal.
    ///
    /// # Errors
    /// As for [`flows`].
    pub fn flows(&self, path: &Path, group: &str) -> Result<(Arc<[Flow]>, String), InputError> {
        self.flows.get((path.to_owned(), group.to_owned()), || {
            let bytes = read(path)?;
            let hash = sha256(&bytes);
            Ok((flows(path, bytes, group)?.into(), hash))
        })
    }

    /// The prices of several files that [`Self::prices`] has read, put together.
    pub(crate) fn merged(&self, paths: Vec<PathBuf>, tables: &[Arc<PriceTable>]) -> Arc<PriceTable> {
        let merge = || {
            let tables: Vec<PriceTable> = tables.iter().map(|table| (**table).clone()).collect();
            Ok(Arc::new(PriceTable::merge(&tables)))
        };
        self.merged.get(paths, merge).expect("merging refuses nothing")
    }

    /// The state that a replayed start begins with: a scenario, replayed up to a block.
    pub(crate) fn replayed(
        &self,
        path: &Path,
        until: Block,
        make: impl FnOnce() -> Result<Replayed, InputError>,
    ) -> Result<Replayed, InputError> {
        self.replayed.get((path.to_owned(), until), make)
    }

    /// The subnets of a launch, and the file's SHA-256 in hexadecimal.
    ///
    /// # Errors
    /// As for [`launch_subnets`].
    pub fn launch_subnets(&self, path: &Path) -> Result<(Arc<[LaunchSubnet]>, String), InputError> {
        self.subnets.get(path.to_owned(), || {
            let bytes = read(path)?;
            let hash = sha256(&bytes);
            Ok((launch_subnets(path, bytes)?.into(), hash))
        })
    }

    /// The pools of a table, and the file's SHA-256 in hexadecimal.
    ///
    /// # Errors
    /// As for [`pools::pools`].
    pub fn pools(&self, path: &Path) -> Result<(Arc<PoolTable>, String), InputError> {
        self.pools.get(path.to_owned(), || {
            let bytes = read(path)?;
            let hash = sha256(&bytes);
            Ok((Arc::new(pools::pools(path, bytes)?), hash))
        })
    }
}

/// Values by key, each made once.
#[derive(Debug)]
struct Kept<K, V>(Mutex<BTreeMap<K, V>>);

impl<K, V> Default for Kept<K, V> {
    fn default() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }
}

impl<K: Ord, V: Clone> Kept<K, V> {
    fn put(&self, key: K, value: V) {
        self.0.lock().expect("nothing panics while it is locked").insert(key, value);
    }

    /// Whoever else asks waits: a large file is not read by two threads at once.
    fn get(&self, key: K, make: impl FnOnce() -> Result<V, InputError>) -> Result<V, InputError> {
        let mut kept = self.0.lock().expect("nothing panics while it is locked");
        if let Some(value) = kept.get(&key) {
            return Ok(value.clone());
        }
        let value = make()?;
        kept.insert(key, value.clone());
        Ok(value)
    }
}
