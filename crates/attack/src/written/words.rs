//! Programs in words.

use dtao_agents::program::{Action, Key, Pattern, Place, Program, Side, Stand, Step, Wait};

/// What a program does, step by step, in a sentence.
#[must_use]
pub fn steps(program: &Program) -> String {
    if program.steps.is_empty() {
        return "It does nothing.".into();
    }
    let several = program.accounts() > 1;
    let steps: Vec<String> =
        program.steps.iter().enumerate().map(|(at, step)| one(step, at == 0, several)).collect();
    format!("Steps: {}.", steps.join("; "))
}

fn one(step: &Step, is_first: bool, several: bool) -> String {
    let wait = match step.wait {
        Wait::Blocks(0) if is_first => "in the first block".into(),
        Wait::Blocks(0) => "in the same block".into(),
        Wait::Blocks(number) if is_first => format!("{} after the start", blocks(number)),
        Wait::Blocks(number) => format!("{} later", blocks(number)),
        Wait::Epoch { on, after } => {
            let number = blocks(after.unsigned_abs().into());
            match after {
                0 => format!("in the block of the next epoch of {}", place(on)),
                1.. => format!("{number} after the next epoch of {}", place(on)),
                _ => format!("{number} before the next epoch of {}", place(on)),
            }
        }
        Wait::Above { on, ratio, within } => {
            let (on, within) = (place(on), blocks(within));
            format!("once the price of {on} has risen to {ratio} times what it was, or after {within}")
        }
        Wait::Below { on, ratio, within } => {
            let (on, within) = (place(on), blocks(within));
            format!("once the price of {on} has fallen to {ratio} times what it was, or after {within}")
        }
        Wait::Pending { on, side, tao, within } => {
            let side = match side {
                Side::Buys => "purchase",
                Side::Sells => "sale",
                Side::Any => "trade",
            };
            let stand = match step.stand {
                Stand::Before => ", right before it",
                Stand::After => ", right after it",
                Stand::Last => "",
            };
            format!(
                "when a {side} of {} TAO or more on {} is pending{stand}, or after {}",
                tao.to_f64(),
                place(on),
                blocks(within)
            )
        }
    };
    let who = if several { format!(", account {}", step.account) } else { String::new() };
    format!("{wait}{who}: {}", call(&step.action))
}

fn blocks(number: u64) -> String {
    if number == 1 { "1 block".into() } else { format!("{number} blocks") }
}

fn part(part: f64) -> String {
    match (part * 1e4).round() / 1e2 {
        _ if part == 1.0 => "all".into(),
        0.0 if part > 0.0 => "less than 0.01 %".into(),
        percent => format!("{percent} %"),
    }
}

fn whose(hotkey: Key) -> String {
    match hotkey {
        Key::Validator => "the validators' hotkey".into(),
        Key::Own => "its own hotkey".into(),
        Key::Account(number) => format!("account {number}'s hotkey"),
        Key::Owner => "the owner's hotkey".into(),
    }
}

/// Where stake is, unless it is where most is.
fn on(hotkey: Key) -> String {
    if hotkey == Key::Validator { String::new() } else { format!(" on {}", whose(hotkey)) }
}

fn place(place: Place) -> String {
    match place {
        Place::Root => "root".into(),
        Place::Largest => "the largest subnet".into(),
        Place::Median => "the median subnet".into(),
        Place::Smallest => "the smallest subnet".into(),
        Place::Ranked(rank) => format!("the subnet of rank {rank}"),
        Place::AtBar(0) => "the subnet at the gate's bar".into(),
        Place::AtBar(below) => {
            let (number, side) = (below.unsigned_abs(), if below > 0 { "below" } else { "above" });
            let ranks = if number == 1 { "rank" } else { "ranks" };
            format!("the subnet {number} {ranks} {side} the gate's bar")
        }
        Place::Own => "its own subnet".into(),
        Place::Netuid(number) => format!("subnet {number}"),
    }
}

fn call(action: &Action) -> String {
    match *action {
        Action::Stake { on: at, part: of, hotkey, limit } => {
            let limit = limit.map_or_else(String::new, |limit| format!(", up to {limit} times the price"));
            format!("stake {} of its free TAO on {}{}{limit}", part(of), place(at), on(hotkey))
        }
        Action::Unstake { on: at, part: of, hotkey, limit } => {
            let limit = limit.map_or_else(String::new, |limit| format!(", down to {limit} times the price"));
            format!("unstake {} from {}{}{limit}", part(of), place(at), on(hotkey))
        }
        Action::UnstakeAll { hotkey } => format!("unstake everything{}", on(hotkey)),
        Action::UnstakeAllAlpha { hotkey } => format!("unstake all alpha{} to root", on(hotkey)),
        Action::SwapStake { from, to, part: of, hotkey } => {
            format!("move {} of its stake from {} to {}{}", part(of), place(from), place(to), on(hotkey))
        }
        Action::MoveStake { from, to, part: of, to_hotkey, .. } => {
            format!("move {} of its stake from {} to {}{}", part(of), place(from), place(to), on(to_hotkey))
        }
        Action::TransferStake { from, to, part: of, receiver, .. } => {
            format!(
                "give {} of its stake on {} to account {receiver} on {}",
                part(of),
                place(from),
                place(to)
            )
        }
        Action::RegisterSubnet => "register a subnet".into(),
        Action::StartSubnet { on: at } => format!("start {}", place(at)),
        Action::RegisterNeuron { on: at } => format!("register a neuron on {}", place(at)),
        Action::SetWeights { on: at, pattern } => {
            let whom = match pattern {
                Pattern::Own => "its other accounts".into(),
                Pattern::Others => "all others alike".into(),
                Pattern::Copy => "whom the largest validator rewards".into(),
                Pattern::On(key) => format!("{} alone", whose(key)),
            };
            format!("set weights on {} for {whom}", place(at))
        }
        Action::SetChildren { on: at, child, part: of } => {
            format!(
                "lend {} of the stake weight of its hotkey on {} to {}",
                part(of),
                place(at),
                whose(child)
            )
        }
        Action::SetEmissionWeights { on: at, owner, validator } => {
            format!(
                "divide the emission of {}: {} to the owner, {} to validators, the rest to miners",
                place(at),
                part(owner),
                part(validator)
            )
        }
        Action::LockStake { on: at, part: of, hotkey } => {
            format!("lock {} of its stake on {} for {}", part(of), place(at), whose(hotkey))
        }
        Action::MoveLock { on: at, hotkey } => {
            format!("move its lock on {} to {}", place(at), whose(hotkey))
        }
        Action::SetPerpetualLock { on: at, enabled } => {
            format!("let its lock on {} {}", place(at), if enabled { "last" } else { "decay" })
        }
        Action::SetRootWeights { on: at } => format!("vote for {} on root", place(at)),
        Action::ClaimRoot { on: at } => format!("claim what root is owed of {}", place(at)),
        Action::ClaimFunds => "claim what it is owed of funds".into(),
        Action::StakeIntoFund { part: of, .. } => format!("stake {} of its free TAO into a fund", part(of)),
        Action::TradeFund { from, to, part: of } => {
            format!("trade {} of what its fund holds of {} for {}", part(of), place(from), place(to))
        }
        Action::SetClaimType { .. } => "choose what its claims turn into".into(),
        Action::FakeValue { on: at, part: of } => {
            format!("pay {} of its free TAO for a higher measurement of {}", part(of), place(at))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_and_hotkeys_are_told_as_people_say_them() {
        let on = Place::Netuid(3);
        let told =
            |wait: Wait, action: Action| steps(&Program::new(vec![Step { wait, ..Step::new(action) }]));
        let epoch = |after: i32| told(Wait::Epoch { on, after }, Action::RegisterSubnet);
        assert_eq!(epoch(-1), "Steps: 1 block before the next epoch of subnet 3: register a subnet.");
        assert_eq!(epoch(0), "Steps: in the block of the next epoch of subnet 3: register a subnet.");
        assert_eq!(epoch(7), "Steps: 7 blocks after the next epoch of subnet 3: register a subnet.");
        let lent = |child: Key| told(Wait::Blocks(1), Action::SetChildren { on, child, part: 0.5 });
        assert_eq!(
            lent(Key::Validator),
            "Steps: 1 block after the start: lend 50 % of the stake weight of its hotkey on subnet 3 to the validators' hotkey."
        );
        assert!(lent(Key::Account(1)).ends_with("to account 1's hotkey."));
        let locked = told(Wait::Blocks(0), Action::LockStake { on, part: 1e-6, hotkey: Key::Owner });
        assert!(
            locked.ends_with("lock less than 0.01 % of its stake on subnet 3 for the owner's hotkey."),
            "{locked}"
        );
    }
}
