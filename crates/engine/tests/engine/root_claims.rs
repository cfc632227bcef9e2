//! What stakers on root are owed in alpha is claimed for them, with the auditor on.

use dtao_engine::account::AgentId;
use dtao_engine::run::{Carried, Run, Setup, SubnetSetup};
use dtao_protocol::books::Books;
use dtao_protocol::drain::{AlphaDividends, DrainRules};
use dtao_protocol::era::Spec;
use dtao_protocol::fixed::Q32;
use dtao_protocol::root_claim::AUTO_CLAIMS;
use dtao_protocol::rules::Rules;
use dtao_protocol::rules::coinbase::{CoinbaseRules, Gathering, RootPart};
use dtao_protocol::units::{Alpha, Block, Netuid, Tao};

use crate::world::{TRADER, alpha, lively, run_of, stake, subnet, tao};

/// Two subnets whose prices sum to more than one, and stake on root of those who always had some and of the trader.
fn after(root_part: RootPart, auto_claims: u64, blocks: u64) -> Run {
    let setup = lively(Spec::known(282));
    let drain = DrainRules { auto_claims, ..setup.rules.drain };
    let coinbase = CoinbaseRules { root_part, gathering: Gathering::Apart, ..setup.rules.coinbase };
    let subnets = [(1, 3), (2, 1)].map(|(netuid, deep)| SubnetSetup {
        moving_price: Q32::from_f64(0.8),
        tempo: 10,
        carried: Carried { first_emission: Some(Block(0)), ..Carried::default() },
        ..subnet(netuid, (tao(8_000 * deep), alpha(10_000 * deep)), alpha(50_000))
    });
    let alpha_dividends = AlphaDividends::Gathered;
    let rules = Rules { drain, coinbase, alpha_dividends, ..setup.rules };
    let setup = Setup { rules, subnets: subnets.into(), root_stake: tao(40_000), ..setup };
    let (mut run, _) = run_of(setup, &[(TRADER, 0, stake(0, tao(30_000)))]);
    run.advance(blocks).expect("the books close");
    run
}

fn books(run: &mut Run) -> Vec<Books> {
    run.view().subnets().copied().collect()
}

fn on_root(run: &mut Run, agent: AgentId) -> Tao {
    Tao::from_rao(run.view().stake(agent, Netuid::ROOT).rao())
}

#[test]
fn owed_alpha_is_sold_for_stake_on_root() {
    for part in [RootPart::ClaimableOrLeft, RootPart::ClaimableOrRecycled] {
        let (mut claimed, mut left) = (after(part, AUTO_CLAIMS, 600), after(part, 0, 600));
        for (with, without) in books(&mut claimed).iter().zip(books(&mut left)) {
            assert!(without.root_claimable > Alpha::ZERO, "{part:?}");
            assert!(with.root_claimable.rao() < without.root_claimable.rao() / 10, "{part:?}");
            assert!(with.pool.alpha > without.pool.alpha && with.pool.tao < without.pool.tao, "{part:?}");
        }
        for agent in [AgentId::ROOT_STAKERS, TRADER] {
            assert!(on_root(&mut claimed, agent) > on_root(&mut left, agent), "{part:?}");
        }
        // In proportion to their stake.
        let gains = [AgentId::ROOT_STAKERS, TRADER].map(|agent| {
            let (now, then) = (on_root(&mut claimed, agent), on_root(&mut left, agent));
            (now - then).rao() as f64 / then.rao() as f64
        });
        assert!((gains[0] / gains[1] - 1.0).abs() < 0.1, "{part:?}: {gains:?}");
    }
}

#[test]
fn what_is_owed_and_not_claimed_is_what_waits() {
    let mut run = after(RootPart::ClaimableOrRecycled, 0, 600);
    let view = run.view();
    for subnet in view.subnets() {
        let owed: u64 = [AgentId::ROOT_STAKERS, TRADER]
            .iter()
            .map(|&agent| view.claimable(agent, subnet.netuid).rao())
            .sum();
        // Each of some sixty epochs rounds its rate down, by at most one rao for every 2^32 on root.
        let waits = subnet.root_claimable.rao();
        assert!(owed > 0 && owed <= waits && waits - owed < 60 * 20_000, "{owed} of {waits}");
    }
}
