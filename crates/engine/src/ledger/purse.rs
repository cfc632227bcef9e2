//! Free TAO: what an account pays and is paid.

use bevy_ecs::prelude::*;
use dtao_protocol::staking;
use dtao_protocol::units::Tao;

use crate::account::{AgentId, Wallet};
use crate::call::{Lost, Refusal};
use crate::ledger::Ledger;

impl Ledger<'_, '_> {
    /// Takes TAO that the balance covers, less where the account would not be kept alive.
    pub(super) fn withdraw(&mut self, agent: AgentId, amount: Tao) -> Result<Tao, Refusal> {
        let taken = self.keepable(agent, amount);
        if taken == Tao::ZERO && amount > Tao::ZERO {
            return Err(Refusal::NotEnoughBalance);
        }
        self.wallet(agent).0 -= taken;
        Ok(taken)
    }

    /// Pays TAO, and says what of it arrived.
    pub(super) fn deposit(&mut self, agent: AgentId, amount: Tao, lost: &mut Lost) -> Tao {
        let mut wallet = self.wallet(agent);
        let arrived = staking::arriving(wallet.0, amount);
        wallet.0 += arrived;
        self.lose(amount - arrived, lost);
        arrived
    }

    /// TAO that was taken from somebody, or out of a pool, and that nobody receives.
    pub(super) fn lose(&mut self, tao: Tao, lost: &mut Lost) {
        self.tao_dust.lost += tao;
        lost.tao += tao;
    }

    /// What an account can pay of an amount and be kept alive. What is frozen for a registration keeps it alive, too.
    pub(super) fn keepable(&self, agent: AgentId, amount: Tao) -> Tao {
        let (wallet, _) = self.wallets.get(self.accounts.entity(agent)).expect("accounts are never removed");
        self.queue.payable(agent, wallet.tao(), amount)
    }

    /// What an account has and is not frozen for a registration.
    pub(super) fn balance(&self, agent: AgentId) -> Tao {
        let (wallet, _) = self.wallets.get(self.accounts.entity(agent)).expect("accounts are never removed");
        wallet.tao().saturating_sub(self.queue.frozen(agent))
    }

    pub(super) fn wallet(&mut self, agent: AgentId) -> Mut<'_, Wallet> {
        self.wallets.get_mut(self.accounts.entity(agent)).expect("accounts are never removed").0
    }
}
