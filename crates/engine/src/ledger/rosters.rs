//! What a block does to subnets in detail besides their epochs.

use bevy_ecs::prelude::*;
use dtao_protocol::rules::Rules;
use dtao_protocol::units::Block;

use crate::chain::Law;
use crate::clock::Clock;
use crate::roster::registration::PriceStep;
use crate::subnet::Subnets;

/// What follows a block's coinbase: changes of children are taken over, and prices of registering adjusted where that is
/// due.
pub(crate) fn after_coinbase(clock: Res<Clock>, law: Res<Law>, mut subnets: ResMut<Subnets>) {
    adjust_rosters(&mut subnets, &law.rules, clock.block);
}

pub(crate) fn adjust_rosters(subnets: &mut Subnets, rules: &Rules, now: Block) {
    let step = PriceStep::of(rules);
    for (books, roster) in subnets.rosters_with_books() {
        let started = rules.is_started(books.settings.first_emission);
        roster.take_over_children(rules, rules.children.applied(started), now);
        roster.adjust_burn(step, rules, now);
    }
}
