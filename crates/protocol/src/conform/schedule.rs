//! Kind `epoch_schedule`: how long until a subnet's epoch, or in which blocks it runs; since spec 423 the epochs of several
//! subnets, of which few run in a block.

use std::num::NonZeroU16;

use serde_json::{Value, json};

use super::Outcome;
use super::case::{Case, Revisions, Run, check, check_for, malformed, unsupported};
use super::outputs::{Found, Outputs};
use crate::schedule::{DynamicTempo, EpochClock, EpochInputs, Overdue, blocks_until_epoch, epochs_of_block};
use crate::units::{Block, Netuid};

const MAX_EPOCHS: usize = 1_000_000;

pub(super) fn run(case: &Value) -> Outcome {
    match case["op"].as_str() {
        Some("epochs_newest") => {
            return check_for(Revisions::From(423, 474), case, |case| {
                dynamic(case, DynamicTempo::SPEC_423.overdue)
            });
        }
        Some("epochs_475") => {
            return check_for(Revisions::From(426, u16::MAX), case, |case| {
                dynamic(case, Overdue::AfterTempo)
            });
        }
        _ => {}
    }
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

const MAX_STEPS: u64 = 10_000_000;

/// The epochs of several subnets in a row of blocks, all with consistent inputs; a tempo that is set counts after its
/// block's epochs.
fn dynamic(case: &Case<'_>, overdue: Overdue) -> Run<Outputs> {
    let inputs = case.inputs(&["first_block", "blocks", "max_epochs_per_block", "subnets", "set_tempo"])?;
    let mut subnets = Vec::new();
    for subnet in inputs.objects("subnets", &["netuid", "tempo", "last", "pending", "since"])? {
        let pending = Block(subnet.optional_u64("pending")?.unwrap_or(0));
        let clock = EpochClock {
            tempo: subnet.u16("tempo")?,
            last: Block(subnet.u64("last")?),
            pending: (pending > Block(0)).then_some(pending),
            since: subnet.u64("since")?,
        };
        subnets.push((subnet.u16("netuid")?, clock));
    }
    // The chain walks subnets in the order in which it keeps them: by the low byte first.
    subnets.sort_by_key(|&(netuid, _)| netuid.to_le_bytes());
    let (netuids, mut clocks): (Vec<u64>, Vec<EpochClock>) =
        subnets.into_iter().map(|(netuid, clock)| (u64::from(netuid), clock)).unzip();
    let mut changes = Vec::new();
    if !inputs.value("set_tempo").is_null() {
        for change in inputs.list("set_tempo")? {
            let change: Vec<u64> =
                change.as_array().into_iter().flatten().filter_map(Value::as_u64).collect();
            let [block, netuid, tempo] = change[..] else {
                return malformed("inputs.set_tempo has something else than [block, netuid, tempo]");
            };
            let (Some(place), Ok(tempo)) =
                (netuids.iter().position(|&known| known == netuid), tempo.try_into())
            else {
                return malformed(format!("inputs.set_tempo of subnet {netuid} to {tempo}"));
            };
            changes.push((block, place, tempo));
        }
    }
    let max_per_block = match inputs.value("max_epochs_per_block") {
        Value::Null => DynamicTempo::SPEC_423.max_per_block,
        _ => match NonZeroU16::new(inputs.u16("max_epochs_per_block")?) {
            Some(most) => most,
            None => return unsupported("blocks without epochs"),
        },
    };
    let (first, blocks) = (inputs.u64("first_block")?, inputs.u64("blocks")?);
    if blocks.saturating_mul(clocks.len() as u64) > MAX_STEPS {
        return unsupported(format!("more than {MAX_STEPS} steps"));
    }
    let rules = DynamicTempo { max_per_block, overdue };
    let (mut run, mut deferred) = (Vec::new(), Vec::new());
    for block in (first..=u64::MAX).take(blocks as usize) {
        let epochs = epochs_of_block(rules, &mut clocks, Block(block), |_| EpochInputs::Consistent);
        run.extend(epochs.run.into_iter().map(|place| [block, netuids[place]]));
        deferred.extend(epochs.deferred.into_iter().map(|place| [block, netuids[place]]));
        for &(_, place, tempo) in changes.iter().filter(|change| change.0 == block) {
            clocks[place].set_tempo(tempo, Block(block));
        }
    }
    Ok(Outputs::one("epochs", json!(run)).with("deferred", json!(deferred)))
}
