//! Free TAO: what an account pays and is paid.

use bevy_ecs::prelude::*;
use dtao_protocol::staking;
use dtao_protocol::units::{Alpha, Tao};

use crate::account::{AgentId, Wallet};
use crate::call::{Fees, Lost, Refusal};
use crate::ledger::Ledger;

/// TAO that the chain loses, or creates without counting it, so that the books can be closed to the rao.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TaoDust {
    /// TAO that exists by the chain's count and is nobody's: of moves that were too small to be staked again, of trades
    /// and registrations that a pool was too shallow for, and of payments too small to open an account.
    pub(crate) lost: Tao,
    /// TAO in new pools beyond what was paid for them.
    pub(crate) uncounted: Tao,
    /// TAO that the chain's own buys have put into pools and that issuance does not count (spec 298 to 341).
    pub(crate) chain_buys: Tao,
    /// TAO that was issued for chain buys which failed: in no pool, and nobody's (spec 342 to 425).
    pub(crate) stranded: Tao,
}

/// Fees that swaps have paid to pools, besides the flat one, which stays in the pool.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolFees {
    /// TAO that exists by the chain's count and is in no reserve: fees of buys that are only counted for the pool, and those
    /// of registrations.
    pub(crate) tao: Tao,
    /// Alpha of all subnets that is nobody's: fees of sales that are only counted.
    pub(crate) alpha: Alpha,
    /// TAO that the authors of blocks have been paid: an account of their own, from which nothing is spent.
    pub(crate) author: Tao,
}

impl PoolFees {
    /// What has been paid since `before`.
    pub(super) fn since(self, before: Self) -> Fees {
        Fees {
            tao: self.tao - before.tao,
            alpha: self.alpha - before.alpha,
            author: self.author - before.author,
        }
    }

    /// TAO that the authors of blocks have been paid.
    #[must_use]
    pub fn author(self) -> Tao {
        self.author
    }
}

impl Ledger<'_, '_> {
    /// Takes TAO that the balance covers, less where the account would not be kept alive.
    pub(super) fn withdraw(&mut self, agent: AgentId, amount: Tao) -> Result<Tao, Refusal> {
        let mut wallet = self.wallet(agent);
        let taken = staking::taken(wallet.0, amount);
        if taken == Tao::ZERO && amount > Tao::ZERO {
            return Err(Refusal::NotEnoughBalance);
        }
        wallet.0 -= taken;
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

    pub(super) fn balance(&self, agent: AgentId) -> Tao {
        self.wallets.get(self.accounts.entity(agent)).expect("accounts are never removed").0.tao()
    }

    pub(super) fn wallet(&mut self, agent: AgentId) -> Mut<'_, Wallet> {
        self.wallets.get_mut(self.accounts.entity(agent)).expect("accounts are never removed").0
    }
}
