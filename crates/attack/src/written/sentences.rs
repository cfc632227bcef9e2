//! A sentence for each attack, one about the search, and one about each other rule.

use dtao_protocol::units::{Netuid, Tao};

use crate::archive::mean;
use crate::finish::{Attack, LEVEL};
use crate::prepared::{Prepared, Report, Searched};
use crate::respond::Answered;
use crate::written::answers;
use crate::written::words::steps;
use crate::{Effort, Goal, nulls};

/// An amount as people write it.
pub(super) fn tao(tao: Tao) -> String {
    format!("{} TAO", tao.to_f64())
}

/// A value of a goal with its unit.
fn amount(goal: Goal, value: f64) -> String {
    match goal {
        Goal::Profit => format!("{value:.4} TAO"),
        Goal::Damage => format!("{value:.4} TAO for each TAO of the budget"),
        Goal::Share => format!("{:.4} percentage points of the emission", 100.0 * value),
    }
}

/// A sentence for each attack, and one about the search.
#[must_use]
pub fn sentences(prepared: &Prepared, report: &Report) -> Vec<String> {
    let (question, mut all) = (prepared.question(), Vec::new());
    for (number, attack) in report.own.attacks.iter().enumerate() {
        let claimed = if attack.claimed { "" } else { "not claimed: " };
        let answers = report.own.answers.get(number);
        let answers =
            answers.map_or_else(String::new, |answers| format!(" {}", after_answers(answers, question.goal)));
        all.push(format!("attack {}: {claimed}{}{answers}", number + 1, sentence(prepared, attack)));
    }
    let found = &report.own;
    let (tried, of) = found.grid;
    let claimed = found.attacks.iter().filter(|attack| attack.claimed).count();
    let reported = found.attacks.len();
    let searched = format!(
        "{} runs of programs {}with {} and {} were made; of the {of} programs of one and two calls on the grid {tried} were tried.",
        found.evaluations,
        about(&question.subnets),
        tao(question.budget),
        if question.accounts == 1 {
            "1 account".into()
        } else {
            format!("up to {} accounts", question.accounts)
        },
    );
    all.push(match (claimed, reported) {
        (0, 0) => format!("Nothing was found that gains. That is evidence for this search only: {searched}"),
        (0, _) => format!(
            "No gain is claimed: none of the {reported} best programs holds at {:.0} % on fresh seeds. That is evidence for this \
             search only: {searched}",
            100.0 * LEVEL
        ),
        _ => format!("{claimed} of {reported} attacks are claimed at {:.0} % together. {searched}", 100.0 * LEVEL),
    });
    all.extend(nulls::sentence(question.goal, found.evaluations));
    if let Effort::Minutes(_) = question.effort {
        let others = report.elsewhere.iter().map(|other| {
            format!(", and `--evaluations {}` the one under {}", other.searched.repeated_by, other.rule)
        });
        all.push(format!(
            "In place of --minutes, `--evaluations {}` repeats the search{}.",
            found.repeated_by,
            others.collect::<String>()
        ));
    }
    if report.faults() > 0 {
        all.push(format!(
            "Runs in which the simulator is at fault, and no attack is: {}; see failures.csv, and `audit` in attacks.csv.",
            report.faults()
        ));
    }
    for other in &report.elsewhere {
        let best = |found: &Searched| found.attacks.first().filter(|attack| attack.claimed).map(Attack::mean);
        let told = |best: Option<f64>| {
            best.map_or("nothing that is claimed".into(), |best| amount(question.goal, best))
        };
        all.push(format!(
            "Under {}: the best found goes from {} to {} at {} evaluations; replayed, the attacks come to {}.",
            other.rule,
            told(best(found)),
            told(best(&other.searched)),
            other.searched.evaluations,
            if other.replayed.is_empty() {
                "nothing, since there are none".into()
            } else {
                let means = other.replayed.iter().map(|values| amount(question.goal, mean(values)));
                means.collect::<Vec<_>>().join(", ")
            },
        ));
    }
    all
}

/// Which subnets programs were about, if not all.
fn about(subnets: &[Netuid]) -> String {
    let names: Vec<String> = subnets.iter().map(ToString::to_string).collect();
    match subnets.len() {
        0 => String::new(),
        1 => format!("about subnet {} ", names[0]),
        _ => format!("about subnets {} ", names.join(", ")),
    }
}

/// What is left of an attack.
fn after_answers(answered: &Answered, goal: Goal) -> String {
    let gain =
        answered.gain.mean.map_or_else(|| "nothing that was measured".into(), |mean| amount(goal, mean));
    let same = || format!(" (the same in {} fresh seeds)", answered.gain.n);
    let sure = answered.gain.interval.map_or_else(same, |of| {
        format!(" (95 % interval {} to {})", amount(goal, of.low), amount(goal, of.high))
    });
    format!("After others answered it comes to {gain}{sure}: {}.", answers::words(answered))
}

/// What an attack comes to, how sure that is, and what it does.
pub(super) fn sentence(prepared: &Prepared, attack: &Attack) -> String {
    let goal = prepared.question().goal;
    let what = match goal {
        Goal::Profit | Goal::Share => "gains",
        Goal::Damage => "takes from others",
    };
    let sure = match attack.sample.interval {
        Some(interval) => format!(
            "95 % interval {} to {} over {} fresh seeds, below zero in {:.0} % of them, p = {:.4} after Holm",
            amount(goal, interval.low),
            amount(goal, interval.high),
            attack.values.len(),
            100.0 * attack.losses(),
            attack.adjusted
        ),
        None => format!("the same in {} fresh seeds: nothing in it is random", attack.values.len()),
    };
    let over = match goal {
        Goal::Profit | Goal::Share => " over the best honest use of the same capital",
        Goal::Damage => "",
    };
    let breach = attack.breach.as_ref().map_or_else(String::new, |why| {
        format!(" The auditor finds a breach, so this is a fault of the simulator and is not claimed: {why}.")
    });
    let late = attack.one_block_late.map_or_else(
        || "What a block of delay costs was not measured, since it waits for prices or trades.".into(),
        |mean| format!("One block late it comes to {}.", amount(goal, mean)),
    );
    format!(
        "{what} {}{over} ({sure}); over holding it makes {:.4} TAO, with at most {:.2} TAO out at once. {late} {}{breach}",
        amount(goal, attack.mean()),
        mean(&attack.profits),
        attack.capital,
        steps(&attack.program),
    )
}
