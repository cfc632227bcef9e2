//! The same world under another rule: the attacks replayed there. Only a search of its own says what can be gained under it.

use dtao_agents::program::Program;
use dtao_engine::run::Audit;

use crate::AttackError;
use crate::evaluate::Evaluator;
use crate::finish::Attack;
use crate::world::World;

/// What attacks come to in the evaluator's world, by seed; nothing if it was stopped.
pub(crate) fn replayed(
    attacks: &[Attack],
    seeds: &[u64],
    evaluator: &mut Evaluator,
) -> Result<Option<Vec<Vec<f64>>>, AttackError> {
    let mut all = Vec::new();
    for Attack { program, .. } in attacks {
        let asked: Vec<(&Program, u64)> = seeds.iter().map(|&seed| (program, seed)).collect();
        let Some(values) = evaluator.values(&asked)? else { return Ok(None) };
        all.push(values);
    }
    Ok(Some(all))
}

/// What all others have with a seed if nobody attacks, in TAO.
pub(crate) fn honest_wealth(world: &mut World, seed: u64) -> Result<f64, AttackError> {
    let told = world.told(&Program::new(vec![]), seed, Audit::Off).map_err(AttackError::Scenario)?;
    let others = told.groups.iter().filter(|(name, _)| name != world.attacker());
    Ok(others.map(|(_, tao)| tao).sum())
}
