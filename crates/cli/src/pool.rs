//! `dtao pool`, one trade in one pool for people who write no scenario, and `dtao import`, pools from a service's file.

use std::cell::Cell;
use std::path::Path;

use dtao_experiment::recorded::library::Library;
use dtao_experiment::scenario::{LaunchSubnets, Loaded};
use dtao_files::folder::write_whole;
use dtao_files::input::Source;
use dtao_pool::answer::Answer;
use dtao_pool::import::{self, Beside, RootEntry};
use dtao_pool::question::{Deed, GivenPool, Own, Question};
use dtao_pool::scenario::Files;
use dtao_pool::{PoolError, Reply, ask};
use dtao_protocol::units::{DAY, Netuid};

use crate::arguments::{ImportArguments, PoolArguments, at_once};
use crate::found::Found;
use crate::output::{self, Bar};
use crate::report::{Error, Exit, note};
use crate::stopper::Stopper;
use crate::target::{its_folder_exists, refuse_to_replace};
use crate::typed;

/// How a table of pools begins that this program has written.
const TABLE: &str = "netuid,tao_in,alpha_in,alpha_out";

/// So many blocks may take a minute.
const MANY: u64 = 1_000_000;

impl From<PoolError> for Error {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Input(error) => error.into(),
            PoolError::Question { message, help } => Self::Argument { message, help },
            PoolError::Run(error) => Self::Run(error.into()),
        }
    }
}

/// Answers the question, and writes the scenario if it is asked for.
pub(crate) fn pool_command(arguments: &PoolArguments, stopper: &Stopper, json: bool) -> Result<Exit, Error> {
    let question = question(arguments);
    if let Some(file) = &arguments.write {
        writable(file, arguments.force)?;
    }
    let jobs = at_once(arguments.jobs);
    let blocks = (question.seeds + 2) * question.days * DAY;
    if blocks > MANY {
        note("--days 3 --seeds 4 looks ahead for three days only, and is sooner done");
    }
    let bar = Bar::new(blocks, "blocks");
    let progress = |blocks| {
        bar.add(blocks);
        stopper.progress()
    };
    // What the trade comes to is there long before its recovery.
    let early = |answer: &Answer| {
        if !json {
            bar.aside(|| output::traded(answer, &question));
        }
    };
    let reply = ask(&question, jobs, &progress, &early);
    bar.finish();
    let Some(Reply { answer, files }) = reply? else { return Ok(Exit::Interrupted) };
    if arguments.write.is_some() {
        stopper.writes();
        write(&files)?;
    }
    output::pool(&answer, &question, arguments.write.as_ref().map(|_| &files), json);
    Ok(Exit::Done)
}

/// Writes a scenario that begins with the pools of a service's file, and prints what of it is given and what assumed.
pub(crate) fn import_command(
    arguments: &ImportArguments,
    stopper: &Stopper,
    json: bool,
) -> Result<Exit, Error> {
    let (from, to) = (&arguments.file, &arguments.out);
    named_as_scenario("--out", to)?;
    let table = to.with_extension("csv");
    for (file, start, what) in [
        (to, "// Written by `dtao import ", "a scenario of `dtao import`"),
        (&table, TABLE, "a table of pools"),
    ] {
        refuse_to_replace(file, arguments.force, start, what)?;
    }
    let imported = import::read(from)?;
    let (spec, root_tao, issuance) = (arguments.spec, arguments.root_tao, arguments.issuance);
    let scenario = imported.scenario(from, to, &Beside { spec, root_tao, issuance })?;
    // It is read before it is written: what cannot begin with these pools is told, and leaves nothing.
    let library = Library::default();
    library.put(Source::new(to, scenario.as_str()));
    library.put_pools(&table, imported.table().into_bytes())?;
    let loaded = Loaded::read_from(&library, to, &[], LaunchSubnets::Needed)?;
    stopper.writes();
    write_whole(&table, &imported.table())?;
    write_whole(to, &scenario)?;
    if imported.root == RootEntry::LeftOut {
        note("root's entry was left out: its TAO is given with --root-tao");
    }
    let found = Found::scenario(to, &loaded);
    if json {
        output::print_json(&found);
    } else {
        output::checked(&found);
    }
    Ok(Exit::Done)
}

/// Each of the command line's own groups of arguments gives exactly one.
fn question(arguments: &PoolArguments) -> Question {
    let own = match (&arguments.from, arguments.netuid) {
        (Some(file), Some(netuid)) => Own::Of { file: file.clone(), netuid: Netuid(netuid) },
        _ => Own::Given(GivenPool {
            tao_in: arguments.tao_in.expect("one of two is required"),
            alpha_in: arguments.alpha_in.expect("the other requires it"),
            alpha_out: arguments.alpha_out,
            moving_price: arguments.moving_price,
            market: arguments.market,
        }),
    };
    let deed = match (arguments.sell, arguments.buy, arguments.push, arguments.price) {
        (Some(alpha), ..) => Deed::Sell(alpha),
        (_, Some(tao), ..) => Deed::Buy(tao),
        (_, _, Some(times), _) => {
            Deed::Push { times, blocks: arguments.duration.expect("the other requires it") }
        }
        (.., price) => Deed::Price(price.expect("one of four is required")),
    };
    let (spec, days, seeds) = (arguments.spec, arguments.days, arguments.seeds);
    Question { own, deed, spec, days, seeds, write: arguments.write.clone(), asked: asked() }
}

/// The command as it was written, without where it writes.
fn asked() -> String {
    let quoted = |word: String| if word.contains([' ', '\'']) { format!("\"{word}\"") } else { word };
    let skip = Cell::new(false);
    let words =
        typed::words().iter().skip(1).map(|word| word.to_string_lossy().into_owned()).filter(|word| {
            let skipped = skip.replace(word == "--write" || word == "--jobs");
            let whole = ["--write", "--jobs", "--force", "--json"].iter().any(|flag| {
                word == flag || word.strip_prefix(flag).is_some_and(|rest| rest.starts_with('='))
            });
            !skipped && !whole
        });
    let words: Vec<String> = words.map(quoted).collect();
    format!("dtao {}", words.join(" ")).replace(['\n', '\r'], " ")
}

/// Makes sure, before anything is run, that the files can be made.
fn writable(file: &Path, force: bool) -> Result<(), Error> {
    named_as_scenario("--write", file)?;
    let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let noise = file.with_file_name(format!("{stem}_noise.ron"));
    let starts: [(&Path, &str, &str); 3] = [
        (file, "// dtao pool ", "a scenario of `dtao pool`"),
        (&file.with_extension("csv"), TABLE, "a table of pools"),
        (&noise, "// One seed is one course", "a variant of `dtao pool`"),
    ];
    starts.iter().try_for_each(|(file, start, what)| refuse_to_replace(file, force, start, what))
}

/// Makes sure that a scenario can be made under a name.
fn named_as_scenario(option: &str, file: &Path) -> Result<(), Error> {
    if file.extension().is_none_or(|ending| ending != "ron") {
        let message = format!("{option} {}: this is not the name of a scenario", file.display());
        return Err(Error::argument(message, "name a file that ends in .ron"));
    }
    its_folder_exists(file)
}

fn write(files: &Files) -> Result<(), Error> {
    write_whole(&files.table_path(), &files.table)?;
    write_whole(&files.path, &files.scenario)?;
    write_whole(&files.noise_path(), &files.noise_text())?;
    Ok(())
}
