//! What the auditor knows of registrations that wait for a place: what is held for each, and that it ends as the subnet's pool or with
//! the account again.

use dtao_protocol::units::Netuid;

use super::{Findings, rao};
use crate::account::AgentId;
use crate::call::{Outcome, Receipt, Settled, Settlement};
use crate::receipts::Receipts;
use crate::registration_queue::RegistrationQueue;
use crate::subnet::Subnets;

/// What waits, as calls and settlements have told it.
#[derive(Default)]
pub(super) struct Queue {
    waiting: Vec<Waits>,
    /// Numbers of removed subnets that no subnet may have.
    cleaning: Vec<Netuid>,
}

/// A registration that waits: whose, what it costs, and the TAO that is held for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Waits {
    agent: AgentId,
    lock: u128,
    held: u128,
}

impl Queue {
    /// As it is before the first block's calls are known.
    pub(super) fn now(queue: &RegistrationQueue) -> Self {
        Self {
            waiting: queue
                .waiting
                .iter()
                .map(|waiting| Waits {
                    agent: waiting.agent,
                    lock: rao(waiting.lock.rao()),
                    held: rao(waiting.escrow().rao()),
                })
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
            let &Settlement { agent, place, lock, escrow, outcome } = settlement;
            let (lock, held) = (rao(lock.rao()), rao(escrow.rao()));
            let waited = self.waiting.get(place) == Some(&Waits { agent, lock, held });
            findings.rule(waited, || {
                format!("account {}'s registration was settled and had not waited", agent.0)
            });
            if waited {
                self.waiting.remove(place);
            }
            if let Settled::Registered { netuid, paid, .. } = outcome {
                let paid = rao(paid.rao());
                findings.rule(held == 0 || held == paid, || {
                    format!("{paid} rao were paid for subnet {netuid} of {held} that were held")
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
fn queued(findings: &mut Findings, receipt: &Receipt) -> Option<Waits> {
    let Outcome::Queued { cost, .. } = receipt.outcome else { return None };
    let (cost, held) = (rao(cost.rao()), receipt.new_subnet.map_or(0, |new| rao(new.escrow.rao())));
    findings.rule(held == 0 || held == cost, || {
        format!("{held} rao of {cost} are held for a registration of account {}", receipt.agent.0)
    });
    Some(Waits { agent: receipt.agent, lock: cost, held })
}

fn removed_for_later(receipt: &Receipt) -> Option<Netuid> {
    match receipt.outcome {
        Outcome::Queued { removed, .. } => removed,
        _ => None,
    }
}
