//! What looks at a run without touching it: recorders and metrics.

use std::fmt;

use bevy_ecs::prelude::*;
use bevy_ecs::system::SystemParam;
use dtao_protocol::units::Block;

use crate::clock::Clock;
use crate::receipts::Receipts;
use crate::view::View;

/// Looks at the state at the end of blocks, and reports at the end of the run.
pub trait Observer: Send + Sync {
    /// Which block it wants to see next, from `from` on; `None` if no more.
    fn next(&self, from: Block) -> Option<Block>;

    /// Whether it also wants to see every block in which calls were executed or epochs ran.
    fn attention(&self) -> Attention {
        Attention::AskedFor
    }

    /// Before the first block.
    fn start(&mut self, view: &View) {
        let _ = view;
    }

    /// The end of a block that it wants to see.
    fn observe(&mut self, view: &View);

    /// The end of the run: what came out.
    ///
    /// # Errors
    /// If the observer could not keep what it saw, for example on a full disk.
    fn finish(&mut self, view: &View) -> Result<Vec<Reading>, ObserverError>;
}

/// Which blocks an observer wants to see besides those it asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attention {
    /// None.
    AskedFor,
    /// Every block in which calls were executed or epochs ran.
    Events,
}

/// A number that an observer read from a run, under the name that the scenario gave it.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The name.
    pub name: String,
    /// The number; `None` if the run did not reach what it is about.
    pub value: Option<f64>,
}

/// An observer lost what it saw.
#[derive(Debug)]
pub struct ObserverError(pub Box<dyn std::error::Error + Send + Sync>);

impl fmt::Display for ObserverError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for ObserverError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(self.0.as_ref())
    }
}

/// A run's observers, and when the first of them wants to look.
#[derive(Resource, Default)]
pub(crate) struct Observers {
    pub list: Vec<Watcher>,
    soonest: Option<Block>,
    events: bool,
}

pub(crate) struct Watcher {
    pub observer: Box<dyn Observer>,
    next: Option<Block>,
    attention: Attention,
}

impl Observers {
    pub fn new(observers: Vec<Box<dyn Observer>>, from: Block) -> Self {
        let list: Vec<_> = observers
            .into_iter()
            .map(|observer| {
                let (next, attention) = (observer.next(from), observer.attention());
                Watcher { observer, next, attention }
            })
            .collect();
        let soonest = list.iter().filter_map(|watcher| watcher.next).min();
        let events = list.iter().any(|watcher| watcher.attention == Attention::Events);
        Self { list, soonest, events }
    }

    /// Whether any of them wants to see a block in which this happened.
    pub fn look(&self, block: Block, receipts: &Receipts) -> bool {
        self.soonest.is_some_and(|soonest| soonest <= block) || (self.events && !receipts.is_empty())
    }
}

/// Whether any observer wants to see this block.
pub(crate) fn somebody_looks(clock: Res<Clock>, receipts: Res<Receipts>, observers: Res<Observers>) -> bool {
    observers.look(clock.block, &receipts)
}

/// What observers see, and they.
#[derive(SystemParam)]
pub(crate) struct Record<'w, 's> {
    view: View<'w, 's>,
    receipts: Res<'w, Receipts>,
    observers: ResMut<'w, Observers>,
}

impl Record<'_, '_> {
    /// Shows the last block to those who want to see it.
    pub fn record(&mut self) {
        let Self { view, receipts, observers } = self;
        let block = view.block();
        let events = !receipts.is_empty();
        for watcher in &mut observers.list {
            let asked = watcher.next.is_some_and(|next| next <= block);
            if asked || (events && watcher.attention == Attention::Events) {
                watcher.observer.observe(view);
            }
            if asked {
                watcher.next = watcher.observer.next(block + 1);
            }
        }
        observers.soonest = observers.list.iter().filter_map(|watcher| watcher.next).min();
    }
}

pub(crate) fn record(mut record: Record) {
    record.record();
}
