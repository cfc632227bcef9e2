//! Public services' files: every amount of a sample to the rao, and damaged files refused with a place and what would be right.

use std::path::Path;

use dtao_files::input::{InputError, Source};
use dtao_pool::import::{Imported, RootEntry, imported};
use dtao_protocol::units::{Alpha, Block, Netuid, Tao};

/// Where the sample comes from stands beside it.
const SAMPLE: &str = include_str!("samples/taostats_pool.json");

fn read(text: &str) -> Result<Imported, InputError> {
    imported(&Source::new("pools.json", text))
}

/// The sample's entry.
fn entry() -> &'static str {
    let (start, end) =
        (SAMPLE.find("{\n      \"netuid\"").expect("an entry"), SAMPLE.rfind("  ]").expect("an end"));
    SAMPLE[start..end].trim_end()
}

/// A file with the sample's entry and another one, changed by hand.
fn two(change: &[(&str, &str)]) -> String {
    let mut other = entry().to_owned();
    for (right, wrong) in [&[("\"netuid\": 19", "\"netuid\": 7")], change].concat() {
        assert_eq!(other.matches(right).count(), 1, "`{right}` must stand once");
        other = other.replace(right, wrong);
    }
    format!("{{\"data\": [{}, {other}]}}", entry())
}

#[test]
fn every_amount_of_the_sample_arrives_to_the_rao() {
    let Imported { rows, block, root } = read(SAMPLE).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((rows.len(), block, root), (1, Block(5_453_877), RootEntry::None));
    let row = &rows[0];
    assert_eq!(row.netuid, Netuid(19));
    assert_eq!(row.reserves.tao, Tao::from_rao(22_509_002_321_719));
    assert_eq!(row.reserves.alpha, Alpha::from_rao(324_305_642_595_491));
    assert_eq!(row.alpha_out, Alpha::from_rao(532_116_231_800_096));
    // The service divides the two reserves in decimal: they agree to the last of its digits that a float holds.
    assert_eq!(row.price, Some(0.069_406_755_126_350_54));
    let ratio = 22_509_002_321_719.0 / 324_305_642_595_491.0;
    assert!((row.price.expect("a price") / ratio - 1.0).abs() < 1e-15);
}

#[test]
fn what_is_written_reads_back_as_it_was() {
    let imported = read(&two(&[])).expect("it is right");
    assert_eq!(imported.rows.iter().map(|row| row.netuid.0).collect::<Vec<_>>(), [7, 19], "in netuid order");
    let table = imported.table();
    let back = dtao_experiment::recorded::pools::pools(Path::new("pools.csv"), table.clone().into_bytes());
    assert_eq!(back.expect("it is a table").rows, imported.rows);
    assert!(
        table.starts_with("netuid,tao_in,alpha_in,alpha_out,price\n7,22509.002321719,324305.642595491,"),
        "{table}"
    );
}

#[test]
fn an_entry_alone_and_a_list_of_them_are_read_and_root_is_left_out() {
    let alone = read(entry()).expect("an entry alone");
    assert_eq!(alone, read(SAMPLE).expect("the sample"));
    assert_eq!(alone, read(&format!("[{}]", entry())).expect("a list"));
    let with_root = read(&two(&[("\"netuid\": 7", "\"netuid\": 0")])).expect("root is no pool");
    assert_eq!((with_root.rows.len(), with_root.root), (1, RootEntry::LeftOut));
}

/// Changes of the sample, and what of the error must be there: where it is, and what would be right.
const DAMAGED: &[(&str, &str, &str, &str)] = &[
    // Amounts.
    (
        "\"total_tao\": \"22509002321719\"",
        "\"total_tao\": 22509002321719",
        "data[0].total_tao",
        "rao as text",
    ),
    (
        "\"total_tao\": \"22509002321719\"",
        "\"total_tao\": \"22509.002321719\"",
        "data[0].total_tao",
        "rao as text",
    ),
    ("\"total_tao\": \"22509002321719\"", "\"total_tao\": \"-1\"", "data[0].total_tao", "rao as text"),
    ("\"total_tao\": \"22509002321719\"", "\"total_tao\": \"+1\"", "data[0].total_tao", "rao as text"),
    ("\"total_tao\": \"22509002321719\"", "\"total_tao\": \"\"", "data[0].total_tao", "rao as text"),
    (
        "\"total_tao\": \"22509002321719\"",
        "\"total_tao\": \" 22509002321719\"",
        "data[0].total_tao",
        "rao as text",
    ),
    ("\"total_tao\": \"22509002321719\"", "\"total_tao\": \"2.2e13\"", "data[0].total_tao", "rao as text"),
    ("\"total_tao\": \"22509002321719\"", "\"total_tao\": \"0x147\"", "data[0].total_tao", "rao as text"),
    ("\"total_tao\": \"22509002321719\"", "\"total_tao\": null", "data[0].total_tao", "rao as text"),
    ("\"total_tao\": \"22509002321719\"", "\"total_tao\": true", "data[0].total_tao", "rao as text"),
    (
        "\"total_tao\": \"22509002321719\"",
        "\"total_tao\": [\"22509002321719\"]",
        "data[0].total_tao",
        "rao as text",
    ),
    (
        "\"total_tao\": \"22509002321719\"",
        "\"total_tao\": {\"rao\": \"1\"}",
        "data[0].total_tao",
        "rao as text",
    ),
    (
        "\"total_tao\": \"22509002321719\"",
        "\"total_tao\": \"21000000000000001\"",
        "data[0].total_tao",
        "21,000,000",
    ),
    (
        "\"total_tao\": \"22509002321719\"",
        "\"total_tao\": \"99999999999999999999999\"",
        "data[0].total_tao",
        "21,000,000",
    ),
    (
        "\"total_tao\": \"22509002321719\"",
        "\"total_toa\": \"22509002321719\"",
        "data[0]",
        "there is no `total_tao`",
    ),
    (
        "\"alpha_in_pool\": \"324305642595491\"",
        "\"alpha_in_pool\": 324305.6",
        "data[0].alpha_in_pool",
        "rao as text",
    ),
    (
        "\"alpha_in_pool\": \"324305642595491\"",
        "\"alpha_in_pool\": \"324,305\"",
        "data[0].alpha_in_pool",
        "rao as text",
    ),
    (
        "\"alpha_in_pool\": \"324305642595491\"",
        "\"alpha\": \"324305642595491\"",
        "data[0]",
        "there is no `alpha_in_pool`",
    ),
    (
        "\"alpha_staked\": \"532116231800096\"",
        "\"alpha_staked\": \"5321162318000961111\"",
        "data[0].alpha_staked",
        "rao as text",
    ),
    (
        "\"alpha_staked\": \"532116231800096\"",
        "\"alpha_staked\": \"∞\"",
        "data[0].alpha_staked",
        "rao as text",
    ),
    (
        "\"alpha_staked\": \"532116231800096\"",
        "\"staked\": \"532116231800096\"",
        "data[0]",
        "there is no `alpha_staked`",
    ),
    // Sums.
    (
        "\"alpha_staked\": \"532116231800096\"",
        "\"alpha_staked\": \"532116231800097\"",
        "data[0].total_alpha",
        "not read at one block",
    ),
    (
        "\"alpha_in_pool\": \"324305642595491\"",
        "\"alpha_in_pool\": \"324305642595490\"",
        "data[0].total_alpha",
        "not read at one block",
    ),
    (
        "\"total_alpha\": \"856421874395587\"",
        "\"total_alpha\": \"856421874395588\"",
        "data[0].total_alpha",
        "not read at one block",
    ),
    (
        "\"total_alpha\": \"856421874395587\"",
        "\"total_alpha\": \"much\"",
        "data[0].total_alpha",
        "rao as text",
    ),
    (
        "\"total_alpha\": \"856421874395587\"",
        "\"total_alpha\": 856421874395587",
        "data[0].total_alpha",
        "rao as text",
    ),
    // Netuids.
    ("\"netuid\": 19", "\"netuid\": -1", "data[0].netuid", "from 0 to 65535"),
    ("\"netuid\": 19", "\"netuid\": 65536", "data[0].netuid", "from 0 to 65535"),
    ("\"netuid\": 19", "\"netuid\": \"19\"", "data[0].netuid", "from 0 to 65535"),
    ("\"netuid\": 19", "\"netuid\": 19.5", "data[0].netuid", "from 0 to 65535"),
    ("\"netuid\": 19", "\"netuid\": null", "data[0].netuid", "from 0 to 65535"),
    ("\"netuid\": 19", "\"subnet\": 19", "data[0]", "there is no `netuid`"),
    // Blocks.
    (
        "      \"block_number\": 5453877",
        "      \"block_number\": \"5453877\"",
        "data[0].block_number",
        "a block number",
    ),
    (
        "      \"block_number\": 5453877",
        "      \"block_number\": -5",
        "data[0].block_number",
        "a block number",
    ),
    (
        "      \"block_number\": 5453877",
        "      \"block_number\": 5453877.5",
        "data[0].block_number",
        "a block number",
    ),
    (
        "      \"block_number\": 5453877",
        "      \"block_number\": 99999999999999999",
        "data[0].block_number",
        "a block number",
    ),
    ("      \"block_number\": 5453877", "      \"block\": 5453877", "data[0]", "there is no `block_number`"),
    // Prices.
    ("\"price\": \"0.06940675512635053689\"", "\"price\": 0.0694", "data[0].price", "TAO per alpha as text"),
    ("\"price\": \"0.06940675512635053689\"", "\"price\": \"0\"", "data[0].price", "TAO per alpha as text"),
    (
        "\"price\": \"0.06940675512635053689\"",
        "\"price\": \"-0.07\"",
        "data[0].price",
        "TAO per alpha as text",
    ),
    ("\"price\": \"0.06940675512635053689\"", "\"price\": \"NaN\"", "data[0].price", "TAO per alpha as text"),
    (
        "\"price\": \"0.06940675512635053689\"",
        "\"price\": \"1.2.3\"",
        "data[0].price",
        "TAO per alpha as text",
    ),
    (
        "\"price\": \"0.06940675512635053689\"",
        "\"price\": \"99999999\"",
        "data[0].price",
        "TAO per alpha as text",
    ),
    // The file.
    (
        "{\n  \"data\": [",
        "{\n  \"pagination\": {\"total_items\": 129},\n  \"data\": [",
        "pagination.total_items",
        "limit=200",
    ),
    ("{\n  \"data\": [", "{\n  \"data\": [ 5,", "data[0]", "this is not a pool"),
    ("\"netuid\": 19,", "\"netuid\": 19, \"netuid\": 20,", "pools.json:4", "given twice"),
    (
        "      \"startup_mode\": false\n",
        "      \"startup_mode\": false,\n",
        "pools.json:3",
        "this is not JSON",
    ),
    ("{\n  \"data\": [", "{\n  \"data\": ", "pools.json:", "this is not JSON"),
];

#[test]
fn damaged_files_are_refused_with_a_place_and_what_would_be_right() {
    for (right, wrong, place, said) in DAMAGED {
        let count = SAMPLE.matches(right).count();
        assert_eq!(count, 1, "`{right}` must stand once");
        let error = read(&SAMPLE.replace(right, wrong)).expect_err(wrong).to_string();
        assert!(error.contains(place) && error.contains(said), "{wrong}\n  `{place}`, `{said}`: {error}");
        assert!(error.starts_with("pools.json:"), "{error}");
    }
}

#[test]
fn files_that_are_wrong_as_a_whole_are_refused_too() {
    let mixed = two(&[("      \"block_number\": 5453877", "      \"block_number\": 5453878")]);
    let doubled = two(&[("\"netuid\": 7", "\"netuid\": 19")]);
    let all_of_it = two(&[("\"total_tao\": \"22509002321719\"", "\"total_tao\": \"21000000000000000\"")]);
    let much = two(&[
        ("\"alpha_in_pool\": \"324305642595491\"", "\"alpha_in_pool\": \"20999999999999999\""),
        ("\"total_alpha\": \"856421874395587\"", "\"total_alpha\": \"21532116231800095\""),
    ]);
    for (text, place, said) in [
        (mixed.as_str(), "data[1].block_number", "pools of one block"),
        (&doubled, "data[1].netuid", "leave one of them out"),
        (&all_of_it, "data", "21_000_000 TAO"),
        (&much, "data[1].total_alpha", "rao as text"),
        ("", "pools.json", "not JSON"),
        ("{}", "pools.json", "taostats"),
        ("5", "pools.json", "taostats"),
        ("{\"data\": []}", "data", "1 to 65,536"),
        ("{\"data\": 5}", "pools.json", "taostats"),
        ("{\"results\": [{\"latest_snapshot\": {}}]}", "pools.json", "TaoMarketCap"),
        ("{\"block\": 1, \"storage\": {}}", "pools.json", "dump of the chain's storage"),
    ] {
        let error = read(text).expect_err(text).to_string();
        assert!(error.contains(place) && error.contains(said), "{text}\n  `{place}`, `{said}`: {error}");
    }
    assert!(DAMAGED.len() + 11 >= 50, "at least fifty ways");
}
