//! The calibration's numbers are in their ranges.

use dtao_agents::range::LOGARITHM;

use crate::scenario::{Calibration, Scenario};
use dtao_files::input::{InputError, Source};

pub(super) fn check_calibration(scenario: &Scenario, source: &Source) -> Result<(), InputError> {
    let Some(calibration) = scenario.calibration else { return Ok(()) };
    let refuse = |field: &str, message: String, help: &str| {
        Err(InputError::at(source, &format!("calibration.{field}"), message, Some(help.into())))
    };
    let Calibration { from, to, rounds, damping, clip } = calibration;
    if to < from {
        return refuse("to", format!("the window ends (block {to}) before it begins ({from})"), "swap them");
    }
    if !(damping > 0.0 && damping <= 1.0) {
        return refuse(
            "damping",
            format!("damping must be above 0 and at most 1, not {damping}"),
            "write more than 0, at most 1",
        );
    }
    if !(clip > 0.0 && clip <= LOGARITHM) {
        return refuse(
            "clip",
            format!("clip must be above 0 and at most {LOGARITHM}, not {clip}"),
            "write more than 0, such as 0.5",
        );
    }
    if rounds > 1_000 {
        return refuse("rounds", format!("{rounds} rounds"), "write at most 1000; six are usual");
    }
    Ok(())
}
