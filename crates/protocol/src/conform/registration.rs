//! Kind `lock_cost`: what registering a subnet costs.

use serde_json::Value;

use super::Outcome;
use super::case::check;
use super::outputs::Outputs;
use crate::registration::{LastLock, lock_cost};
use crate::units::Block;

pub(super) fn run(case: &Value) -> Outcome {
    check(case, |case| {
        if !case.op.is_empty() {
            return case.unknown_op();
        }
        let inputs =
            case.inputs(&["last_lock", "min_lock", "last_lock_block", "block", "reduction_interval"])?;
        let last = LastLock { cost: inputs.tao("last_lock")?, block: Block(inputs.u64("last_lock_block")?) };
        let cost = lock_cost(
            last,
            inputs.tao("min_lock")?,
            inputs.u64("reduction_interval")?,
            Block(inputs.u64("block")?),
        );
        Ok(Outputs::one("lock_cost", cost))
    })
}
