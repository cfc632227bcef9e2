//! The markets that are shipped, and what is known beside the pools of any.

use std::path::{Path, PathBuf};

use dtao_experiment::recorded::library::Library;
use dtao_experiment::recorded::pools::{PoolRow, pools};
use dtao_experiment::scenario::{
    Borrowed, BorrowedField, BorrowedSubnets, FlowAverages, LastRegistration, Protocol, Resolved, Start,
};
use dtao_files::input::{InputError, Source};
use dtao_protocol::era::{LAST_KNOWN, Spec};
use dtao_protocol::units::{Block, Tao};

/// A market that is shipped with the program: a scenario, and its table of pools.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shipped {
    /// The 77 subnets of 14 March 2025, as the replay of February's prices leaves them.
    March2025,
    /// The 128 subnets of 11 April 2026, as a public table has them.
    April2026,
}

impl Shipped {
    /// All of them, in the order of their dates.
    pub const ALL: [Self; 2] = [Self::March2025, Self::April2026];

    /// Its name: that of its scenario.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::March2025 => "march_2025",
            Self::April2026 => "april_2026",
        }
    }

    /// What it is, for people.
    #[must_use]
    pub const fn about(self) -> &'static str {
        match self {
            Self::March2025 => "the 77 subnets of 14 March 2025, as the replay of prices leaves them",
            Self::April2026 => "the 128 subnets of 11 April 2026, from a public table",
        }
    }

    /// The market whose date is nearer to that of a runtime's rules.
    #[must_use]
    pub fn near(spec: Spec) -> Self {
        // Half of the time between the two.
        if spec.era().date < "2025-09-27" { Self::March2025 } else { Self::April2026 }
    }

    const fn scenario(self) -> &'static str {
        match self {
            Self::March2025 => include_str!("../../../configs/scenarios/march_2025.ron"),
            Self::April2026 => include_str!("../../../configs/scenarios/april_2026.ron"),
        }
    }

    const fn table(self) -> &'static str {
        match self {
            Self::March2025 => include_str!("../../../configs/market/subnets_2025-03-14.csv"),
            Self::April2026 => include_str!("../../../configs/market/subnets_2026-04-11.csv"),
        }
    }
}

/// What is known beside the pools.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The first block to be made.
    pub block: Block,
    /// Root's TAO.
    pub root_tao: Tao,
    /// What may be claimed on root beyond that.
    pub root_uncounted: Tao,
    /// All TAO that exists.
    pub issuance: Tao,
    /// The last registration of a subnet.
    pub last_registration: Option<LastRegistration>,
    /// What the averages of flow are taken to be.
    pub flow_averages: Option<FlowAverages>,
    /// What of it, and which pools, are another market's.
    pub borrowed: Option<Borrowed>,
}

impl Frame {
    /// What of it is another market's stays so, except a field that is known.
    pub(crate) fn knows(&mut self, known: &[BorrowedField]) {
        if let Some(borrowed) = &mut self.borrowed {
            borrowed.fields.retain(|field| !known.contains(field));
        }
    }
}

/// The newest runtime whose rules are known.
#[must_use]
pub fn newest() -> Spec {
    Spec::known(LAST_KNOWN)
}

/// What a shipped market knows beside its pools, and its rules under a runtime.
///
/// # Errors
/// If what is shipped could not be read.
pub fn frame(shipped: Shipped, spec: Spec) -> Result<(Frame, Protocol), InputError> {
    let library = Library::default();
    let path = PathBuf::from(format!("{}.ron", shipped.name()));
    library.put(Source::new(&path, shipped.scenario()));
    let scenario = Resolved::read_from(&library, &path, &[])?.scenario;
    let (mut frame, _) = begins(&scenario.start).expect("a shipped market begins with a table of pools");
    let (from, fields) = (shipped.name().to_owned(), BorrowedField::ALL.to_vec());
    frame.borrowed = Some(Borrowed { from, fields, subnets: BorrowedSubnets::Nobody });
    let mut protocol = scenario.protocol;
    protocol.spec = spec;
    Ok((frame, protocol))
}

/// The pools of a shipped market.
///
/// # Errors
/// If what is shipped could not be read.
pub fn rows(shipped: Shipped) -> Result<Vec<PoolRow>, InputError> {
    let path = format!("{}.csv", shipped.name());
    pools(Path::new(&path), shipped.table().as_bytes().to_vec()).map(|table| table.rows)
}

/// What a start from a table knows beside it, and the table.
#[must_use]
pub fn begins(start: &Start) -> Option<(Frame, &Path)> {
    match start {
        Start::Pools {
            block,
            subnets,
            root_tao,
            root_uncounted,
            issuance,
            last_registration,
            flow_averages,
            borrowed,
            ..
        } => Some((
            Frame {
                block: *block,
                root_tao: *root_tao,
                root_uncounted: *root_uncounted,
                issuance: *issuance,
                last_registration: *last_registration,
                flow_averages: *flow_averages,
                borrowed: borrowed.clone(),
            },
            subnets,
        )),
        Start::Genesis { .. } | Start::Replayed { .. } => None,
    }
}
