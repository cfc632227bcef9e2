//! Every way to write a table wrongly.

use std::path::Path;

use dtao_engine::market::PriceTable;

use dtao_files::input::InputError;
use dtao_protocol::units::{Block, Netuid};

use super::launch::{LaunchSubnet, launch_subnets};
use super::prices;

fn read_prices(text: &str) -> Result<PriceTable, InputError> {
    prices::prices(Path::new(PRICES), text.as_bytes().to_vec())
}

fn read_launch_subnets(text: &str) -> Result<Vec<LaunchSubnet>, InputError> {
    launch_subnets(Path::new("subnets.csv"), text.as_bytes().to_vec())
}

fn prices(text: &str) -> InputError {
    let error = read_prices(text).expect_err("the table is wrong");
    assert_eq!(error.path(), Path::new(PRICES));
    error
}

fn subnets(text: &str) -> InputError {
    read_launch_subnets(text).expect_err("the table is wrong")
}

#[track_caller]
fn is(error: &InputError, line: usize, column: usize, message: &str, help: Option<&str>) {
    let found = (error.line(), error.column(), error.message(), error.help());
    assert_eq!(found, (Some(line), Some(column), message, help));
}

const PRICES: &str = "prices.csv";
const TWO: &str = "time_utc,block,1,28\n2025-02-14 00:00,100,0.5,\n2025-02-14 00:02,110,0.25,0.125\n";

#[test]
fn blank_cells_are_no_prices() {
    let table = read_prices(TWO).expect("a good table");
    assert_eq!(table.blocks(), [Block(100), Block(110)]);
    assert_eq!(table.row(0).collect::<Vec<_>>(), [(Netuid(1), Some(0.5)), (Netuid(28), None)]);
    assert_eq!(table.row(1).collect::<Vec<_>>(), [(Netuid(1), Some(0.25)), (Netuid(28), Some(0.125))]);
}

#[test]
fn a_wrong_header_is_refused() {
    let netuids = Some("netuids are whole numbers from 1 to 65535");
    is(&prices("time_utc,block,1,sn28\n"), 1, 18, "the column `sn28` is not a netuid", netuids);
    is(&prices("time_utc,block,1,70000\n"), 1, 18, "the column `70000` is not a netuid", netuids);
    is(
        &prices("block,time_utc,1\n"),
        1,
        1,
        "the columns must be `time_utc,block,<netuid>,…`, but column 1 is `block`",
        None,
    );
    is(
        &prices("time_utc\n"),
        1,
        1,
        "the columns must be `time_utc,block,<netuid>,…`, but there is no column 2",
        None,
    );
    let none = Some("name a column after each subnet's netuid");
    is(&prices("time_utc,block\n"), 1, 10, "there is no column with prices", none);
    let order = "netuids must rise from column to column, but 4 comes after 28";
    is(&prices("time_utc,block,1,28,4\n"), 1, 21, order, Some("sort the columns"));
}

#[test]
fn a_wrong_cell_is_shown_where_it_stands() {
    let row = |row: &str| prices(&format!("time_utc,block,1,28\n\"a,b\",1,1,1\n{row}\n"));
    let price = "expected a price of subnet 28 in TAO, or nothing, found";
    is(&row("x,2,0.5,abc"), 3, 9, &format!("{price} `abc`"), None);
    is(&row("x,2,0.5,nan"), 3, 9, &format!("{price} `nan`"), None);
    is(&row("\"a,b\",2,0.5,1e999"), 3, 13, &format!("{price} `1e999`"), None);
    is(&row("x,2,-0.5,"), 3, 5, "a price must be above zero, but subnet 1 has -0.5 at block 2", None);
    is(&row("x,2,1,0"), 3, 7, "a price must be above zero, but subnet 28 has 0 at block 2", None);
    is(&row("x,,1,1"), 3, 3, "expected a block number, found nothing", None);
    is(&row("x,1.5,1,1"), 3, 3, "expected a block number, found `1.5`", None);
    is(&row("x,1,1,1"), 3, 3, "blocks must rise from row to row, but 1 comes after 1", None);
    is(&row("x,2,1"), 3, 5, "this row has 3 cells, but the header has 4", None);
    is(&row("x,2,1,1,9"), 3, 9, "this row has 5 cells, but the header has 4", None);
}

#[test]
fn lines_are_counted_with_blank_ones_and_windows_ends() {
    let error = prices("time_utc,block,1\r\n\r\nx,1,1\r\n\r\nx,2,y\r\n");
    is(&error, 5, 5, "expected a price of subnet 1 in TAO, or nothing, found `y`", None);
    assert_eq!(error.span().map(|span| &error.text()[span]), Some("y"));
}

#[test]
fn launch_subnets_are_read_by_the_names_of_their_columns() {
    let text = "registered_at,netuid,moving_price\n10,1,0.5\n20,3,0\n";
    let subnet = |netuid, moving_price, registered_at| LaunchSubnet {
        netuid: Netuid(netuid),
        moving_price,
        registered_at: Block(registered_at),
    };
    let read = read_launch_subnets(text);
    assert_eq!(read, Ok(vec![subnet(1, 0.5, 10), subnet(3, 0.0, 20)]));
}

#[test]
fn wrong_launch_subnets_are_refused() {
    let head = "netuid,moving_price,registered_at\n";
    let columns = "the columns are: `netuid`, `moving_price`, `registered_at`";
    let meant = format!("did you mean `moving_price`? {columns}");
    is(&subnets("netuid,moving_prize\n"), 1, 8, "unknown column `moving_prize`", Some(&meant));
    is(&subnets("netuid,owner\n"), 1, 8, "unknown column `owner`", Some(columns));
    is(&subnets("netuid,netuid\n"), 1, 8, "the column `netuid` is given twice", None);
    let plain = Some("the columns are: netuid,moving_price,registered_at");
    is(&subnets("netuid,moving_price\n"), 1, 1, "there is no column `registered_at`", plain);
    let row = |rows: &str| subnets(&format!("{head}{rows}\n"));
    is(&row("0,0.5,1"), 2, 1, "expected a netuid from 1 to 65535, found `0`", None);
    is(&row("1,1.5,1"), 2, 3, "expected a moving price from 0 to 1 TAO, found `1.5`", None);
    is(&row("1,NaN,1"), 2, 3, "expected a moving price from 0 to 1 TAO, found `NaN`", None);
    is(&row("1,0.5,-1"), 2, 7, "expected a block number, found `-1`", None);
    let order = "netuids must rise from row to row, but 1 comes after 2";
    is(&row("2,0.5,1\n1,0.5,1"), 3, 1, order, Some("sort the rows"));
    let zero = Some("emission is shared by moving price");
    is(&row("1,0,1\n2,0,1"), 1, 8, "no subnet has a moving price above 0", zero);
}
