//! A run that Python steps through, and acts in.
#![expect(clippy::needless_pass_by_value, reason = "Python gives its arguments by value")]

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, Int64Array};
use dtao_experiment::run::Progress;
use dtao_experiment::stepping::{CallNow, PoolNow, Stepped};
use dtao_protocol::units::Netuid;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::errors::{RunError, engine, input};
use crate::run::{load, options};
use crate::table::{Table, batch_of};
use crate::work::{Task, apart};

/// A run between two blocks.
#[pyclass(module = "dtao._dtao")]
pub(crate) struct World {
    /// Nothing once it has ended.
    run: Option<Stepped>,
}

impl World {
    fn run(&mut self) -> PyResult<&mut Stepped> {
        self.run
            .as_mut()
            .ok_or_else(|| RunError::new_err("the run has ended: `finish` was called, or it failed"))
    }
}

/// Whole tokens.
fn tokens(rao: u64) -> f64 {
    rao as f64 / 1e9
}

#[pymethods]
impl World {
    /// A scenario before its first block.
    #[new]
    fn new(
        py: Python<'_>,
        scenario: &str,
        seed: u64,
        set: Vec<String>,
        as_spec: Option<u16>,
        audit: bool,
    ) -> PyResult<Self> {
        let path = crate::scenario(scenario)?;
        let run = py
            .detach(|| load(&path, &set, as_spec).map(|loaded| Stepped::of(&loaded, options(seed, audit))))?;
        Ok(Self { run: Some(run) })
    }

    /// The last block made.
    #[getter]
    fn block(&mut self) -> PyResult<u64> {
        Ok(self.run()?.block().0)
    }

    /// How many of the scenario's blocks are left.
    #[getter]
    fn left(&mut self) -> PyResult<u64> {
        Ok(self.run()?.left())
    }

    /// The names of the groups.
    #[getter]
    fn groups(&mut self) -> PyResult<Vec<String>> {
        Ok(self.run()?.groups())
    }

    /// Makes blocks.
    fn step(&mut self, py: Python<'_>, blocks: u64) -> PyResult<()> {
        /// As many as are made before it is asked whether to stop.
        const AT_A_TIME: u64 = 500;
        let run = self.run()?;
        let stepped = if blocks <= AT_A_TIME {
            // Few are made sooner than a thread is started.
            py.detach(|| run.step(blocks))
        } else {
            apart(py, &Task::of(blocks), None, |task| {
                let mut made = 0;
                while made < blocks && task.at(made) == Progress::Continue {
                    let next = AT_A_TIME.min(blocks - made);
                    run.step(next)?;
                    made += next;
                }
                Ok(())
            })?
        };
        // Books that do not close are not gone on with.
        stepped.map_err(|error| {
            self.run = None;
            engine(&error)
        })
    }

    /// The pools of all subnets.
    fn pools(&mut self) -> PyResult<Table> {
        let pools = self.run()?.pools();
        let netuids: ArrayRef =
            Arc::new(pools.iter().map(|pool| i64::from(pool.netuid.0)).collect::<Int64Array>());
        let float = |name: &str, of: fn(&PoolNow) -> f64| -> (String, ArrayRef) {
            (name.to_owned(), Arc::new(pools.iter().map(of).collect::<Float64Array>()))
        };
        let columns = vec![
            ("netuid".to_owned(), netuids),
            float("price", |pool| pool.price),
            float("moving_price", |pool| pool.moving_price),
            float("tao_in", |pool| tokens(pool.tao_in.rao())),
            float("alpha_in", |pool| tokens(pool.alpha_in.rao())),
            float("alpha_out", |pool| tokens(pool.alpha_out.rao())),
        ];
        Ok(Table::new(batch_of(columns)))
    }

    /// An account's free TAO, and its stake by subnet.
    fn account(&mut self, group: &str, place: u32) -> PyResult<(f64, BTreeMap<u16, f64>)> {
        let account = self.run()?.account(group, place).map_err(|error| input(&error))?;
        let stakes = account.stakes.into_iter().map(|(Netuid(netuid), alpha)| (netuid, tokens(alpha.rao())));
        Ok((tokens(account.tao.rao()), stakes.collect()))
    }

    /// Submits a call for the next block.
    fn submit(&mut self, group: &str, place: u32, call: &str) -> PyResult<()> {
        self.run()?.submit(group, place, call).map_err(|error| input(&error))
    }

    /// What became of the last block's calls.
    fn calls<'py>(&mut self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyDict>>> {
        let dict = |call: CallNow| -> PyResult<_> {
            let dict = PyDict::new(py);
            dict.set_item("group", call.group)?;
            dict.set_item("place", call.place)?;
            dict.set_item("event", call.event)?;
            dict.set_item("netuid", call.netuid.map(|netuid| netuid.0))?;
            dict.set_item("tao", call.tao_rao.map(tokens))?;
            dict.set_item("alpha", call.alpha_rao.map(tokens))?;
            dict.set_item("detail", call.detail)?;
            Ok(dict)
        };
        self.run()?.calls().into_iter().map(dict).collect()
    }

    /// Ends the run, and returns its metrics.
    fn finish(&mut self, py: Python<'_>) -> PyResult<BTreeMap<String, Option<f64>>> {
        self.run()?;
        let run = self.run.take().expect("it has not ended");
        py.detach(|| run.finish()).map_err(|error| engine(&error))
    }
}
