//! What is left of attacks once others have answered.

use dtao_attack::OWN;

use crate::ReportError;
use crate::finished::Finished;
use crate::page::{Row, Table};
use crate::text::{or_dash, range};

const COLUMNS: [&str; 7] =
    ["rule", "attack", "mean", "after_answers", "after_lower", "after_upper", "answers"];

/// A row for each attack that was answered; none where nobody was asked.
pub(super) fn table(finished: &Finished) -> Result<Table, ReportError> {
    let mut rows = Vec::new();
    // Searches of earlier versions have no such columns.
    if finished.has_column("attacks.csv", "answers") {
        finished.rows("attacks.csv", COLUMNS, |cells| {
            let (rule, number, answers) = (cells.text(0), cells.text(1), cells.text(6));
            if !answers.is_empty() {
                let name = if rule == OWN { number.to_owned() } else { format!("{number} under {rule}") };
                let interval = cells.number(4)?.zip(cells.number(5)?);
                rows.push(Row::of([
                    name,
                    answers.to_owned(),
                    or_dash(cells.number(2)?),
                    or_dash(cells.number(3)?),
                    range(interval),
                ]));
            }
            Ok(())
        })?;
    }
    Ok(Table {
        caption: "What each attack comes to while nobody answers, and after those who trade have answered it, over the same fresh seeds.".into(),
        columns: ["attack", "what others do", "before", "after", "95 % interval"].map(Into::into).into(),
        texts: 2,
        rows,
        ..Table::default()
    })
}
