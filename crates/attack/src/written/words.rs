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
        Wait::Blocks(blocks) if is_first => format!("{blocks} blocks after the start"),
        Wait::Blocks(blocks) => format!("{blocks} blocks later"),
        Wait::Epoch { on, after } => format!("{after} blocks after the next epoch of {}", place(on)),
        Wait::Above { on, ratio, within } => {
            format!("once the price of {} is {ratio} times as high, or after {within} blocks", place(on))
        }
        Wait::Below { on, ratio, within } => {
            format!("once the price of {} is down to {ratio} times, or after {within} blocks", place(on))
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
                "when a {side} of {} TAO or more on {} is pending{stand}, or after {within} blocks",
                tao.to_f64(),
                place(on)
            )
        }
    };
    let who = if several { format!(", account {}", step.account) } else { String::new() };
    format!("{wait}{who}: {}", call(&step.action))
}

fn part(part: f64) -> String {
    if part == 1.0 { "all".into() } else { format!("{} %", (part * 1e4).round() / 1e2) }
}

fn on(hotkey: Key) -> String {
    match hotkey {
        Key::Validator => String::new(),
        Key::Own => " on its own hotkey".into(),
        Key::Account(number) => format!(" on account {number}'s hotkey"),
        Key::Owner => " on the owner's hotkey".into(),
    }
}

fn place(place: Place) -> String {
    match place {
        Place::Root => "root".into(),
        Place::Largest => "the largest subnet".into(),
        Place::Median => "the median subnet".into(),
        Place::Smallest => "the smallest subnet".into(),
        Place::Ranked(rank) => format!("the subnet of rank {rank}"),
        Place::AtBar(below) => format!("the subnet {below} ranks below the gate's bar"),
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
                Pattern::Own => "its other accounts",
                Pattern::Others => "all others alike",
                Pattern::Copy => "whom the largest validator rewards",
            };
            format!("set weights on {} for {whom}", place(at))
        }
        Action::SetChildren { on: at, child, part: of } => {
            format!(
                "lend {} of its stake weight on {}{}",
                part(of),
                place(at),
                on(child).replace(" on ", " to ")
            )
        }
        Action::SetEmissionWeights { on: at, owner, validator } => {
            format!(
                "divide the emission of {}: {} to the owner, {} to validators",
                place(at),
                part(owner),
                part(validator)
            )
        }
        Action::LockStake { on: at, part: of, hotkey } => {
            format!("lock {} of its stake on {}{}", part(of), place(at), on(hotkey))
        }
        Action::MoveLock { on: at, hotkey } => format!("move its lock on {}{}", place(at), on(hotkey)),
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
