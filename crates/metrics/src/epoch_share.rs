//! A group's part of what a detailed subnet's epochs give.

use dtao_engine::observe::{Attention, Observer, ObserverError, Reading};
use dtao_engine::roster::Results;
use dtao_engine::view::View;
use dtao_protocol::units::{Block, Netuid};
use dtao_protocol::yuma::I32F32;

/// The mean over the epochs that run from one block to another and give anything; nothing if none does.
pub(crate) struct EpochShare {
    pub name: String,
    pub netuid: Netuid,
    pub group: String,
    pub window: (Block, Block),
    pub column: fn(&Results) -> &[I32F32],
    pub shares: Vec<f64>,
}

impl Observer for EpochShare {
    fn next(&self, _: Block) -> Option<Block> {
        None
    }

    fn attention(&self) -> Attention {
        Attention::Events
    }

    fn observe(&mut self, view: &View) {
        let inside = (self.window.0..=self.window.1).contains(&view.block());
        let ran = view.epochs().iter().any(|epoch| epoch.netuid == self.netuid);
        if let (true, true, Some(roster)) = (inside, ran, view.roster(self.netuid)) {
            let belongs = |agent| view.groups()[usize::from(view.account(agent).group.0)] == self.group;
            let column = (self.column)(roster.results());
            let given: f64 = column.iter().map(|part| part.to_f64()).sum();
            let neurons = roster.hotkeys().iter().zip(column);
            let parts = neurons.filter(|(hotkey, _)| belongs(hotkey.0)).map(|(_, part)| part.to_f64());
            // Nobody has a share of nothing.
            if given > 0.0 {
                self.shares.push(parts.sum());
            }
        }
    }

    fn finish(&mut self, _: &View) -> Result<Vec<Reading>, ObserverError> {
        let mean = self.shares.iter().sum::<f64>() / self.shares.len() as f64;
        let value = (!self.shares.is_empty()).then_some(mean);
        Ok(vec![Reading { name: self.name.clone(), value }])
    }
}
