//! What the auditor knows of registrations that wait for a place: what is held for each, and that it ends as the subnet's pool or with
//! the account again.

use dtao_protocol::units::Netuid;

use super::{Findings, rao};
use crate::account::AgentId;
use crate::call::{Outcome, Receipt, Settled};
use crate::receipts::Receipts;
use crate::registration_queue::RegistrationQueue;
use crate::subnet::Subnets;

/// What waits, as calls and settlements have told it: whose, and the TAO that is held for it.
#[derive(Default)]
pub(super) struct Queue {
    waiting: Vec<(AgentId, u128)>,
    /// Numbers of removed subnets that no subnet may have.
    cleaning: Vec<Netuid>,
}

impl Queue {
    /// As it is before the first block's calls are known.
    pub(super) fn now(queue: &RegistrationQueue) -> Self {
        Self {
            waiting: queue
                .waiting
                .iter()
                .map(|waiting| (waiting.agent, rao(waiting.escrow().rao())))
                .collect(),
            cleaning: queue.cleaning.iter().map(|cleaning| cleaning.netuid).collect(),
        }
    }

    /// All that waits is what calls have queued and settlements have not ended, and as much TAO is held.
    pub(super) fn check(
        &mut self,
        findings: &mut Findings,
        receipts: &Receipts,
        (queue, subnets): (&RegistrationQueue, &Subnets),
    ) {
        for receipt in &receipts.calls {
            if let Some(queued) = queued(findings, receipt) {
                self.waiting.push(queued);
            }
        }
        for settlement in &receipts.settled {
            let ended = (settlement.agent, rao(settlement.escrow.rao()));
            let place = self.waiting.iter().position(|&waiting| waiting == ended);
            findings.rule(place.is_some(), || {
                format!("account {}'s registration was settled and had not waited", ended.0.0)
            });
            place.map(|place| self.waiting.remove(place));
            if let Settled::Registered { netuid, paid, .. } = settlement.outcome {
                let paid = rao(paid.rao());
                findings.rule(ended.1 == 0 || ended.1 == paid, || {
                    format!("{paid} rao were paid for subnet {netuid} of {} that were held", ended.1)
                });
                let founded =
                    subnets.get(netuid).is_some_and(|books| books.settings.registered_at == findings.block);
                findings.rule(founded, || format!("subnet {netuid} was settled and is not there"));
            }
        }
        let now = Self::now(queue);
        findings.rule(self.waiting == now.waiting, || {
            format!("registrations that wait: {:?} do, of {:?} that were queued", now.waiting, self.waiting)
        });
        let free = |netuid: &Netuid| !subnets.contains(*netuid);
        findings.rule(now.cleaning.iter().all(free), || {
            "a subnet has the number of one that is being cleaned up".into()
        });
        let removed: Vec<Netuid> = receipts.calls.iter().filter_map(removed_for_later).collect();
        let told = |netuid: &Netuid| self.cleaning.contains(netuid) || removed.contains(netuid);
        findings.rule(now.cleaning.iter().all(told), || {
            "a subnet is being cleaned up that nobody removed".into()
        });
        self.cleaning = now.cleaning;
    }
}

/// Whose registration a call has queued, and what is held for it: nothing, or all that it costs.
fn queued(findings: &mut Findings, receipt: &Receipt) -> Option<(AgentId, u128)> {
    let Outcome::Queued { cost, .. } = receipt.outcome else { return None };
    let (cost, held) = (rao(cost.rao()), receipt.new_subnet.map_or(0, |new| rao(new.escrow.rao())));
    findings.rule(held == 0 || held == cost, || {
        format!("{held} rao of {cost} are held for a registration of account {}", receipt.agent.0)
    });
    Some((receipt.agent, held))
}

fn removed_for_later(receipt: &Receipt) -> Option<Netuid> {
    match receipt.outcome {
        Outcome::Queued { removed, .. } => removed,
        _ => None,
    }
}
