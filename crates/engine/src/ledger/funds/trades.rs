//! A validator trades what its hotkey's fund holds, within guards.

use std::collections::BTreeMap;

use dtao_protocol::basket::{
    FundTrades, MOST_TRADES, RootDividends, TradePrices, TradeRefused, Trading, TurnoverBucket,
    concentration_binds, guarded_value, within_cap,
};
use dtao_protocol::books::Books;
use dtao_protocol::fixed::Q64;
use dtao_protocol::pool::{Charge, Order, SwapRefused};
use dtao_protocol::share_pool::SharePool;
use dtao_protocol::trading::TradingStart;
use dtao_protocol::units::{Alpha, Netuid, Tao};
use dtao_protocol::yuma::Fraction;

use crate::account::{AgentId, Hotkey};
use crate::call::{FundEvent, FundTrade, Outcome, Refusal};
use crate::chain::PoolFees;
use crate::ledger::Ledger;

impl Ledger<'_, '_> {
    /// Trades what the fund of the account's hotkey holds: all of the trades are made or none. What waits to enter the fund enters it
    /// before, also if the call is then refused.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/basket_trade.rs::{do_swap_basket_tracked, do_swap_basket_many_tracked}` of
    /// specs 470 to 475 (`RaoFoundation`)
    pub(in crate::ledger) fn trade_fund(
        &mut self,
        agent: AgentId,
        trades: &[FundTrade],
    ) -> Result<Outcome, Refusal> {
        let hotkey = Hotkey(agent);
        self.may_trade(hotkey, trades)?;
        self.fund_books().flush(hotkey);
        let before = Before::of(self, hotkey, trades);
        let mut guarded = self.guarded(hotkey);
        let (mut made, mut tao) = (Vec::new(), Tao::ZERO);
        for trade in trades {
            match self.trade(hotkey, trade, &mut guarded) {
                Ok(event) => {
                    if let FundEvent::Traded { tao: middle, .. } = event {
                        tao += middle;
                    }
                    made.push(event);
                }
                Err(refused) => {
                    before.restore(self);
                    return Err(refused);
                }
            }
        }
        self.stakes.funds_mut().traded(hotkey, guarded.trading);
        self.funds.extend(made);
        Ok(Outcome::Traded { tao })
    }

    /// What can be told before anything is done.
    fn may_trade(&self, hotkey: Hotkey, trades: &[FundTrade]) -> Result<(), Refusal> {
        let refuse = |refused| Err(Refusal::FundTrade(refused));
        let rules = self.law.rules;
        let most = match rules.funds.trades {
            _ if rules.funds.dividends != RootDividends::FundShares => return refuse(TradeRefused::NoTrades),
            FundTrades::None => return refuse(TradeRefused::NoTrades),
            FundTrades::One if trades.len() > 1 => return refuse(TradeRefused::OneOnly),
            FundTrades::One => 1,
            FundTrades::Several => MOST_TRADES,
        };
        if trades.is_empty() || trades.len() > most {
            return refuse(TradeRefused::WrongNumber);
        }
        // The chain asks this and the place on root trade by trade; both are the same for all.
        if rules.funds.trading == Trading::Off {
            return refuse(TradeRefused::SwitchedOff);
        }
        let place = self.has_place_on_root(hotkey);
        for trade in trades {
            if trade.from == trade.to {
                return refuse(TradeRefused::SameSubnet);
            }
            place?;
            for netuid in [trade.from, trade.to].into_iter().filter(|&netuid| netuid != Netuid::ROOT) {
                let books = self.subnets.get(netuid).ok_or(Refusal::NoSuchSubnet)?;
                let waits = books.settings.first_emission.is_none();
                if waits && rules.trading.start != TradingStart::Registration {
                    return Err(Refusal::SubtokenDisabled);
                }
            }
            if trade.alpha == Alpha::ZERO {
                return Err(Refusal::AmountTooLow);
            }
        }
        Ok(())
    }

    fn trade(
        &mut self,
        hotkey: Hotkey,
        trade: &FundTrade,
        guarded: &mut Guarded,
    ) -> Result<FundEvent, Refusal> {
        let (now, rules) = (self.clock.block, self.law.rules);
        let FundTrade { from, to, alpha, least } = *trade;
        let tao = self.sell_of_fund(hotkey, from, alpha)?;
        if tao < rules.min_stake.max(rules.funds.min_trade) {
            return Err(Refusal::AmountTooLow);
        }
        let capacity = TurnoverBucket::capacity(guarded.fund, Fraction(rules.funds.turnover_cap));
        let turned_over = guarded.trading.turn_over(tao, capacity, now);
        turned_over.map_err(|left| Refusal::FundTrade(TradeRefused::Turnover(left)))?;
        let bought = self.buy_for_fund(hotkey, to, tao)?;
        if bought < least {
            return Err(Refusal::FundTrade(TradeRefused::LessThanAsked));
        }
        if to != Netuid::ROOT {
            let cap = Fraction(rules.funds.liquidity_cap);
            let holds = self.fund_values().held(to, hotkey);
            let of_late = guarded.trading.buy(to, bought, now);
            let reserve = self.subnet(to).pool.alpha.rao();
            if !within_cap(holds.rao().max(of_late.rao()), reserve, cap) {
                return Err(Refusal::FundTrade(TradeRefused::Liquidity));
            }
        }
        self.remark(hotkey, from, guarded);
        let value = self.remark(hotkey, to, guarded);
        let cap = Fraction(rules.funds.concentration_cap);
        let binds = concentration_binds(cap, self.subnets.books().len() + 1);
        if binds && !within_cap(value.rao(), guarded.fund.rao(), cap) {
            return Err(Refusal::FundTrade(TradeRefused::Concentration));
        }
        Ok(FundEvent::Traded { hotkey, from, to, sold: alpha, tao, bought })
    }

    /// What a fund's holdings count for its guards.
    fn guarded(&self, hotkey: Hotkey) -> Guarded {
        let trading = self.stakes.funds().trading(hotkey);
        let mut guarded = Guarded { rows: BTreeMap::new(), fund: Tao::ZERO, trading };
        for (netuid, _) in self.fund_values().holdings(hotkey) {
            self.remark(hotkey, netuid, &mut guarded);
        }
        guarded
    }

    /// Values a holding anew for the guards; returns what it would be sold for.
    fn remark(&self, hotkey: Hotkey, netuid: Netuid, guarded: &mut Guarded) -> Tao {
        let (values, cash) = (self.fund_values(), netuid == Netuid::ROOT);
        let held = values.held(netuid, hotkey);
        let value = values.realizable(netuid, held).unwrap_or_default();
        let slow = self.subnets.get(netuid).map_or(Q64::ZERO, |books| Q64::from(books.share_price()));
        let counts = if cash { value } else { guarded_value(value, held, slow) };
        let was = guarded.rows.insert(netuid, counts).unwrap_or_default();
        guarded.fund = guarded.fund.saturating_sub(was).saturating_add(counts);
        value
    }

    /// Sells a part of a holding, whole and within the guards of its price; cash is handed on as it is.
    fn sell_of_fund(&mut self, hotkey: Hotkey, netuid: Netuid, alpha: Alpha) -> Result<Tao, Refusal> {
        let (fund, place) = (hotkey.fund(), self.fund_values().place(netuid, hotkey));
        if self.fund_values().held(netuid, hotkey) < alpha {
            return Err(Refusal::NotEnoughStake);
        }
        if self.stakes.remove(netuid, place, fund, alpha) != alpha {
            return Err(Refusal::NotEnoughStake);
        }
        if netuid == Netuid::ROOT {
            let tao = Tao::from_rao(alpha.rao());
            self.root.tao = self.root.tao.saturating_sub(tao);
            return Ok(tao);
        }
        let rules = self.law.rules;
        let exchange = self.exchange(netuid)?;
        let floor = prices(self.subnet(netuid)).floor().ok_or(Refusal::SlippageTooHigh)?;
        let order = Order { amount: alpha, limit: Some(floor), charge: Charge::Fee };
        let sale = exchange.sale(rules.pool, order).map_err(refusal)?;
        if sale.taken != alpha {
            return Err(Refusal::SlippageTooHigh);
        }
        if sale.tao == Tao::ZERO {
            return Err(Refusal::AmountTooLow);
        }
        self.leave(netuid, &sale);
        // It is no user's sale.
        if rules.emission.counts_protocol_flow() {
            self.subnet(netuid).flow.protocol_leaves(sale.tao + sale.author);
        }
        Ok(sale.tao)
    }

    /// Buys for a holding, whole and within the guards of its price; cash is kept as it is.
    fn buy_for_fund(&mut self, hotkey: Hotkey, netuid: Netuid, tao: Tao) -> Result<Alpha, Refusal> {
        let (fund, place) = (hotkey.fund(), self.fund_values().place(netuid, hotkey));
        let alpha = if netuid == Netuid::ROOT {
            self.root.tao += tao;
            Alpha::from_rao(tao.rao())
        } else {
            let rules = self.law.rules;
            let exchange = self.exchange(netuid)?;
            let ceiling = prices(self.subnet(netuid)).ceiling().ok_or(Refusal::SlippageTooHigh)?;
            let order = Order { amount: tao, limit: Some(ceiling), charge: Charge::Fee };
            let purchase = exchange.purchase(rules.pool, order).map_err(refusal)?;
            if purchase.taken != tao {
                return Err(Refusal::SlippageTooHigh);
            }
            if purchase.alpha == Alpha::ZERO {
                return Err(Refusal::AmountTooLow);
            }
            self.enter(netuid, &purchase);
            self.pool_fees.author += purchase.author;
            self.pool_fees.tao += purchase.idle;
            let subnet = self.subnet(netuid);
            subnet.alpha_out += purchase.alpha;
            if rules.emission.counts_protocol_flow() {
                subnet.flow.protocol_enters(purchase.entered);
            }
            purchase.alpha
        };
        self.stakes.add(netuid, place, fund, alpha);
        Ok(alpha)
    }
}

/// What a fund's holdings count for its guards, and what its earlier trades have left.
struct Guarded {
    rows: BTreeMap<Netuid, Tao>,
    fund: Tao,
    trading: crate::funds::TradingState,
}

fn prices(books: &Books) -> TradePrices {
    TradePrices { slow: books.share_price().into(), fast: books.fast_price, spot: books.price_bits() }
}

fn refusal(refused: SwapRefused) -> Refusal {
    match refused {
        SwapRefused::BeyondLimit => Refusal::SlippageTooHigh,
        SwapRefused::TooShallow | SwapRefused::TooLarge | SwapRefused::NothingOut => {
            Refusal::InsufficientLiquidity
        }
    }
}

/// What the books were before a fund's trades.
struct Before {
    root_tao: Tao,
    fees: PoolFees,
    books: Vec<Books>,
    pools: Vec<(Netuid, Hotkey, Option<SharePool<AgentId>>)>,
}

impl Before {
    fn of(ledger: &Ledger<'_, '_>, hotkey: Hotkey, trades: &[FundTrade]) -> Self {
        let netuids: std::collections::BTreeSet<Netuid> =
            trades.iter().flat_map(|trade| [trade.from, trade.to]).collect();
        let books = netuids.iter().filter_map(|&netuid| ledger.subnets.get(netuid).copied()).collect();
        let places: Vec<_> =
            netuids.into_iter().map(|netuid| (netuid, ledger.fund_values().place(netuid, hotkey))).collect();
        let pool = |(netuid, place)| (netuid, place, ledger.stakes.pool(netuid, place).cloned());
        let pools = places.into_iter().map(pool).collect();
        Self { root_tao: ledger.root.tao, fees: *ledger.pool_fees, books, pools }
    }

    fn restore(self, ledger: &mut Ledger<'_, '_>) {
        ledger.root.tao = self.root_tao;
        *ledger.pool_fees = self.fees;
        for books in self.books {
            *ledger.subnet(books.netuid) = books;
        }
        for (netuid, place, pool) in self.pools {
            ledger.stakes.put_back(netuid, place, pool);
        }
    }
}
