//! The mechanisms, and the sweeps that are made of each.

/// A mechanism: who leaves, and why.
#[derive(Clone, Copy, Debug)]
pub struct Mechanism {
    /// How it is called.
    pub name: &'static str,
    /// What it stands for.
    pub about: &'static str,
    /// Its scenario's file.
    pub scenario: &'static str,
    /// Its sweeps.
    pub parts: &'static [Part],
}

/// A sweep of a mechanism.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// How it, and its folder, is called.
    pub name: &'static str,
    /// Its file.
    pub sweep: &'static str,
}

/// How many seeds of every arm a look takes.
pub const LOOK: u64 = 10;

const MAIN: Part = Part { name: "main", sweep: "sn28.ron" };
const ALONE: Part = Part { name: "main", sweep: "sn28_alone.ron" };
const RESCUE: Part = Part { name: "rescue", sweep: "sn28_rescue.ron" };
const ATTACK: Part = Part { name: "attack", sweep: "sn28_attack.ron" };
const ABLATIONS: Part = Part { name: "ablations", sweep: "sn28_ablations.ron" };

/// The mechanisms. M1, M2 and M4 are one: somebody leaves at the cut, and stops do the rest. They differ in who it is.
pub const MECHANISMS: [Mechanism; 5] = [
    Mechanism {
        name: "M1",
        about: "the cut sets off a cascade of stops; holders, owner and pumper watch their income",
        scenario: "sn28.ron",
        parts: &[MAIN, ABLATIONS, ATTACK, RESCUE],
    },
    Mechanism {
        name: "M2",
        about: "the cut sets off the same cascade; the pumper alone watches its income",
        scenario: "sn28_stops.ron",
        parts: &[MAIN],
    },
    Mechanism {
        name: "M3",
        about: "nobody intervenes; the pumper's own clock sets off the cascade",
        scenario: "sn28_clock.ron",
        parts: &[ALONE, ATTACK],
    },
    Mechanism {
        name: "M4",
        about: "as M1, with an older holder of 22,000 alpha and a pumper of 370 TAO",
        scenario: "sn28_older.ron",
        parts: &[MAIN],
    },
    Mechanism {
        name: "M5",
        about: "as M3, with the older holder and the smaller pumper",
        scenario: "sn28_older_clock.ron",
        parts: &[ALONE],
    },
];

impl Mechanism {
    /// Whether somebody intervenes, so that there is something to compare with nobody's doing so.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.parts.contains(&MAIN)
    }
}
