//! The same world under another rule: the attacks replayed there. Only a search of its own says what can be gained under it.

use dtao_agents::program::Program;
use dtao_engine::run::Audit;

use crate::evaluate::Evaluator;
use crate::finish::{Attack, on_fresh};
use crate::seeds::Seeds;
use crate::world::World;
use crate::{AttackError, Watch};

/// What attacks come to in the evaluator's world, by fresh seed; nothing if it was stopped.
pub(crate) fn replayed(
    attacks: &[Attack],
    seeds: &Seeds,
    evaluator: &mut Evaluator,
) -> Result<Option<Vec<Vec<f64>>>, AttackError> {
    let mut all = Vec::new();
    for Attack { program, .. } in attacks {
        let Some(values) = on_fresh(program, seeds, evaluator)? else { return Ok(None) };
        all.push(values);
    }
    Ok(Some(all))
}

/// What all others have with a seed if nobody attacks, in TAO; nothing if it was stopped.
pub(crate) fn honest_wealth(world: &mut World, seed: u64, watch: Watch) -> Result<Option<f64>, AttackError> {
    let told = world.told(&Program::new(vec![]), seed, Audit::Off, watch);
    let told = told.map_err(|why| AttackError::Scenario { seed, why })?;
    let others = |groups: &[(String, f64)]| {
        groups.iter().filter(|(name, _)| name != world.attacker()).map(|(_, tao)| tao).sum()
    };
    Ok(told.map(|told| others(&told.groups)))
}
