//! What is said about each kind of mistake, word for word.

use super::error;

/// What the mistake underlines, and what is said.
#[track_caller]
fn says(right: &str, wrong: &str, underlined: &str, said: &str) {
    let error = error(right, wrong);
    let span = error.span().expect("a mistake in a text has a place");
    assert_eq!((&error.text()[span], &*error.to_string()), (underlined, said));
}

#[test]
fn an_unknown_name_is_underlined_and_the_nearest_one_offered() {
    says(
        "strategy: Noise(",
        "strategy: Nois(",
        "Nois",
        "pump.ron:10:61: agents[1].strategy: unknown variant `Nois`\n  help: did you mean `Noise`? the variants are: `Noise`, `Pumper`, `Holder`",
    );
    says(
        "record: (every: 10, subnets: All)",
        "record: Rec(every: 10, subnets: All)",
        "Rec",
        "pump.ron:16:13: record: expected `Record(…)`, found `Rec(…)`\n  help: write `Record`, or leave the name out",
    );
    says(
        "buys: 0.25",
        "bys: 0.25",
        "bys",
        "pump.ron:12:13: agents[1].strategy.Noise.bys: unknown field `bys` in `Noise`\n  help: did you mean `buys`? the fields are: `budget`, `buys`, `spend`",
    );
    says(
        r#"budget: "1 TAO""#,
        r#"budgett: "1 TAO""#,
        "budgett",
        "pump.ron:11:13: agents[1].strategy.Noise.budgett: unknown field `budgett` in `Noise`\n  help: did you mean `budget`? the fields are: `budget`, `buys`, `spend`",
    );
    says(
        "blocks: 7_200",
        "blokcs: 7_200",
        "blokcs",
        "pump.ron:4:5: blokcs: unknown field `blokcs` in `Scenario`\n  help: did you mean `blocks`? the fields are: `about`, `blocks`, `start`, `agents`, `record`, `within`, `known`, `limit`",
    );
    says(
        "LogNormal(mean: 0.5, sd: 1.5)",
        "LogNorm",
        "LogNorm",
        "pump.ron:13:20: agents[1].strategy.Noise.spend: unknown variant `LogNorm`\n  help: did you mean `LogNormal`? the variants are: `Uniform`, `LogNormal`",
    );
    says(
        "subnets: All",
        "subnets: all",
        "all",
        "pump.ron:16:34: record.subnets: unknown variant `all`\n  help: did you mean `All`? the variants are: `All`, `Only`",
    );
    says(
        "Scenario(",
        "Scenari(",
        "Scenari",
        "pump.ron:2:1: expected `Scenario(…)`, found `Scenari(…)`\n  help: write `Scenario`, or leave the name out",
    );
}

#[test]
fn a_missing_field_shows_where_its_parentheses_open() {
    says(
        "netuid: 28, ",
        "",
        "Pumper(",
        "pump.ron:7:62: agents[0].strategy.Pumper: missing field `netuid` in `Pumper`\n  help: add `netuid: …`",
    );
    says(
        "mean: 0.5, ",
        "",
        "LogNormal(",
        "pump.ron:13:20: agents[1].strategy.Noise.spend.LogNormal: missing field `mean` in `LogNormal`\n  help: add `mean: …`",
    );
    says(
        "LogNormal(mean: 0.5, sd: 1.5)",
        "LogNormal",
        "LogNormal",
        "pump.ron:13:20: agents[1].strategy.Noise.spend.LogNormal: expected `LogNormal(field: value, …)`, found `LogNormal`\n  help: the fields are: `mean`, `sd`",
    );
}

#[test]
fn an_amount_is_explained_with_its_unit() {
    says(
        "0.1}",
        "0.1}, limit: Some(\"5\")",
        "\"5\"",
        "pump.ron:18:45: limit: expected an amount in TAO, such as \"12.5 TAO\" or \"7 rao\", found \"5\"\n  help: for an amount of TAO, write `\"5 TAO\"`",
    );
    says(
        r#"tao: "5 TAO""#,
        r#"tao: "5 alpha""#,
        r#""5 alpha""#,
        "pump.ron:10:42: agents[1].tao: expected an amount in TAO, such as \"12.5 TAO\" or \"7 rao\", found \"5 alpha\"\n  help: for an amount of TAO, write `\"5 TAO\"`",
    );
    says(
        r#"tao: "5 TAO""#,
        r#"tao: "5""#,
        r#""5""#,
        "pump.ron:10:42: agents[1].tao: expected an amount in TAO, such as \"12.5 TAO\" or \"7 rao\", found \"5\"\n  help: for an amount of TAO, write `\"5 TAO\"`",
    );
    says(
        r#"tao: "5 TAO""#,
        "tao: 5",
        "5",
        "pump.ron:10:42: agents[1].tao: expected an amount in TAO, such as \"12.5 TAO\" or \"7 rao\", found \"5\"\n  help: for an amount of TAO, write `\"5 TAO\"`",
    );
    says(
        r#"tao: "5 TAO""#,
        "tao: 5 TAO",
        "5",
        "pump.ron:10:42: agents[1].tao: expected an amount in TAO, such as \"12.5 TAO\" or \"7 rao\", found \"5\"\n  help: for an amount of TAO, write `\"5 TAO\"`",
    );
    says(
        r#"tao: "5 TAO""#,
        "tao: [5]",
        "[5]",
        r#"pump.ron:10:42: agents[1].tao: expected an amount in TAO, such as "12.5 TAO" or "7 rao", found a list `[…]`"#,
    );
    says(
        r#"tao: "5 TAO""#,
        r#"tao: "5.5.5 TAO""#,
        r#""5.5.5 TAO""#,
        r#"pump.ron:10:42: agents[1].tao: "5.5.5 TAO" is not an amount: write digits, with `_` between them if you like, such as "5_900_000 TAO""#,
    );
}

#[test]
fn a_value_of_the_wrong_type_is_underlined() {
    says(
        "blocks: 7_200,",
        "blocks: many,",
        "many",
        "pump.ron:4:13: blocks: expected a whole number, found `many`",
    );
    says(
        "netuid: 28",
        "netuid: 300000",
        "300000",
        "pump.ron:8:86: agents[0].strategy.Pumper.netuid: expected a whole number from 0 to 65535, found `300000`",
    );
    says(
        "netuid: 28",
        "netuid: -1",
        "-1",
        "pump.ron:8:86: agents[0].strategy.Pumper.netuid: expected a whole number from 0 to 65535, found `-1`",
    );
    says(
        "netuid: 28",
        "netuid: 28.5",
        "28.5",
        "pump.ron:8:86: agents[0].strategy.Pumper.netuid: expected a whole number, found `28.5`",
    );
    says(
        "netuid: 28",
        r#"netuid: "28""#,
        r#""28""#,
        "pump.ron:8:86: agents[0].strategy.Pumper.netuid: expected a whole number, found `\"28\"`\n  help: write `28`",
    );
    says(
        "patient: true",
        "patient: yes",
        "yes",
        "pump.ron:8:99: agents[0].strategy.Pumper.patient: expected `true` or `false`, found `yes`",
    );
    says(
        "patient: true",
        "patient: 1",
        "1",
        "pump.ron:8:99: agents[0].strategy.Pumper.patient: expected `true` or `false`, found `1`",
    );
    says(
        r#"name: "crowd""#,
        "name: crowd",
        "crowd",
        "pump.ron:10:16: agents[1].name: expected text in quotes, found `crowd`\n  help: write `\"crowd\"`",
    );
    says(
        "mean: 0.5",
        "mean: 0.5.5",
        "0.5.5",
        "pump.ron:13:36: agents[1].strategy.Noise.spend.LogNormal.mean: expected a number, found `0.5.5`",
    );
    says(
        "mean: 0.5",
        r#"mean: "0.5""#,
        r#""0.5""#,
        "pump.ron:13:36: agents[1].strategy.Noise.spend.LogNormal.mean: expected a number, found `\"0.5\"`\n  help: write `0.5`",
    );
    says(
        "mean: 0.5",
        "mean: half",
        "half",
        "pump.ron:13:36: agents[1].strategy.Noise.spend.LogNormal.mean: expected a number, found `half`",
    );
}

#[test]
fn a_value_of_the_wrong_shape_is_underlined() {
    says(
        "strategy: Noise(",
        "strategy: Holder(",
        "Holder(",
        "pump.ron:10:61: agents[1].strategy: expected `Holder` without parentheses, found `Holder(…)`",
    );
    says(
        "strategy: Noise(",
        "strategy: (",
        "(",
        "pump.ron:10:61: agents[1].strategy: expected the name of a variant, found `(…)`\n  help: the variants are: `Noise`, `Pumper`, `Holder`",
    );
    says(
        "LogNormal(mean: 0.5, sd: 1.5)",
        "Uniform(1)",
        "Uniform(1)",
        "pump.ron:13:20: agents[1].strategy.Noise.spend.Uniform: expected 2 values, found 1",
    );
    says(
        "LogNormal(mean: 0.5, sd: 1.5)",
        "Uniform(1, 2, 3)",
        "Uniform(1, 2, 3)",
        "pump.ron:13:20: agents[1].strategy.Noise.spend.Uniform: expected 2 values, found 3",
    );
    says(
        "LogNormal(mean: 0.5, sd: 1.5)",
        r#""LogNormal""#,
        r#""LogNormal""#,
        "pump.ron:13:20: agents[1].strategy.Noise.spend: expected the name of a variant, found `\"LogNormal\"`\n  help: did you mean `LogNormal`? the variants are: `Uniform`, `LogNormal`",
    );
    says(
        "subnets: All",
        "subnets: Only",
        "Only",
        "pump.ron:16:34: record.subnets.Only: expected `Only(…)`, found `Only`",
    );
    says(
        "subnets: All",
        "subnets: Only(3)",
        "3",
        "pump.ron:16:39: record.subnets.Only: expected a list `[…]`, found `3`",
    );
    says(
        "subnets: All",
        "subnets: Only([3, 70000])",
        "70000",
        "pump.ron:16:43: record.subnets.Only[1]: expected a whole number from 0 to 65535, found `70000`",
    );
    says(
        "subnets: All",
        "subnets: All(3)",
        "All(3)",
        "pump.ron:16:34: record.subnets: expected `All` without parentheses, found `All(…)`",
    );
    says(
        "subnets: All",
        "subnets: 3",
        "3",
        "pump.ron:16:34: record.subnets: expected the name of a variant, found `3`\n  help: the variants are: `All`, `Only`",
    );
    says(
        "within: (0.88, 0.96)",
        "within: (0.88, 0.96, 1)",
        "(0.88, 0.96, 1)",
        "pump.ron:17:13: within: expected 2 values, found 3",
    );
    says(
        "within: (0.88, 0.96)",
        "within: 0.88",
        "0.88",
        "pump.ron:17:13: within: expected `(…)` with 2 values, found `0.88`",
    );
    says(
        "within: (0.88, 0.96)",
        "within: [0.88, 0.96]",
        "[0.88, 0.96]",
        "pump.ron:17:13: within: expected `(…)` with 2 values, found a list `[…]`",
    );
    says(
        "within: (0.88, 0.96)",
        "within: (0.88)",
        "(0.88)",
        "pump.ron:17:13: within: expected 2 values, found 1",
    );
    says(
        "record: (every: 10, subnets: All)",
        "record: All",
        "All",
        "pump.ron:16:13: record: expected `Record(…)`, found `All(…)`\n  help: write `Record`, or leave the name out",
    );
}

#[test]
fn keys_of_maps_are_found() {
    says(
        "{28: 0.004, 4: 0.1}",
        r#"{"a": 0.004}"#,
        r#""a""#,
        r#"pump.ron:18:13: known: expected a whole number, found `"a"`"#,
    );
    says(
        "{28: 0.004, 4: 0.1}",
        r#"{28: 0.004, 4: "a"}"#,
        r#""a""#,
        r#"pump.ron:18:27: known[4]: expected a number, found `"a"`"#,
    );
    says(
        "{28: 0.004, 4: 0.1}",
        "{28: 0.004, 70000: 0.1}",
        "70000",
        "pump.ron:18:24: known: expected a whole number from 0 to 65535, found `70000`",
    );
    says(
        "{28: 0.004, 4: 0.1}",
        "[28]",
        "[28]",
        "pump.ron:18:12: known: expected a map `{key: value, …}`, found a list `[…]`",
    );
    says(
        "{28: 0.004, 4: 0.1}",
        "(28: 0.004)",
        "(28: 0.004)",
        "pump.ron:18:12: known: expected a map `{key: value, …}`, found `(…)`",
    );
}

#[test]
fn a_mistake_of_form_is_shown_where_it_is() {
    says(
        "strategy: Noise(",
        "strategy: Noise{",
        "{",
        "pump.ron:10:66: expected `,` or `)` before `{`\n  help: write `Noise(…)`",
    );
    says(
        r#"name: "crowd""#,
        r#""name": "crowd""#,
        r#""name""#,
        "pump.ron:10:10: agents[1]: expected a field's name, found `\"name\"`\n  help: write the name without quotes",
    );
    says(
        r#"name: "crowd""#,
        r#"name = "crowd""#,
        "=",
        "pump.ron:10:15: expected `,` or `)` before `=`\n  help: write a field as `name: …`",
    );
    says(
        r#"name: "crowd""#,
        r#"name: "crowd"#,
        "5",
        "pump.ron:10:42: expected `,` or `)` before `5`\n  help: is a `\"` missing, or one too many?",
    );
    says("{28: 0.004, 4: 0.1}", "{28, 3: 0.1}", ",", "pump.ron:18:15: expected `:` after the key, found `,`");
    says("blocks: 7_200,", "blocks: 7_200", "start", "pump.ron:5:5: expected `,` or `)` before `start`");
    says(
        "blocks: 7_200,",
        "blocks: 7_200, blocks: 1,",
        "blocks",
        "pump.ron:4:20: the field `blocks` is given twice",
    );
    says(
        "blocks: 7_200,",
        "blocks: 7_200,,",
        ",",
        "pump.ron:4:19: expected a field (`name: value`) or `)`, found `,`\n  help: there is a comma too many",
    );
    says("blocks: 7_200,", "blocks: ,", ",", "pump.ron:4:13: expected a value, found `,`");
    says(
        "Scenario(",
        "Scenario",
        "about",
        "pump.ron:3:5: the file's value ends before `about`\n  help: is there a closing bracket too many?",
    );
    says(
        "record: (every: 10, subnets: All)",
        "record: (every: 10, subnets: All",
        "within",
        "pump.ron:17:5: record.within: unknown field `within` in `Record`\n  help: is the bracket of line 16 closed? the fields are: `every`, `subnets`",
    );
    says(
        "        )),\n    ],",
        "        ),\n    ],",
        "]",
        "pump.ron:15:5: expected `)` before `]`\n  help: the `(` in line 10 is still open",
    );
    says(
        "known: {28: 0.004, 4: 0.1},\n)",
        "known: {28: 0.004, 4: 0.1},\n))",
        ")",
        "pump.ron:19:2: the file's value ends before `)`\n  help: is there a closing bracket too many?",
    );
    says(
        "known: {28: 0.004, 4: 0.1},\n)",
        "known: {28: 0.004, 4: 0.1},\n",
        "(",
        "pump.ron:2:9: this `(` is never closed\n  help: close it with `)`",
    );
    says(
        "/* all of it, (nearly] */",
        "/* all of it, (nearly] ",
        "/*",
        "pump.ron:8:32: this comment is never closed\n  help: close it with `*/`",
    );
    says(
        r#"about: "Whether"#,
        "about: \"Whether \\q",
        "",
        "pump.ron:3:23: about: unknown escape character\n  help: a backslash is written `\\\\`",
    );
}
