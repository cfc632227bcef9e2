//! Collateral of neurons: registrations that lock a part of their price, the calls about it, and what cannot be sold.

use dtao_protocol::fixed::Q32;
use dtao_protocol::pool::Order;
use dtao_protocol::registration::{CollateralTerms, NeuronPayment};
use dtao_protocol::units::{Alpha, Netuid, Tao};

use crate::account::{AgentId, Hotkey};
use crate::call::{Fill, Limit, Lost, Outcome, Refusal};
use crate::ledger::Ledger;

impl Ledger<'_, '_> {
    /// Pays for a neuron with one purchase, of which the subnet may have a part locked. It must be paid whole by an account that
    /// stays alive; of what would raise the price too far nothing is taken.
    ///
    /// Source: `subtensor:pallets/subtensor/src/subnets/registration.rs::do_register`,
    /// `subnets/collateral.rs::pay_registration` (`RaoFoundation` @ 1ce8b56f)
    pub(super) fn register_with_collateral(
        &mut self,
        agent: AgentId,
        netuid: Netuid,
    ) -> Result<Outcome, Refusal> {
        let (now, hotkey, rules) = (self.clock.block, Hotkey(agent), self.law.rules);
        let roster = self.roster(netuid)?;
        roster.may_register(hotkey, &rules, now)?;
        let (price, terms) = (roster.burn(), roster.collateral());
        let books = *self.subnet(netuid);
        let charge = terms.charge(price, self.collaterals.locked(netuid, agent), books.share_price());
        let total = charge.total();
        if self.keepable(agent, total) < total {
            return Err(Refusal::NotEnoughBalance);
        }
        self.roster(netuid)?.has_room(&rules, now)?;
        let (mut cost, mut burned, mut locked) = (Tao::ZERO, Alpha::ZERO, Alpha::ZERO);
        if total > Tao::ZERO {
            let order = Order { limit: charge.limit(books.price_bits()), ..Order::of(total) };
            let purchase = books.exchange().purchase(rules.pool, order);
            let purchase = purchase.map_err(|_| Refusal::InsufficientLiquidity)?;
            let shares = charge.shares(purchase.alpha);
            (burned, locked) = (shares.burned, shares.locked);
            if locked > Alpha::ZERO {
                self.admits(netuid, hotkey, locked)?;
            }
            cost = self.withdraw(agent, purchase.taken)?;
            self.enter(netuid, &purchase);
            self.pool_fees.author += purchase.author;
            self.pool_fees.tao += purchase.idle;
            if self.counts_flow() {
                self.subnet(netuid).flow.enters(purchase.entered);
            }
        }
        if locked > Alpha::ZERO {
            self.subnet(netuid).alpha_out += locked;
            self.stakes.add(netuid, hotkey, agent, locked);
            self.touch_lock(agent, netuid);
        }
        self.collaterals.register(netuid, agent, locked, terms.release());
        let uid = self.roster(netuid)?.register(hotkey, &rules, now);
        Ok(Outcome::RegisteredNeuron { uid, cost, burned, locked })
    }

    /// Locks more of the account's stake on its own hotkey, and buys what is missing of that at the moving price. The purchase is
    /// made whole within its limit, or nothing is done.
    ///
    /// Source: `subtensor:pallets/subtensor/src/subnets/collateral.rs::do_add_collateral` (`RaoFoundation` @ 1ce8b56f)
    pub(super) fn add_collateral(
        &mut self,
        agent: AgentId,
        netuid: Netuid,
        (alpha, limit): (Alpha, Tao),
        lost: &mut Lost,
    ) -> Result<Outcome, Refusal> {
        let terms = self.collateral_terms(netuid)?;
        if alpha == Alpha::ZERO {
            return Err(Refusal::AmountTooLow);
        }
        let hotkey = Hotkey(agent);
        let free = self.held(agent, netuid, hotkey).saturating_sub(self.collaterals.locked(netuid, agent));
        let from_stake = free.min(alpha);
        let missing = alpha - from_stake;
        let price = self.subnet(netuid).share_price();
        if missing > Alpha::ZERO && price == Q32::ZERO {
            return Err(Refusal::InsufficientLiquidity);
        }
        let (mut paid, mut bought) = (Tao::ZERO, Alpha::ZERO);
        let tao = missing.at(price);
        if tao > Tao::ZERO {
            if self.balance(agent) >= tao && self.keepable(agent, tao) < tao {
                return Err(Refusal::NotEnoughBalance);
            }
            let limit = Some(Limit { price: limit, fill: Fill::Whole });
            if let Outcome::Bought { tao, alpha } = self.stake(agent, (netuid, hotkey), tao, limit, lost)? {
                (paid, bought) = (tao, alpha);
            }
        }
        let locked = from_stake + bought;
        if locked == Alpha::ZERO {
            return Err(Refusal::AmountTooLow);
        }
        self.collaterals.add(netuid, agent, locked, terms.release());
        Ok(Outcome::AddedCollateral { tao: paid, bought, locked })
    }

    /// Sets what is to stay locked on the account's own hotkey, and to be filled up from what it earns.
    ///
    /// Source: `subtensor:pallets/subtensor/src/subnets/collateral.rs::do_set_min_collateral` (`RaoFoundation` @ 1ce8b56f)
    pub(super) fn set_min_collateral(
        &mut self,
        agent: AgentId,
        netuid: Netuid,
        floor: Alpha,
    ) -> Result<Outcome, Refusal> {
        let terms = self.collateral_terms(netuid)?;
        self.collaterals.set_floor(netuid, agent, floor, terms.release());
        Ok(Outcome::Done)
    }

    /// Sets what a subnet asks for from now on, as its owner or root may. (On the chain an owner has to wait between changes.)
    pub(super) fn set_collateral(
        &mut self,
        agent: AgentId,
        netuid: Netuid,
        terms: CollateralTerms,
    ) -> Result<Outcome, Refusal> {
        self.collateral_terms(netuid)?;
        if self.subnets.owner(netuid) != Some(agent) && !self.is_root(agent) {
            return Err(Refusal::NotSubnetOwner);
        }
        self.roster(netuid)?.set_collateral(terms);
        Ok(Outcome::Done)
    }

    /// What a subnet asks for now, if there is collateral.
    fn collateral_terms(&mut self, netuid: Netuid) -> Result<CollateralTerms, Refusal> {
        if self.law.rules.registration.neuron_payment == NeuronPayment::Burned {
            return Err(Refusal::NoCollateral);
        }
        if netuid == Netuid::ROOT {
            return Err(Refusal::NotOnRoot);
        }
        Ok(self.roster(netuid)?.collateral())
    }

    /// Whether so much can leave a hotkey and leave what is locked there.
    ///
    /// Source: `subtensor:pallets/subtensor/src/subnets/collateral.rs::ensure_hotkey_covers_collateral` (`RaoFoundation` @ 1ce8b56f)
    pub(super) fn covers_collateral(
        &self,
        agent: AgentId,
        (netuid, hotkey): (Netuid, Hotkey),
        alpha: Alpha,
    ) -> Result<(), Refusal> {
        let locked = self.collaterals.locked(netuid, agent);
        if hotkey != Hotkey(agent) || locked == Alpha::ZERO {
            return Ok(());
        }
        let removable = self.held(agent, netuid, hotkey).saturating_sub(locked);
        if alpha <= removable { Ok(()) } else { Err(Refusal::STAKE_UNAVAILABLE) }
    }

    /// Whether so much of a subnet's alpha can go to another account and leave what the giver has locked there, whatever is locked
    /// in favour of hotkeys.
    ///
    /// Source: `subtensor:pallets/subtensor/src/subnets/collateral.rs::ensure_transfer_respects_collateral`
    /// (`RaoFoundation` @ 1ce8b56f)
    pub(super) fn leaves_collateral(
        &self,
        giver: AgentId,
        netuid: Netuid,
        alpha: Alpha,
    ) -> Result<(), Refusal> {
        let locked = self.collaterals.locked(netuid, giver);
        if locked == Alpha::ZERO || alpha <= self.stakes.value(netuid, giver).saturating_sub(locked) {
            return Ok(());
        }
        Err(Refusal::STAKE_UNAVAILABLE)
    }
}
