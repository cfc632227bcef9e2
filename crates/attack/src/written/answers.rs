//! What others did about an attack, as text.

use dtao_files::table::cell;

use crate::respond::{Answered, End, ROUNDS, Switch};

/// The gain after answers with its interval, and the answers; nothing if nobody was asked.
pub(super) fn cells(answered: Option<&Answered>) -> [String; 4] {
    let Some(answered) = answered else { return Default::default() };
    let mean = answered.gain.mean;
    let bounds = answered.gain.interval.map_or((mean, mean), |of| (Some(of.low), Some(of.high)));
    [cell(mean), cell(bounds.0), cell(bounds.1), words(answered)]
}

/// Who does something else, in one line, and whether that is the end of it.
#[must_use]
pub fn words(answered: &Answered) -> String {
    let switch = |Switch { group, to, gains, anyway }: &Switch| {
        let anyway = if *anyway { ", and pays without the attack, too" } else { "" };
        format!("{group} {} ({gains:.4} TAO more for them{anyway})", to.words())
    };
    let all: Vec<String> = answered.switches.iter().map(switch).collect();
    let all = if all.is_empty() { "nobody does anything else".into() } else { all.join("; ") };
    match answered.end {
        End::Settled => all,
        End::Cycle => format!("{all}; the answers come round again, this is one of them"),
        End::Unfinished => format!("{all}; answers still changed in round {ROUNDS}, the last"),
    }
}
