//! Payments for subnets to be measured higher.

use dtao_protocol::units::{Netuid, Tao};

use crate::account::AgentId;
use crate::call::{Lost, Outcome, Refusal};
use crate::ledger::Ledger;

impl Ledger<'_, '_> {
    /// Takes the payment, which counts in the subnet's next measurement and is lost to all accounts.
    pub(super) fn fake_value(
        &mut self,
        agent: AgentId,
        netuid: Netuid,
        tao: Tao,
        lost: &mut Lost,
    ) -> Result<Outcome, Refusal> {
        if !self.law.rules.emission.measures() {
            return Err(Refusal::NothingMeasured);
        }
        if !self.subnets.contains(netuid) {
            return Err(Refusal::NoSuchSubnet);
        }
        if tao == Tao::ZERO {
            return Err(Refusal::AmountTooLow);
        }
        if self.balance(agent) < tao {
            return Err(Refusal::NotEnoughBalance);
        }
        let tao = self.withdraw(agent, tao)?;
        self.lose(tao, lost);
        if let Some(subnet) = self.subnets.get_mut(netuid) {
            subnet.measured.paid += tao;
        }
        Ok(Outcome::Faked { tao })
    }
}
