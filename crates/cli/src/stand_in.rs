//! Telling that one runtime stands in for others: `--as-spec`.

use dtao_experiment::recorded::library::Library;
use dtao_protocol::era::Spec;

use crate::report::{self, Error};

/// Says which runtimes another one stands in for; none is an error, since the option then does nothing.
pub(crate) fn tell_stand_in(library: &Library, asked: Option<Spec>) -> Result<(), Error> {
    let Some(spec) = asked else { return Ok(()) };
    let Some(as_spec) = library.replaced() else {
        let spec = u16::from(spec);
        return Err(Error::argument(
            format!("--as-spec {spec}: the rules of every runtime that is asked for are known"),
            "leave it out, or choose another runtime with `--set protocol.spec=…`",
        ));
    };
    report::note(&as_spec.told());
    Ok(())
}
