//! `events.csv`: calls, epochs, and registrations that had waited.

use dtao_engine::call::{Call, Claim, FundEvent, Lost, Outcome, Receipt, Settled, Settlement};
use dtao_engine::observe::{Attention, Observer, ObserverError, Reading};
use dtao_engine::view::View;
use dtao_protocol::settable;
use dtao_protocol::units::{Alpha, Block, Netuid, Tao};

use crate::historical_clock::time_of;
use dtao_files::folder::csv_table::CsvTable;

/// `events.csv`: a row for every call, every epoch, and every registration of a subnet that had waited.
pub(crate) struct EventsTable {
    pub table: CsvTable,
}

impl EventsTable {
    /// The columns, in order.
    pub const COLUMNS: [&'static str; 9] =
        ["block", "time_utc", "event", "agent", "group", "netuid", "tao", "alpha", "detail"];

    fn call(&mut self, time: &str, view: &View, receipt: &Receipt) {
        let (event, [tao, alpha], detail) = said(receipt);
        let table = &mut self.table;
        table.whole(view.block().0);
        table.text(time);
        table.text(event);
        let account = view.account(receipt.agent);
        table.whole(u64::from(account.place));
        table.text(&view.groups()[usize::from(account.group.0)]);
        match receipt.call.netuids().next() {
            Some(netuid) => table.whole(u64::from(netuid.0)),
            None => table.empty(),
        }
        for amount in [tao, alpha] {
            match amount {
                Some(rao) => table.billionths(rao),
                None => table.empty(),
            }
        }
        table.text(&detail);
        table.end_row();
    }
}

/// What became of a registration that had waited: in a word, the subnet and the TAO paid or that would have been, and more.
pub(crate) fn ended(settlement: &Settlement) -> (&'static str, Option<Netuid>, Tao, String) {
    match settlement.outcome {
        Settled::Registered { netuid, paid, .. } => {
            ("register", Some(netuid), paid, format!("subnet {netuid}; had waited"))
        }
        Settled::Cancelled => {
            ("refused", None, settlement.lock, "a registration that had waited could not be paid".into())
        }
    }
}

/// What became of a call: in a word, with its rao of TAO and alpha, and more.
pub(crate) fn said(receipt: &Receipt) -> (&'static str, [Option<u64>; 2], String) {
    let (event, tao, alpha, detail) = match receipt.outcome {
        Outcome::Bought { tao, alpha } => ("buy", Some(tao), Some(alpha), String::new()),
        Outcome::Sold { alpha, tao } => ("sell", Some(tao), Some(alpha), String::new()),
        Outcome::SoldAll { tao } => ("sell", Some(tao), None, format!("on {} subnets", receipt.sales.len())),
        Outcome::Moved { sold, tao, bought } => ("move", Some(tao), Some(sold), format!("bought {bought}")),
        Outcome::Transferred { alpha } => ("move", None, Some(alpha), "within the subnet".to_owned()),
        Outcome::Registered { netuid, cost } => ("register", Some(cost), None, format!("subnet {netuid}")),
        Outcome::Queued { cost, removed } => {
            let room = removed.map(|netuid| format!("; subnet {netuid} makes room"));
            ("queue", Some(cost), None, format!("waits for a place{}", room.unwrap_or_default()))
        }
        Outcome::RegisteredNeuron { uid, cost, burned, locked } => {
            let locks = (locked > Alpha::ZERO).then(|| format!("; locks {locked}"));
            ("register", Some(cost), Some(burned), format!("uid {}{}", uid.0, locks.unwrap_or_default()))
        }
        Outcome::AddedCollateral { tao, bought, locked } => {
            ("lock", Some(tao), Some(locked), format!("collateral, bought {bought}"))
        }
        Outcome::Claimed { tao } => ("claim", Some(tao), None, claimed(receipt)),
        Outcome::Deposited { tao, shares } => {
            ("fund", Some(tao), None, format!("{shares} shares, {} holdings", deposited(receipt)))
        }
        Outcome::Traded { tao } => ("trade", Some(tao), None, traded(receipt)),
        Outcome::Faked { tao } => ("fake", Some(tao), None, String::new()),
        Outcome::Done => ("set", None, None, setting(&receipt.call)),
        Outcome::Refused(refusal) => {
            let (tao, alpha) = asked(&receipt.call);
            ("refused", tao, alpha, refusal.to_string())
        }
    };
    let detail = with_losses(detail, receipt);
    (event, [tao.map(Tao::rao), alpha.map(Alpha::rao)], detail)
}

/// What a refused call asked for.
fn asked(call: &Call) -> (Option<Tao>, Option<Alpha>) {
    match *call {
        Call::Stake { tao, .. } | Call::StakeIntoFund { tao, .. } | Call::FakeValue { tao, .. } => {
            (Some(tao), None)
        }
        Call::Unstake { alpha, .. }
        | Call::SwapStake { alpha, .. }
        | Call::MoveStake { alpha, .. }
        | Call::TransferStake { alpha, .. }
        | Call::LockStake { alpha, .. }
        | Call::AddCollateral { alpha, .. }
        | Call::SetMinCollateral { alpha, .. } => (None, Some(alpha)),
        Call::UnstakeAll { .. }
        | Call::UnstakeAllAlpha { .. }
        | Call::RegisterSubnet
        | Call::StartSubnet { .. }
        | Call::RegisterNeuron { .. }
        | Call::SetWeights { .. }
        | Call::SetChildren { .. }
        | Call::SetEmissionWeights { .. }
        | Call::MoveLock { .. }
        | Call::SetPerpetualLock { .. }
        | Call::SetCollateral { .. }
        | Call::SetRootWeights { .. }
        | Call::ClaimRoot { .. }
        | Call::ClaimFunds { .. }
        | Call::TradeFund { .. }
        | Call::SetClaimType { .. }
        | Call::SetMovingAlpha { .. }
        | Call::SetRules { .. }
        | Call::SetTempo { .. }
        | Call::SetEmission { .. }
        | Call::Upgrade { .. } => (None, None),
    }
}

/// A detail, what the chain took and gave to nobody, and the fees of pools.
fn with_losses(detail: String, receipt: &Receipt) -> String {
    let (Lost { tao, alpha }, fees) = (receipt.lost, receipt.fees);
    let losses = [
        (tao > Tao::ZERO).then(|| format!("lost {tao}")),
        (alpha > Alpha::ZERO).then(|| format!("lost {alpha}")),
        (fees.tao > Tao::ZERO).then(|| format!("fee {}", fees.tao)),
        (fees.alpha > Alpha::ZERO).then(|| format!("fee {} alpha", fees.alpha)),
        (fees.author > Tao::ZERO).then(|| format!("fee {} to the author", fees.author)),
    ];
    let details = (!detail.is_empty()).then_some(detail);
    details.into_iter().chain(losses.into_iter().flatten()).collect::<Vec<_>>().join("; ")
}

/// What was claimed of which subnets, or for which shares of funds.
fn claimed(receipt: &Receipt) -> String {
    let of_subnets = receipt.claims.iter().map(|&Claim { netuid, alpha, tao, .. }| {
        format!("{} {alpha} of subnet {netuid}", if tao.is_some() { "sold" } else { "kept" })
    });
    let of_funds = receipt.funds.iter().filter_map(|event| match event {
        FundEvent::Redeemed { shares, outstanding, rows, .. } => {
            Some(format!("{shares} of {outstanding} shares, {} holdings", rows.len()))
        }
        _ => None,
    });
    of_subnets.chain(of_funds).collect::<Vec<_>>().join(", ")
}

/// Of how many holdings TAO that was staked into a fund has bought.
fn deposited(receipt: &Receipt) -> usize {
    let rows = receipt.funds.iter().map(|event| match event {
        FundEvent::Deposited { rows, .. } => rows.len(),
        _ => 0,
    });
    rows.sum()
}

/// What a fund traded for what.
fn traded(receipt: &Receipt) -> String {
    let side = |netuid: Netuid| match netuid {
        Netuid::ROOT => "TAO of cash".to_owned(),
        _ => format!("of subnet {netuid}"),
    };
    let trades = receipt.funds.iter().filter_map(|event| match *event {
        FundEvent::Traded { from, to, sold, bought, .. } => {
            Some(format!("{sold} {} for {bought} {}", side(from), side(to)))
        }
        _ => None,
    });
    trades.collect::<Vec<_>>().join(", ")
}

/// What a call set, in a word or two.
fn setting(call: &Call) -> String {
    match call {
        Call::SetMovingAlpha { coefficient } => format!("moving alpha {coefficient}"),
        Call::SetRules { values } => format!("rules {}", settable::text(&**values)),
        Call::SetEmissionWeights { change, .. } => {
            let part = |slot: Option<u64>| {
                slot.map_or("as it was".to_owned(), |parts| format!("{:.4}", parts as f64 / u64::MAX as f64))
            };
            format!(
                "owner {}, validators and root {}, miners {}",
                part(change.owner),
                part(change.validator),
                part(change.miner)
            )
        }
        Call::SetTempo { tempo, .. } => format!("tempo {tempo}"),
        Call::SetEmission { netuid, tao } => format!("TAO of subnet {netuid} {}", settable::text(tao)),
        Call::Upgrade { spec } => format!("spec {}", u16::from(*spec)),
        Call::SetWeights { weights, .. } => format!("weights on {}", weights.len()),
        Call::SetRootWeights { weights } => format!("root weights on {}", weights.len()),
        Call::SetChildren { children, .. } => format!("children {}", children.len()),
        Call::LockStake { alpha, hotkey, .. } => format!("{alpha} for account {}", hotkey.0.0),
        Call::MoveLock { hotkey, .. } => format!("lock for account {}", hotkey.0.0),
        Call::SetMinCollateral { alpha, .. } => format!("{alpha} of collateral at least"),
        Call::SetCollateral { terms, .. } => {
            let (share, release) = (terms.lock_share(), terms.release().to_f64());
            format!(
                "collateral {:.4} of the price, {release} let go for each alpha",
                f64::from(share) / f64::from(u16::MAX)
            )
        }
        Call::SetPerpetualLock { enabled, .. } => format!("perpetual lock {enabled}"),
        Call::SetClaimType { claims } => format!("claims {}", settable::text(claims)),
        Call::Stake { .. }
        | Call::Unstake { .. }
        | Call::UnstakeAll { .. }
        | Call::UnstakeAllAlpha { .. }
        | Call::SwapStake { .. }
        | Call::MoveStake { .. }
        | Call::TransferStake { .. }
        | Call::RegisterSubnet
        | Call::StartSubnet { .. }
        | Call::RegisterNeuron { .. }
        | Call::AddCollateral { .. }
        | Call::ClaimRoot { .. }
        | Call::ClaimFunds { .. }
        | Call::StakeIntoFund { .. }
        | Call::TradeFund { .. }
        | Call::FakeValue { .. } => String::new(),
    }
}

impl Observer for EventsTable {
    fn next(&self, _: Block) -> Option<Block> {
        None
    }

    fn attention(&self) -> Attention {
        Attention::Events
    }

    fn observe(&mut self, view: &View) {
        let time = time_of(view.block()).to_string();
        for epoch in view.epochs() {
            let table = &mut self.table;
            table.whole(view.block().0);
            table.text(&time);
            table.text("epoch");
            table.empty();
            table.empty();
            table.whole(u64::from(epoch.netuid.0));
            table.billionths(epoch.root_tao.rao());
            table.billionths(epoch.alpha.rao());
            table.text("");
            table.end_row();
        }
        for receipt in view.receipts() {
            self.call(&time, view, receipt);
        }
        for settlement in view.settlements() {
            let (event, netuid, tao, detail) = ended(settlement);
            let (account, table) = (view.account(settlement.agent), &mut self.table);
            table.whole(view.block().0);
            table.text(&time);
            table.text(event);
            table.whole(u64::from(account.place));
            table.text(&view.groups()[usize::from(account.group.0)]);
            match netuid {
                Some(netuid) => table.whole(u64::from(netuid.0)),
                None => table.empty(),
            }
            table.billionths(tao.rao());
            table.empty();
            table.text(&detail);
            table.end_row();
        }
    }

    fn finish(&mut self, _: &View) -> Result<Vec<Reading>, ObserverError> {
        self.table.finish().map_err(|error| ObserverError(error.into()))?;
        Ok(vec![])
    }
}
