//! Kind `epoch_schedule`: how long until a subnet's epoch, or in which blocks it runs.

use serde_json::Value;

use super::Outcome;
use super::case::{Case, Run, check, unsupported};
use super::outputs::{Found, Outputs};
use crate::schedule::blocks_until_epoch;
use crate::units::{Block, Netuid};

const MAX_EPOCHS: usize = 1_000_000;

pub(super) fn run(case: &Value) -> Outcome {
    check(case, |case| match case.op {
        "" if case.has_input("first_block") => epoch_blocks(case),
        "" => wait(case),
        _ => case.unknown_op(),
    })
}

fn wait(case: &Case<'_>) -> Run<Outputs> {
    let inputs = case.inputs(&["netuid", "tempo", "block"])?;
    let wait =
        blocks_until_epoch(Netuid(inputs.u16("netuid")?), inputs.u16("tempo")?, Block(inputs.u64("block")?));
    // The chain says "never" with its largest number.
    let never = if case.expects_null("blocks_until_next_epoch") { Found::Nothing } else { u64::MAX.into() };
    Ok(Outputs::one("blocks_until_next_epoch", wait.map_or(never, Found::Whole)))
}

/// The epochs among `blocks` blocks, the first one included.
fn epoch_blocks(case: &Case<'_>) -> Run<Outputs> {
    let inputs = case.inputs(&["netuid", "tempo", "first_block", "blocks"])?;
    let (netuid, tempo) = (Netuid(inputs.u16("netuid")?), inputs.u16("tempo")?);
    let first = inputs.u64("first_block")?;
    let end = first.saturating_add(inputs.u64("blocks")?);
    let mut epochs = Vec::new();
    let mut block = first;
    while let Some(epoch) = blocks_until_epoch(netuid, tempo, Block(block))
        .and_then(|wait| block.checked_add(wait))
        .filter(|&epoch| epoch < end)
    {
        if epochs.len() == MAX_EPOCHS {
            return unsupported(format!("more than {MAX_EPOCHS} epochs"));
        }
        epochs.push(epoch);
        block = epoch + 1;
    }
    Ok(Outputs::one("epoch_blocks", epochs))
}
