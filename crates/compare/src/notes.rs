//! What a reader of the table has to know.

use dtao_experiment::scenario::Loaded;
use dtao_protocol::emission::Emission;

use crate::rules;
use crate::trial::Trial;

/// A note on each group whose prices no rule moves.
pub(crate) fn imposed(own: &Loaded) -> Option<String> {
    let mut own = own.scenario.clone();
    let replaying = own.agents.iter_mut().filter_map(|group| {
        let name = group.name.clone();
        group.strategy.price_files().map(|_| format!("`{name}`"))
    });
    let replaying: Vec<String> = replaying.collect();
    (!replaying.is_empty()).then(|| {
        format!(
            "{} trade(s) so that recorded prices come true: no rule moves those. With --flow, recorded trades are repeated \
             instead.",
            replaying.join(", ")
        )
    })
}

/// A note where the scenario itself sets another rule during the run.
pub(crate) fn overridden(name: &str, start: Emission, trials: &[Trial]) -> Option<String> {
    let seen = &trials.first()?.seen;
    let (block, other) = seen.other?;
    // Where root votes first, the rule that is compared is the one after.
    let expected = seen.rule == Some(start);
    let votes = seen.rule == Some(Emission::RootVote);
    (expected && !votes).then(|| {
        format!(
            "{} holds at the start only: by block {block} the scenario itself has set {}.",
            name,
            rules::name(other)
        )
    })
}
