//! One trade in one pool, on one screen.

use dtao_compare::number::number;
use dtao_pool::answer::{Answer, Times, Traded};
use dtao_pool::question::{Deed, Question};
use dtao_pool::scenario::Files;
use dtao_protocol::units::{Alpha, DAY, RAO, Tao};
use dtao_report::{plot, wrapped};

use super::{columns, print_json, say_line, table};

/// Columns of the chart.
const WIDTH: usize = 64;
/// Rows of the chart, less one.
const HEIGHT: usize = 6;

/// Prints what was traded: the beginning of an answer, which is there before its end.
pub(crate) fn traded(answer: &Answer, question: &Question) {
    say!(
        "subnet {}, spec {}: {} TAO and {} alpha in the pool",
        answer.netuid,
        answer.spec,
        amount(answer.before.tao_in.rao()),
        amount(answer.before.alpha_in.rao())
    );
    say!("\n{}", trade(answer, question).trim_start_matches('\n'));
}

/// Prints the rest of an answer, and where its scenario was written.
pub(crate) fn pool(answer: &Answer, question: &Question, written: Option<&Files>, json: bool) {
    if json {
        return print_json(answer);
    }
    say!("\n{}", back(answer, question.days));
    say!("\n{}", shares(answer));
    say!("\n{}", chart(answer, question.days));
    say!("\nassumed: {}", answer.assumed.join(";\n         "));
    if let Some(files) = written {
        say!(
            "\nwritten: {}, {} and {}",
            files.path.display(),
            files.table_path().display(),
            files.noise_path().display()
        );
    }
}

/// What was traded.
fn trade(answer: &Answer, question: &Question) -> String {
    let (deed, days) = (question.deed, question.days);
    let mut lines = table(&[], 0);
    let mut add = |what: &str, value: String, more: String| {
        lines.add_row([format!(" {what}"), value, more]);
    };
    let each = |traded: &Traded| format!("at {} on average", number(traded.average_price));
    let calls = |traded: &Traded| match traded.calls {
        1 => each(traded),
        calls => format!("{}, in {calls} calls", each(traded)),
    };
    if let Some(bought) = &answer.bought {
        add("paid", tao(bought.tao), String::new());
        add("bought", alpha(bought.alpha), calls(bought));
    }
    if let Some(sold) = &answer.sold {
        add("sold", alpha(sold.alpha), calls(sold));
        add("received", tao(sold.tao), String::new());
    }
    add("price before", format!("{} TAO per alpha", number(answer.before.price)), String::new());
    if let Some(kept) = answer.kept {
        let blocks = format!("in {} of {} blocks", kept.blocks, kept.of);
        add("price kept", format!("{} TAO per alpha", number(kept.price)), blocks);
    }
    let change = percent(answer.after.price / answer.before.price - 1.0);
    add("price after", format!("{} TAO per alpha", number(answer.after.price)), change);
    if let Some(last) = answer.prices.last() {
        let without = format!("{} without the trade", number(last.without));
        add(&format!("in {}", time(days * DAY)), format!("{} TAO per alpha", number(last.with)), without);
    }
    if let Some(slippage) = answer.slippage {
        add("slippage", format!("{:.2} %", 100.0 * slippage), "of the price before".into());
    }
    add("fees", tao(answer.fees), String::new());
    let of = match deed {
        Deed::Push { .. } => "paid less received",
        _ => "against the price before",
    };
    add("cost", format!("{} TAO", number(answer.cost)), of.into());
    lines.trim_fmt()
}

/// When all is back.
fn back(answer: &Answer, days: u64) -> String {
    let back = &answer.back;
    let noise = format!("noise: median of {}", back.runs);
    let mut lines = table(&[" back to", "", "emission alone", &noise, "90 %"], 2);
    let mut add = |what: &str, level: String, of: fn(&Times) -> Option<u64>| {
        let after = |times: &Times| of(times).map_or_else(|| format!("over {}", time(days * DAY)), time);
        let times = [&back.emission_alone, &back.noise_median, &back.noise_90].map(after);
        lines.add_row([format!(" {what}"), level].into_iter().chain(times));
    };
    add("price", number(answer.before.price), |times| times.price);
    add("TAO in the pool", amount(answer.before.tao_in.rao()), |times| times.tao_in);
    add("alpha in the pool", amount(answer.before.alpha_in.rao()), |times| times.alpha_in);
    lines.trim_fmt()
}

/// Shares of the emission.
fn shares(answer: &Answer) -> String {
    let mut lines = table(&[" share of emission", "without", "with", "gained", "TAO gained"], 1);
    for share in &answer.share {
        let gained = share.tao_with.to_f64() - share.tao_without.to_f64();
        lines.add_row([
            format!(" first {}", time(share.blocks).trim_start_matches("1 ")),
            format!("{:.3} %", 100.0 * share.without),
            format!("{:.3} %", 100.0 * share.with),
            format!("{:+.3} %", 100.0 * (share.with - share.without)),
            format!("{gained:+.2}"),
        ]);
    }
    lines.trim_fmt()
}

/// The price, from before the first block on.
fn chart(answer: &Answer, days: u64) -> String {
    let before = answer.before.price;
    let points: Vec<(u64, f64)> =
        (0..).zip(answer.chart(WIDTH).into_iter().map(|price| price / before)).collect();
    let width = columns(100);
    let caption = format!("price over {} with emission alone; 1 is the price before", time(days * DAY));
    format!("{}\n{}", plot(&points, HEIGHT, width), wrapped(&caption, width))
}

/// A time in blocks, as people read it.
fn time(blocks: u64) -> String {
    match blocks {
        1 => "1 block".into(),
        0..300 => format!("{blocks} blocks"),
        300..DAY => format!("{:.1} h", blocks as f64 / 300.0),
        _ if blocks.is_multiple_of(DAY) => match blocks / DAY {
            1 => "1 day".into(),
            days => format!("{days} days"),
        },
        _ => format!("{:.1} days", blocks as f64 / DAY as f64),
    }
}

fn percent(part: f64) -> String {
    format!("{:+.2} %", 100.0 * part)
}

fn tao(tao: Tao) -> String {
    format!("{} TAO", amount(tao.rao()))
}

fn alpha(alpha: Alpha) -> String {
    format!("{} alpha", amount(alpha.rao()))
}

/// An amount to the last rao, with commas between thousands.
fn amount(rao: u64) -> String {
    let whole = (rao / RAO).to_string();
    let digits = whole.len();
    let grouped: String = whole
        .char_indices()
        .flat_map(|(at, digit)| {
            let comma = at > 0 && (digits - at).is_multiple_of(3);
            comma.then_some(',').into_iter().chain([digit])
        })
        .collect();
    let decimals = format!("{:09}", rao % RAO);
    match decimals.trim_end_matches('0') {
        "" => grouped,
        decimals => format!("{grouped}.{decimals}"),
    }
}
