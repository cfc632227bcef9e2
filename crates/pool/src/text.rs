//! Parts of a scenario's text.

use std::fmt::Write as _;
use std::path::Path;

use dtao_experiment::scenario::{Borrowed, BorrowedField, BorrowedSubnets, FlowAverages, Protocol};
use dtao_protocol::settable;

use crate::shipped::Frame;

/// An amount with the decimals that it has.
pub(crate) fn plain(amount: impl ToString) -> String {
    amount.to_string().trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The fields of a start from a table.
pub(crate) fn start(frame: &Frame, table: &Path) -> String {
    let Frame { block, root_tao, root_uncounted, issuance, last_registration, flow_averages, .. } = *frame;
    let mut start = format!(
        "        block: {block},\n        subnets: {:?},\n        root_tao: \"{} TAO\",\n        \
         root_uncounted: \"{} TAO\",\n        issuance: \"{} TAO\",\n        holder: \"market\",\n",
        name(table),
        plain(root_tao),
        plain(root_uncounted),
        plain(issuance),
    );
    if let Some(last) = last_registration {
        let _ = writeln!(
            start,
            "        last_registration: (cost: \"{} TAO\", block: {}),",
            plain(last.cost),
            last.block
        );
    }
    if let Some(averages) = flow_averages {
        let kind = match averages {
            FlowAverages::ByMovingPrice { .. } => "ByMovingPrice",
            FlowAverages::Equal { .. } => "Equal",
        };
        let _ = writeln!(start, "        flow_averages: {kind}(sum: \"{} TAO\"),", plain(averages.sum()));
    }
    if let Some(borrowed) = &frame.borrowed {
        start.push_str(&others(frame, borrowed));
    }
    start
}

/// What of a start is another market's.
fn others(frame: &Frame, borrowed: &Borrowed) -> String {
    let is_there = |field: &&BorrowedField| match field {
        BorrowedField::LastRegistration => frame.last_registration.is_some(),
        BorrowedField::FlowAverages => frame.flow_averages.is_some(),
        _ => true,
    };
    let fields: Vec<&str> = borrowed.fields.iter().filter(is_there).map(|field| field.name()).collect();
    let subnets = match &borrowed.subnets {
        BorrowedSubnets::Nobody => String::new(),
        BorrowedSubnets::Except(own) => {
            let own: Vec<String> = own.iter().map(ToString::to_string).collect();
            format!(", subnets: Except([{}])", own.join(", "))
        }
    };
    if fields.is_empty() && subnets.is_empty() {
        return String::new();
    }
    format!(
        "        // Another market's, so assumed.\n        borrowed: (from: {:?}, fields: [{}]{subnets}),\n",
        borrowed.from,
        fields.join(", ")
    )
}

/// A file's name, without its folder.
pub(crate) fn name(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// The rules, as a scenario writes them.
pub(crate) fn protocol(protocol: &Protocol) -> String {
    settable::text(protocol)
}
