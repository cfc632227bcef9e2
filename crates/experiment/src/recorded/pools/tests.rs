//! Tables of pools, right and wrong.

use dtao_protocol::units::RAO;
use proptest::prelude::*;

use super::*;

fn read(text: &str) -> Result<PoolTable, InputError> {
    pools(Path::new("pools.csv"), text.as_bytes().to_vec())
}

/// Where a table is wrong, and why.
fn wrong(text: &str) -> (usize, usize, String) {
    let error = read(text).expect_err(text);
    let place = |place: Option<usize>| place.unwrap_or_else(|| panic!("without a place: {error}"));
    (place(error.line()), place(error.column()), error.to_string())
}

#[test]
fn columns_may_stand_in_any_order_and_blank_cells_say_nothing() {
    let table = read(
        "first_emission,alpha_out,netuid,tao_in,alpha_in,moving_price,tao_weight,enabled,burned,flow_average\n\
         ,0,3,1.5,2,,,,,\n\
         77,12.000000001,4,1,1,0.25,0.3,false,0.5,-2\n",
    )
    .expect("it is right");
    let [blank, full] = &table.rows[..] else { panic!("two rows") };
    assert_eq!((blank.netuid, blank.reserves.tao, blank.reserves.alpha), (Netuid(3), tao(1.5), alpha(2.0)));
    assert_eq!((blank.first_emission, blank.moving_price, blank.tao_weight), (None, None, None));
    assert_eq!((blank.enabled, blank.burned, blank.flow_average), (None, None, None));
    assert_eq!(full.alpha_out, Alpha::from_rao(12 * RAO + 1));
    assert_eq!((full.first_emission, full.enabled), (Some(Block(77)), Some(Switch::Off)));
    assert_eq!((full.moving_price, full.burned, full.flow_average), (Some(0.25), Some(0.5), Some(-2.0)));
    assert_eq!(full.tao_weight.map(Weight::parts), Some(300_000_000_000_000_000));
    assert!(table.has("burned") && !table.has("price"));
}

#[test]
fn a_table_that_is_written_reads_back_as_it_was() {
    let table = read(
        "netuid,tao_in,alpha_in,alpha_out,price,moving_price,flow_average,protocol_flow_average,burned,owners_incentive,tao_weight,\
         enabled,tempo,registered_at,first_emission,protocol_alpha\n\
         1,1.000000001,2,3.5,0.1,1e-9,-2.5,0.000000123,0.25,0.125,0.123456789012345678,true,99,7,9,0.000000007\n\
         2,21,2,0,,,,,,,,false,,,,\n",
    )
    .expect("it is right");
    let text = written(&table.rows);
    assert_eq!(read(&text).expect("it is right").rows, table.rows, "{text}");
    assert_eq!(text.lines().next().map(|header| header.split(',').count()), Some(COLUMNS.len()));
    // Columns without a value are left out, except for those that every table has.
    let bare = [PoolRow::unknown(Netuid(4))];
    assert_eq!(written(&bare), "netuid,tao_in,alpha_in,alpha_out\n4,0.000000000,0.000000000,0.000000000\n");
}

fn tao(whole: f64) -> Tao {
    Tao::from_f64(whole)
}

fn alpha(whole: f64) -> Alpha {
    Alpha::from_f64(whole)
}

#[test]
fn a_wrong_header_is_shown_where_it_is_wrong() {
    let header = |header: &str| wrong(&format!("{header}\n1,2,3,4,5\n"));
    let (line, column, message) = header("netuid,tao_in,alpha_in,alpha_out,moving_prise");
    assert_eq!((line, column), (1, 34));
    assert!(
        message.contains("unknown column `moving_prise`") && message.contains("`moving_price`?"),
        "{message}"
    );
    let (_, column, message) = header("netuid,tao_in,alpha_in,tao_in,alpha_out");
    assert!(column == 24 && message.contains("given twice"), "{message}");
    let (_, _, message) = header("netuid,tao_in,alpha_in,price,tempo");
    assert!(message.contains("there is no column `alpha_out`"), "{message}");
    let error = read("").expect_err("it is empty").to_string();
    assert!(error.contains("the file is empty"), "{error}");
    let (_, _, message) = wrong("netuid,tao_in,alpha_in,alpha_out\n");
    assert!(message.contains("no rows"), "{message}");
}

#[test]
fn a_wrong_cell_is_shown_where_it_is_wrong() {
    const ROW: [&str; 16] =
        ["7", "10", "20", "30", "0.5", "0.5", "1", "1", "0", "1", "0.5", "true", "360", "1", "1", "5"];
    let cases: &[(&str, &str, &str)] = &[
        ("netuid", "0", "root has no pool"),
        ("netuid", "70000", "a netuid from 1 to 65535"),
        ("netuid", "", "a netuid from 1 to 65535"),
        ("tao_in", "-1", "TAO with at most nine decimals"),
        ("tao_in", "", "TAO with at most nine decimals"),
        ("tao_in", "1e3", "TAO with at most nine decimals"),
        ("tao_in", "0.1234567891", "TAO with at most nine decimals"),
        ("tao_in", "21000000.000000001", "from 0 to 21,000,000"),
        ("alpha_in", "many", "alpha with at most nine decimals"),
        ("alpha_out", "NaN", "alpha with at most nine decimals"),
        ("alpha_out", "20999990", "no more than 21,000,000 together"),
        ("price", "-0.1", "a price from 0"),
        ("price", "inf", "a price from 0"),
        ("moving_price", "cheap", "a price from 0"),
        ("flow_average", "30000000", "TAO per block"),
        ("protocol_flow_average", "?", "TAO per block"),
        ("burned", "1.01", "a part from 0 to 1"),
        ("owners_incentive", "-0.1", "a part from 0 to 1"),
        ("tao_weight", "0.009", "from 0.01 to 0.99"),
        ("tao_weight", "0.991", "from 0.01 to 0.99"),
        ("tao_weight", "1", "from 0.01 to 0.99"),
        ("tao_weight", "0.5000000000000000001", "at most eighteen decimals"),
        ("enabled", "yes", "`true` or `false`"),
        ("tempo", "65536", "a tempo from 0 to 65535"),
        ("registered_at", "-4", "a block number"),
        ("first_emission", "soon", "a block number"),
        ("protocol_alpha", "31", "more than the 30.000000000 alpha outside"),
    ];
    let table = |row: &[&str]| format!("{}\n{}\n", COLUMNS.join(","), row.join(","));
    read(&table(&ROW)).expect("as it stands it is right");
    for (name, cell, why) in cases {
        let at = COLUMNS.iter().position(|column| column == name).expect("it is a column");
        let mut row = ROW;
        row[at] = cell;
        let (line, column, message) = wrong(&table(&row));
        let before: usize = row[..at].iter().map(|cell| cell.len() + 1).sum();
        assert_eq!((line, column), (2, before + 1), "{name} = {cell}: {message}");
        assert!(message.contains(why), "{name} = {cell}: {message}");
    }
}

#[test]
fn rows_are_one_for_each_subnet_and_no_more_than_all_tao() {
    let rows = |rows: &str| wrong(&format!("netuid,tao_in,alpha_in,alpha_out\n{rows}"));
    let (line, column, message) = rows("4,1,1,1\n4,1,1,1\n");
    assert!((line, column) == (3, 1) && message.contains("subnet 4 has two rows"), "{message}");
    let (line, _, message) = rows("4,1,1,1\n3,1,1,1\n");
    assert!(line == 3 && message.contains("3 comes after 4"), "{message}");
    let (line, column, message) = rows("1,20000000,1,1\n2,1000000,1,1\n3,0.000000001,1,1\n");
    assert!((line, column) == (4, 3) && message.contains("pools hold 21000000.000000001"), "{message}");
    let (line, _, message) = rows("1,1,1\n");
    assert!(line == 2 && message.contains("this row has 3 cells"), "{message}");
}

proptest! {
    #[test]
    fn every_rao_of_an_amount_is_read(tao in 0..MAX_SUPPLY, alpha in 0..MAX_SUPPLY / 2, out in 0..MAX_SUPPLY / 2) {
        let decimal = |rao: u64| format!("{}.{:09}", rao / RAO, rao % RAO);
        let text = format!(
            "netuid,tao_in,alpha_in,alpha_out\n9,{},{},{}\n", decimal(tao), decimal(alpha), decimal(out)
        );
        let row = &read(&text).expect("it is right").rows[0];
        prop_assert_eq!((row.reserves.tao.rao(), row.reserves.alpha.rao(), row.alpha_out.rao()), (tao, alpha, out));
    }
}
