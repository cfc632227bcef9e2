//! TAO that is staked into funds, and funds' trades, from spec 464 on, with the auditor on.

use dtao_engine::account::{AgentId, Hotkey};
use dtao_engine::call::{Call, FundEvent, FundTrade, Outcome, Receipt, Refusal};
use dtao_engine::run::Setup;
use dtao_protocol::basket::{FundValues, RootDividends, TradeRefused, Trading};
use dtao_protocol::rules::RuleValues;
use dtao_protocol::units::{Alpha, Netuid, Tao};

use crate::funds::deep;
use crate::world::{HOLDER, SUDO, TRADER, alpha, receipts_of, run_of, stake, tao};

const ALL: Hotkey = Hotkey::AGGREGATE;
const OWN: Hotkey = Hotkey(TRADER);
const CASH: Netuid = Netuid::ROOT;

fn into_fund(hotkey: Hotkey, tao: Tao) -> Call {
    Call::StakeIntoFund { hotkey, tao }
}

fn claim(hotkey: Hotkey) -> Call {
    Call::ClaimFunds { hotkey: Some(hotkey) }
}

fn trade(from: Netuid, to: Netuid, alpha: Alpha) -> FundTrade {
    FundTrade { from, to, alpha, least: Alpha::ZERO }
}

fn trades(trades: &[FundTrade]) -> Call {
    Call::TradeFund { trades: trades.into() }
}

/// A market in which funds may trade, a tenth a day.
fn trading(spec: u16) -> Setup {
    let mut setup = deep(spec);
    setup.rules.funds.trading = Trading::On;
    setup
}

/// The trader stakes on root on its own hotkey, whose fund then gets 1,000 TAO in cash.
fn begun() -> Vec<(AgentId, u64, Call)> {
    let own = Call::Stake { netuid: CASH, hotkey: OWN, tao: tao(1_000), limit: None };
    vec![(TRADER, 0, own), (TRADER, 1, into_fund(OWN, tao(1_000)))]
}

/// The outcome of the last of these calls, after the fund has begun.
fn after(setup: Setup, more: &[(AgentId, u64, Call)]) -> (Outcome, Vec<Receipt>) {
    let (receipts, _) = receipts_of(setup, &[begun(), more.to_vec()].concat());
    (receipts.last().expect("calls").outcome, receipts)
}

fn refused(setup: Setup, more: &[(AgentId, u64, Call)]) -> Refusal {
    match after(setup, more).0 {
        Outcome::Refused(refusal) => refusal,
        outcome => panic!("{outcome:?}"),
    }
}

#[test]
fn tao_that_is_staked_into_a_fund_buys_of_all_that_it_holds_and_a_claim_gives_it_back_less_fees() {
    let lines = [(TRADER, 300, into_fund(ALL, tao(1_000))), (TRADER, 301, claim(ALL))];
    let (mut before, _) = run_of(deep(475), &[]);
    before.advance(301).expect("the books close");
    let (worth, shares) =
        (before.view().fund_value(ALL), before.view().funds().of(ALL).expect("a fund").minted());
    let (receipts, mut run) = receipts_of(deep(475), &lines);
    let Outcome::Deposited { tao: paid, shares: bought } = receipts[0].outcome else {
        panic!("{receipts:?}")
    };
    assert_eq!(paid, tao(1_000));
    let Some(FundEvent::Deposited { value, fund, rows, .. }) =
        receipts[0].funds.iter().find(|event| matches!(event, FundEvent::Deposited { .. }))
    else {
        panic!("{receipts:?}");
    };
    assert_eq!(rows.len(), 2, "both subnets; there is no cash");
    assert_eq!(rows.iter().map(|row| row.tao).sum::<Tao>(), paid);
    // What waited entered the fund before.
    assert!(*fund >= worth && fund.to_f64() < worth.to_f64() * 1.2, "{fund} {worth}");
    // 0.05 % of fees, and what a large sale loses of its price.
    assert!(*value < paid && value.to_f64() > 980.0, "{value}");
    let price = worth.to_f64() / (shares as f64 / 1e9);
    let per_share = value.to_f64() / (bought as f64 / 1e9);
    assert!((1.0 - 1e-9..1.02).contains(&(per_share / price)), "{per_share} {price}");
    let Outcome::Claimed { tao: back } = receipts[1].outcome else { panic!("{receipts:?}") };
    assert!(back < paid && back.to_f64() > 980.0, "{back}");
    let view = run.view();
    assert_eq!(view.account(TRADER).earned, Tao::ZERO, "what it has put in is no gain");
    assert_eq!(view.fund_shares(TRADER, ALL), 0);
    assert_eq!(view.stake(TRADER, CASH).rao(), back.rao());
}

#[test]
fn the_first_tao_of_a_fund_is_cash_at_par() {
    let (_, receipts) = after(deep(475), &[(HOLDER, 2, into_fund(OWN, tao(500)))]);
    let outcomes: Vec<_> = receipts[1..].iter().map(|receipt| receipt.outcome).collect();
    let deposited = |whole: u64| Outcome::Deposited { tao: tao(whole), shares: tao(whole).rao() };
    assert_eq!(outcomes, [deposited(1_000), deposited(500)]);
}

#[test]
fn deposits_are_refused_for_their_reasons() {
    let outcome = |spec, call| receipts_of(deep(spec), &[(TRADER, 0, call)]).0[0].outcome;
    let refused = Outcome::Refused;
    assert_eq!(outcome(463, into_fund(ALL, tao(1))), refused(Refusal::NoFundDeposits));
    assert_eq!(outcome(440, into_fund(ALL, tao(1))), refused(Refusal::NoFundDeposits));
    let call = |hotkey, tao| outcome(475, into_fund(hotkey, tao));
    assert_eq!(call(Hotkey(AgentId(99)), tao(1)), refused(Refusal::NoSuchAccount));
    assert_eq!(call(OWN, tao(1)), refused(Refusal::NoPlaceOnRoot));
    assert_eq!(call(ALL, Tao::from_rao(1_999_999)), refused(Refusal::AmountTooLow));
    // The account must be kept alive by 500 rao.
    assert_eq!(call(ALL, tao(100_000)), refused(Refusal::NotEnoughBalance));
    assert!(matches!(call(ALL, tao(100_000) - Tao::from_rao(500)), Outcome::Deposited { .. }));
}

#[test]
fn a_fund_trades_a_tenth_of_its_value_a_day_and_no_more() {
    let all = |whole| [(TRADER, 2, trades(&[trade(CASH, Netuid(1), alpha(whole))]))];
    let (outcome, receipts) = after(trading(464), &all(99));
    assert_eq!(outcome, Outcome::Traded { tao: tao(99) });
    let [.., FundEvent::Traded { hotkey: OWN, bought, .. }] = receipts[2].funds[..] else {
        panic!("{receipts:?}")
    };
    // At a price of nearly 0.8.
    assert!((bought.to_f64() - 99.0 / 0.8).abs() < 1.0, "{bought}");
    let Refusal::FundTrade(TradeRefused::Turnover(left)) = refused(trading(464), &all(101)) else {
        panic!("more than a tenth");
    };
    assert!((left.to_f64() - 100.0).abs() < 0.1, "{left}");
    // A day later there is as much again; half a day later half.
    let twice = |blocks: u64| {
        let second = (TRADER, 2 + blocks, trades(&[trade(CASH, Netuid(1), alpha(90))]));
        after(trading(464), &[(TRADER, 2, trades(&[trade(CASH, Netuid(1), alpha(99))])), second]).0
    };
    assert!(matches!(twice(3_600), Outcome::Refused(Refusal::FundTrade(TradeRefused::Turnover(_)))));
    assert_eq!(twice(7_000), Outcome::Traded { tao: tao(90) });
}

#[test]
fn several_trades_are_made_from_spec_470_on_all_or_none() {
    let legs = [trade(CASH, Netuid(1), alpha(40)), trade(CASH, Netuid(2), alpha(30))];
    let call = [(TRADER, 2, trades(&legs))];
    assert_eq!(refused(trading(469), &call), Refusal::FundTrade(TradeRefused::OneOnly));
    assert_eq!(after(trading(470), &call).0, Outcome::Traded { tao: tao(70) });
    // The second asks for more than it can get, so that the first is undone.
    let greedy = FundTrade { least: alpha(1_000), ..legs[1] };
    let lines = [begun(), vec![(TRADER, 2, trades(&[legs[0], greedy]))]].concat();
    let (receipts, mut run) = receipts_of(trading(470), &lines);
    assert_eq!(receipts[2].outcome, Outcome::Refused(Refusal::FundTrade(TradeRefused::LessThanAsked)));
    assert_eq!(run.view().fund_holds(OWN, CASH), alpha(1_000));
    assert_eq!(run.view().fund_holds(OWN, Netuid(1)), Alpha::ZERO);
    let (mut without, _) = run_of(trading(470), &begun());
    without.advance(3).expect("the books close");
    assert_eq!(run.view().pool(Netuid(1)), without.view().pool(Netuid(1)));
    assert_eq!(run.view().root_tao(), without.view().root_tao());
    assert_eq!(run.view().author_fees(), without.view().author_fees());
}

#[test]
fn a_fund_neither_buys_nor_sells_at_a_price_that_was_moved() {
    let buy = (TRADER, 3, trades(&[trade(CASH, Netuid(1), alpha(50))]));
    // 2,000 of 80,000 TAO move the price by 5 %.
    let pump = (HOLDER, 2, stake(1, tao(2_000)));
    assert_eq!(refused(trading(470), &[pump.clone(), buy.clone()]), Refusal::SlippageTooHigh);
    assert_eq!(after(trading(470), &[buy]).0, Outcome::Traded { tao: tao(50) });
    let sell = |at| (TRADER, at, trades(&[trade(Netuid(1), CASH, alpha(20))]));
    let bought = (TRADER, 2, trades(&[trade(CASH, Netuid(1), alpha(60))]));
    let dump = crate::world::unstake(1, alpha(3_000));
    assert!(matches!(after(trading(470), &[bought.clone(), sell(3)]).0, Outcome::Traded { .. }));
    assert_eq!(refused(trading(470), &[bought, (HOLDER, 3, dump), sell(4)]), Refusal::SlippageTooHigh);
}

#[test]
fn holdings_are_bounded_by_the_pools_alpha_and_by_the_funds_value() {
    let buy = [(TRADER, 2, trades(&[trade(CASH, Netuid(1), alpha(90))]))];
    let mut shallow = trading(470);
    // 112 of 100,000 alpha are 0.11 %.
    shallow.rules.funds.liquidity_cap = 60;
    assert_eq!(refused(shallow, &buy), Refusal::FundTrade(TradeRefused::Liquidity));
    let mut narrow = trading(470);
    // Three networks are enough for a cap of a third; cash of 1,000 TAO would be all of the fund.
    narrow.rules.funds.concentration_cap = 22_000;
    let sell = (TRADER, 3, trades(&[trade(Netuid(1), CASH, alpha(9))]));
    assert_eq!(after(narrow.clone(), &buy).0, Outcome::Traded { tao: tao(90) });
    let both = [buy[0].clone(), sell];
    assert_eq!(refused(narrow, &both), Refusal::FundTrade(TradeRefused::Concentration));
}

#[test]
fn trades_are_refused_for_their_reasons() {
    let of = |from: u16, to: u16, alpha| trades(&[trade(Netuid(from), Netuid(to), alpha)]);
    let why = |call: Call| refused(trading(470), &[(TRADER, 2, call)]);
    assert_eq!(
        refused(deep(470), &[(TRADER, 2, of(0, 1, alpha(9)))]),
        Refusal::FundTrade(TradeRefused::SwitchedOff)
    );
    assert_eq!(
        refused(trading(464), &[(TRADER, 2, trades(&[]))]),
        Refusal::FundTrade(TradeRefused::WrongNumber)
    );
    let many = [trade(CASH, Netuid(1), alpha(1)); 65];
    assert_eq!(why(trades(&many)), Refusal::FundTrade(TradeRefused::WrongNumber));
    assert_eq!(why(of(1, 1, alpha(9))), Refusal::FundTrade(TradeRefused::SameSubnet));
    assert_eq!(why(of(0, 9, alpha(9))), Refusal::NoSuchSubnet);
    assert_eq!(why(of(0, 1, Alpha::ZERO)), Refusal::AmountTooLow);
    assert_eq!(why(of(0, 1, Alpha::from_rao(1_999_999))), Refusal::AmountTooLow);
    assert_eq!(why(of(0, 1, alpha(1_001))), Refusal::NotEnoughStake);
    assert_eq!(refused(trading(470), &[(HOLDER, 2, of(0, 1, alpha(9)))]), Refusal::NoPlaceOnRoot);
    let mut dear = trading(470);
    dear.rules.funds.min_trade = tao(10);
    assert_eq!(refused(dear, &[(TRADER, 2, of(0, 1, alpha(9)))]), Refusal::AmountTooLow);
}

/// A fund of one TAO of which nothing was ever traded gets 1,000 more: a tenth of all may be traded at once.
#[test]
fn the_auditor_fills_a_funds_bucket_by_what_it_is_worth_when_it_trades() {
    let own = Call::Stake { netuid: CASH, hotkey: OWN, tao: tao(1_000), limit: None };
    let trade = |whole| trades(&[trade(CASH, Netuid(1), alpha(whole))]);
    let lines = [
        (TRADER, 0, own),
        (TRADER, 1, into_fund(OWN, tao(1))),
        (TRADER, 5, into_fund(OWN, tao(1_000))),
        (TRADER, 6, trade(99)),
        // And once more when it has grown twofold: half a day fills half of what it may trade now.
        (TRADER, 3_605, into_fund(OWN, tao(1_000))),
        (TRADER, 3_606, trade(95)),
    ];
    let (receipts, _) = receipts_of(trading(464), &lines);
    let outcomes: Vec<_> = receipts.iter().map(|receipt| receipt.outcome).collect();
    assert_eq!([outcomes[3], outcomes[5]], [99, 95].map(|whole| Outcome::Traded { tao: tao(whole) }));
}

#[test]
fn the_auditor_counts_what_a_fund_had_within_a_block() {
    let calls = [into_fund(OWN, tao(1_000)), trades(&[trade(CASH, Netuid(1), alpha(190))]), claim(OWN)];
    let (outcome, receipts) = after(trading(464), &calls.map(|call| (TRADER, 2, call)));
    assert_eq!(receipts[3].outcome, Outcome::Traded { tao: tao(190) });
    assert!(matches!(outcome, Outcome::Claimed { .. }), "{outcome:?}");
}

#[test]
fn the_auditor_begins_anew_with_funds_that_root_has_switched_off_and_on() {
    let switched = |dividends| {
        let funds = FundValues { dividends: Some(dividends), ..FundValues::default() };
        Call::SetRules { values: RuleValues { funds: Some(funds), ..RuleValues::default() }.into() }
    };
    let lines = [
        (SUDO, 300, switched(RootDividends::Claimable)),
        (TRADER, 305, stake(0, tao(1_000))),
        (SUDO, 340, switched(RootDividends::FundShares)),
        (TRADER, 350, into_fund(ALL, tao(1_000))),
    ];
    let (receipts, _) = receipts_of(deep(470), &lines);
    assert!(matches!(receipts[3].outcome, Outcome::Deposited { .. }), "{receipts:?}");
}
