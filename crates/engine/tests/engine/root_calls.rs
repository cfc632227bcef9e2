//! The books close whatever accounts do before dynamic TAO, at the migration and after it.

use std::num::NonZeroU16;

use dtao_engine::account::Authority;
use dtao_engine::roster::RosterSetup;
use dtao_engine::run::{AccountSetup, RootVotingSetup, SubnetSetup};
use dtao_protocol::emission::Emission;
use dtao_protocol::era::Spec;
use dtao_protocol::fixed::Q32;
use dtao_protocol::root_network::RootVotingRules;
use dtao_protocol::rules::Rules;
use dtao_protocol::units::{Alpha, Netuid, Tao};
use proptest::prelude::{
    Just, ProptestConfig, Strategy as _, prop, prop_assert, prop_assert_eq, prop_oneof, proptest,
};

use crate::wishes::{On, Wish, Wishful, revision, vote_wish, wish};
use crate::world::{HOLDER, builder, still, subnet, tao};

const BLOCKS: u64 = 300;

proptest! {
    // A case is 300 audited blocks with a few hundred calls: a few milliseconds.
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Three subnets, the first in detail with room for four neurons; root's epochs are 11 blocks apart. Four
    /// accounts, the third with root's key, which migrates in a random block or never.
    #[test]
    fn the_books_close_under_root_voting_and_over_the_migration(
        wishes in prop::collection::vec(
            prop::collection::vec((0..BLOCKS, prop_oneof![3 => vote_wish(), 1 => wish()]), 0..120),
            4,
        ),
        own in prop::array::uniform4(prop_oneof![3 => Just(On::Own), 1 => Just(On::Aggregate)]),
        on_root in prop::array::uniform4(0u64..5_000),
        locked in prop::array::uniform3(prop_oneof![Just(0u64), Just(1), 0u64..1_000_000_000_000]),
        migration in prop::option::of((0..BLOCKS, revision())),
        reveal_after in prop::option::of((1u16..4).prop_map(|period| NonZeroU16::new(period).expect("above zero"))),
        weights_rate_limit in 0u64..20,
        tempos in prop::array::uniform3(0u16..30),
    ) {
        let mut setup = still();
        (setup.spec, setup.rules) = (Spec::known(219), Rules::at(Spec::known(219)));
        setup.subnets = tempos.into_iter().zip(1..).map(|(tempo, netuid)| SubnetSetup {
            tempo, ..subnet(netuid, (Tao::ZERO, Alpha::ZERO), Alpha::ZERO)
        }).collect();
        setup.subnets[0].detail = Some(RosterSetup {
            max_uids: 4, immunity_period: 20, reveal_after, ..RosterSetup::launch(HOLDER)
        });
        let mut run = builder(setup);
        run.strategy::<Wishful>();
        run.root_voting(RootVotingSetup {
            rules: RootVotingRules { tempo: 10, weights_rate_limit, ..RootVotingRules::pre_dtao() },
            subnets: (1..).map(Netuid).zip([Q32::ratio(1, 2), Q32::ratio(1, 3), Q32::ZERO])
                .zip(locked).map(|((netuid, part), rao)| (netuid, part, Tao::from_rao(rao))).collect(),
        });
        let group = run.group("agents");
        for (index, mut wishes) in wishes.into_iter().enumerate() {
            // Only the migration itself ends root voting.
            wishes.retain(|(_, wish)| index != 2 || !matches!(wish, Wish::Upgrade(_)));
            if let (2, Some((at, spec))) = (index, migration) {
                wishes.push((at, Wish::Upgrade(spec)));
            }
            let authority = if index == 2 { Authority::Root } else { Authority::Account };
            let account = AccountSetup { tao: tao(20_000), root_stake: tao(on_root[index]), authority };
            run.account(group, account, Wishful { on: own[index], wishes });
        }
        let mut run = run.build();
        let advanced = run.advance(BLOCKS);
        prop_assert!(advanced.is_ok(), "{advanced:?}");
        prop_assert_eq!(run.audited().0, BLOCKS);
        let voting = run.view().law().rules.emission == Emission::RootVote;
        prop_assert_eq!(voting, migration.is_none());
    }
}
