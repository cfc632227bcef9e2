//! Tables: recorded prices, and the subnets of a launch.

use std::io::Read;
use std::ops::Range;
use std::path::Path;

use csv::ByteRecord;
use dtao_agents::range;
use dtao_engine::market::{Flow, PriceTable, PriceTableError, Side};
use dtao_protocol::halving::MAX_SUPPLY;
use dtao_protocol::units::{Alpha, Block, Netuid, RAO, Tao};
use flate2::read::MultiGzDecoder;

use super::limits::{BLOCKS, FACTORS, FLOWS, LINE_BYTES, POINTS, PRICES, TABLE_BYTES};
use super::regular::too_large;
use super::{InputError, Source, read, suggest, utf8};

/// A subnet at the launch of dynamic TAO.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LaunchSubnet {
    /// Its number, from 1.
    pub netuid: Netuid,
    /// Its moving price, in TAO per alpha: from 0 to 1.
    pub moving_price: f64,
    /// The block in which it was registered.
    pub registered_at: Block,
}

/// Reads recorded prices: `time_utc,block,<netuid>,<netuid>,…`, in TAO per alpha; a blank cell is no price.
///
/// The times are for people; only the blocks are read. A file named `.gz` is decompressed.
///
/// # Errors
/// If there is no such file, or a cell, a row or the header is not as it should be.
pub fn read_prices(path: &Path) -> Result<PriceTable, InputError> {
    prices(path, read(path)?)
}

/// [`read_prices`], of a file whose bytes are at hand.
///
/// # Errors
/// As for [`read_prices`].
pub fn prices(path: &Path, bytes: Vec<u8>) -> Result<PriceTable, InputError> {
    let table = Table::of(path, bytes)?;
    for (column, due) in ["time_utc", "block"].into_iter().enumerate() {
        if table.column(column) != due {
            let message =
                format!("the columns must be `time_utc,block,<netuid>,…`, but {}", table.place(column));
            return Err(table.wrong_header(column, message, None));
        }
    }
    let mut netuids = Vec::with_capacity(table.header.len() - 2);
    for column in 2..table.header.len() {
        let name = table.column(column);
        let netuid = name.parse().map(Netuid).map_err(|_| {
            let message = format!("the column `{name}` is not a netuid");
            table.wrong_header(column, message, Some("netuids are whole numbers from 1 to 65535".into()))
        })?;
        if netuid == Netuid::ROOT {
            return Err(table.wrong_header(column, "root has no price".into(), Some("leave it out".into())));
        }
        netuids.push(netuid);
    }
    if netuids.is_empty() {
        let help = "name a column after each subnet's netuid".to_owned();
        return Err(table.wrong_header(1, "there is no column with prices".into(), Some(help)));
    }
    let columns = netuids.clone();
    let mut prices = PriceTable::new(netuids).map_err(|error| {
        let column = columns.windows(2).position(|pair| pair[1] <= pair[0]).map_or(2, |first| first + 3);
        table.wrong_header(column, error.to_string(), Some("sort the columns".into()))
    })?;
    let mut row = Vec::with_capacity(columns.len());
    table.rows(|record| {
        if (prices.blocks().len() + 1) * columns.len() > PRICES {
            let message = format!("up to here there are {PRICES} prices, as many as are read");
            return Err(table.wrong(record, 0, message, Some("leave out rows or columns".into())));
        }
        let block = table.block(record, 1)?;
        row.clear();
        for (column, netuid) in (2..record.len()).zip(&columns) {
            row.push(match record[column].trim_ascii() {
                b"" => None,
                // No price is above all TAO that there can be, for one alpha.
                cell => Some(number(cell).filter(|&price| price <= range::TAO).ok_or_else(|| {
                    let allowed = format!("a price of subnet {netuid} in TAO, or nothing");
                    table.wrong_cell(record, column, &allowed)
                })?),
            });
        }
        prices.push(Block(block), row.iter().copied()).map_err(|error| {
            let column = match error {
                PriceTableError::Price { netuid, .. } => columns.partition_point(|&n| n < netuid) + 2,
                _ => 1,
            };
            table.wrong(record, column, error.to_string(), None)
        })
    })?;
    Ok(prices)
}

/// Reads the subnets of a launch: `netuid,moving_price,registered_at`, in any order of columns.
///
/// # Errors
/// If there is no such file, a column is missing or not known, netuids do not rise from 1, a moving price is
/// not in [0, 1], or none is above 0.
pub fn read_launch_subnets(path: &Path) -> Result<Vec<LaunchSubnet>, InputError> {
    launch_subnets(path, read(path)?)
}

/// [`read_launch_subnets`], of a file whose bytes are at hand.
///
/// # Errors
/// As for [`read_launch_subnets`].
pub fn launch_subnets(path: &Path, bytes: Vec<u8>) -> Result<Vec<LaunchSubnet>, InputError> {
    const COLUMNS: [&str; 3] = ["netuid", "moving_price", "registered_at"];
    let table = Table::of(path, bytes)?;
    for column in 0..table.header.len() {
        let name = table.column(column);
        if !COLUMNS.contains(&name) {
            let help = suggest(name, &COLUMNS, "the columns are");
            return Err(table.wrong_header(column, format!("unknown column `{name}`"), help));
        }
        if (0..column).any(|earlier| table.column(earlier) == name) {
            return Err(table.wrong_header(column, format!("the column `{name}` is given twice"), None));
        }
    }
    let place = |name| {
        (0..table.header.len()).find(|&column| table.column(column) == name).ok_or_else(|| {
            let help = format!("the columns are: {}", COLUMNS.join(","));
            table.wrong_header(0, format!("there is no column `{name}`"), Some(help))
        })
    };
    let [netuid_at, price_at, registered_at] = [place(COLUMNS[0])?, place(COLUMNS[1])?, place(COLUMNS[2])?];
    let mut subnets: Vec<LaunchSubnet> = Vec::new();
    table.rows(|record| {
        let netuid = Netuid(table.cell(record, netuid_at, "a netuid from 1 to 65535")?);
        if netuid == Netuid::ROOT {
            return Err(table.wrong_cell(record, netuid_at, "a netuid from 1 to 65535"));
        }
        if let Some(last) = subnets.last()
            && netuid <= last.netuid
        {
            let message =
                format!("netuids must rise from row to row, but {netuid} comes after {}", last.netuid);
            return Err(table.wrong(record, netuid_at, message, Some("sort the rows".into())));
        }
        let moving_price = number(record[price_at].trim_ascii())
            .filter(|price| (0.0..=1.0).contains(price))
            .ok_or_else(|| table.wrong_cell(record, price_at, "a moving price from 0 to 1 TAO"))?;
        let registered_at = Block(table.block(record, registered_at)?);
        subnets.push(LaunchSubnet { netuid, moving_price, registered_at });
        Ok(())
    })?;
    if !subnets.iter().any(|subnet| subnet.moving_price > 0.0) {
        let message = "no subnet has a moving price above 0".to_owned();
        return Err(table.wrong_header(price_at, message, Some("emission is shared by moving price".into())));
    }
    Ok(subnets)
}

/// An error at a row's block of registration, in a file of launch subnets that has been read; rows are counted from 0.
pub(crate) fn wrong_registration(path: &Path, row: usize, message: String) -> InputError {
    let help = Some("leave the subnet out, or write an earlier block".to_owned());
    let Ok(table) = read(path).and_then(|bytes| Table::of(path, bytes)) else {
        return InputError::file(path, message, help);
    };
    let column = (0..table.header.len()).find(|&at| table.column(at) == "registered_at").unwrap_or(0);
    let mut at = 0;
    let found = table.rows(|record| {
        at += 1;
        if at > row { Err(table.wrong(record, column, message.clone(), help.clone())) } else { Ok(()) }
    });
    found.err().unwrap_or_else(|| InputError::file(path, message, help))
}

/// Reads the trades of one group from a run's table of events, in order.
///
/// # Errors
/// If there is no such file, a column is missing, a trade is not one, blocks fall, or the group never trades.
pub fn flows(path: &Path, bytes: Vec<u8>, group: &str) -> Result<Vec<Flow>, InputError> {
    const COLUMNS: [&str; 6] = ["block", "event", "group", "netuid", "tao", "alpha"];
    let table = Table::of(path, bytes)?;
    let place = |name| {
        (0..table.header.len()).find(|&column| table.column(column) == name).ok_or_else(|| {
            let help = "name the `events.csv` of a run that recorded all calls: `record: (calls: All, …)`"
                .to_owned();
            table.wrong_header(0, format!("there is no column `{name}`"), Some(help))
        })
    };
    let [block_at, event_at, group_at, netuid_at, tao_at, alpha_at] = {
        let mut places = [0; 6];
        for (place_of, name) in places.iter_mut().zip(COLUMNS) {
            *place_of = place(name)?;
        }
        places
    };
    let mut flows: Vec<Flow> = Vec::new();
    let mut groups: Vec<String> = Vec::new();
    table.rows(|record| {
        let side = match text(&record[event_at]).trim() {
            "buy" => Side::Buy,
            "sell" => Side::Sell,
            _ => return Ok(()),
        };
        let name = text(&record[group_at]).trim();
        if name != group {
            if !groups.iter().any(|known| known == name) {
                groups.push(name.to_owned());
            }
            return Ok(());
        }
        // A sale of all stake, on every subnet at once, names none.
        if text(&record[netuid_at]).trim().is_empty() {
            return Err(table.wrong_cell(record, netuid_at, "the subnet of a trade"));
        }
        let netuid = Netuid(table.cell(record, netuid_at, "a netuid from 0 to 65535")?);
        let block = Block(table.block(record, block_at)?);
        if let Some(last) = flows.last()
            && block < last.block
        {
            let message = format!("blocks must not fall, but {block} comes after {}", last.block);
            return Err(table.wrong(record, block_at, message, Some("sort the rows".into())));
        }
        if flows.len() == FLOWS {
            let message = format!("up to here there are {FLOWS} trades, as many as are read");
            return Err(table.wrong(record, 0, message, None));
        }
        let amount =
            |column, what| rao(&record[column]).ok_or_else(|| table.wrong_cell(record, column, what));
        let tao = Tao::from_rao(amount(tao_at, "an amount of TAO")?);
        let alpha = Alpha::from_rao(amount(alpha_at, "an amount of alpha")?);
        flows.push(Flow { block, netuid, side, tao, alpha });
        Ok(())
    })?;
    if flows.is_empty() {
        let names: Vec<&str> = groups.iter().map(String::as_str).collect();
        let help = suggest(group, &names, "the groups that trade are");
        return Err(table.wrong_header(group_at, format!("no group `{group}` trades in this table"), help));
    }
    Ok(flows)
}

/// A decimal with at most nine places, in billionths; at most what the curve ever gives.
fn rao(cell: &[u8]) -> Option<u64> {
    let cell = text(cell).trim();
    let (whole, places) = cell.split_once('.').unwrap_or((cell, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(places) || places.len() > 9 {
        return None;
    }
    let rest: u64 = format!("{places:0<9}").parse().ok()?;
    let rao = whole.parse::<u64>().ok()?.checked_mul(RAO)?.checked_add(rest)?;
    (rao <= MAX_SUPPLY).then_some(rao)
}

/// Reads the points of a design: a header with the names of the factors, and a row per point, without blanks.
///
/// A column `point`, which numbers the rows, is passed over.
///
/// # Errors
/// If there is no such file, a factor is named twice or not at all, or a cell is blank.
pub fn read_points(path: &Path) -> Result<(Vec<String>, Vec<Vec<String>>), InputError> {
    let table = Table::of(path, read(path)?)?;
    let columns: Vec<usize> = (0..table.header.len()).filter(|&at| table.column(at) != "point").collect();
    if columns.len() > FACTORS {
        let message = format!("{} factors: a design has at most {FACTORS}", columns.len());
        return Err(table.wrong_header(columns[FACTORS], message, None));
    }
    for (index, &column) in columns.iter().enumerate() {
        let name = table.column(column);
        if name.is_empty() {
            let help = "name the factor: a path, or a name of the sweep's `names`".to_owned();
            return Err(table.wrong_header(column, "a column without a name".into(), Some(help)));
        }
        if columns[..index].iter().any(|&earlier| table.column(earlier) == name) {
            return Err(table.wrong_header(column, format!("the column `{name}` is given twice"), None));
        }
    }
    let mut rows = Vec::new();
    table.rows(|record| {
        if rows.len() == POINTS {
            let message = format!("up to here there are {POINTS} points, as many as a design has");
            return Err(table.wrong(record, 0, message, None));
        }
        let cell = |&column: &usize| match text(&record[column]).trim() {
            "" => Err(table.wrong_cell(record, column, "a value as RON text")),
            value => Ok(value.to_owned()),
        };
        rows.push(columns.iter().map(cell).collect::<Result<_, _>>()?);
        Ok(())
    })?;
    Ok((columns.iter().map(|&column| table.column(column).to_owned()).collect(), rows))
}

/// A file of comma-separated values with its header.
struct Table {
    source: Source,
    header: ByteRecord,
}

impl Table {
    fn of(path: &Path, bytes: Vec<u8>) -> Result<Self, InputError> {
        let text = utf8(path, unpacked(path, bytes)?)?;
        let source = Source::new(path, text);
        let mut start = 0;
        for line in source.text.split_inclusive('\n') {
            if line.len() > LINE_BYTES {
                let message = format!("this line has {} bytes: at most {LINE_BYTES} are read", line.len());
                return Err(InputError::within(&source, Some(start..start), String::new(), message, None));
            }
            start += line.len();
        }
        let mut header = ByteRecord::new();
        let read = reader(&source.text).read_byte_record(&mut header);
        // csv refuses nothing in bytes at hand when rows may have any length.
        if !read.expect("bytes at hand are rows") {
            return Err(InputError::file(path, "the file is empty", Some("begin it with a header".into())));
        }
        Ok(Self { source, header })
    }

    fn column(&self, column: usize) -> &str {
        self.header.get(column).map_or("", text).trim()
    }

    fn place(&self, column: usize) -> String {
        match self.header.get(column) {
            Some(_) => format!("column {} is `{}`", column + 1, self.column(column)),
            None => format!("there is no column {}", column + 1),
        }
    }

    /// Goes through the rows after the header.
    fn rows(&self, mut each: impl FnMut(&ByteRecord) -> Result<(), InputError>) -> Result<(), InputError> {
        let mut reader = reader(&self.source.text);
        let mut record = ByteRecord::new();
        let mut rows = 0_usize;
        while reader.read_byte_record(&mut record).expect("bytes at hand are rows") {
            rows += 1;
            if rows == 1 {
                continue;
            }
            if record.len() != self.header.len() {
                let (found, due) = (record.len(), self.header.len());
                let message = format!("this row has {found} cells, but the header has {due}");
                return Err(self.wrong(&record, found.min(due) - usize::from(found < due), message, None));
            }
            each(&record)?;
        }
        if rows < 2 {
            let end = self.source.text.len();
            let message = "there are no rows after the header".to_owned();
            return Err(InputError::within(&self.source, Some(end..end), String::new(), message, None));
        }
        Ok(())
    }

    fn cell<T: std::str::FromStr>(
        &self,
        record: &ByteRecord,
        column: usize,
        allowed: &str,
    ) -> Result<T, InputError> {
        text(&record[column]).trim().parse().map_err(|_| self.wrong_cell(record, column, allowed))
    }

    /// A number of a block that a run can come to.
    fn block(&self, record: &ByteRecord, column: usize) -> Result<u64, InputError> {
        let block = self.cell(record, column, "a block number")?;
        if block > 2 * BLOCKS {
            return Err(self.wrong_cell(record, column, "a block number that a run can come to"));
        }
        Ok(block)
    }

    fn wrong_cell(&self, record: &ByteRecord, column: usize, allowed: &str) -> InputError {
        let found = text(&record[column]).trim();
        let found = if found.is_empty() { "nothing".to_owned() } else { format!("`{found}`") };
        self.wrong(record, column, format!("expected {allowed}, found {found}"), None)
    }

    fn wrong_header(&self, column: usize, message: String, help: Option<String>) -> InputError {
        self.wrong(&self.header, column, message, help)
    }

    fn wrong(&self, record: &ByteRecord, column: usize, message: String, help: Option<String>) -> InputError {
        let start = record.position().map_or(0, |position| position.byte() as usize);
        let span = cell_span(&self.source.text, start, column);
        InputError::within(&self.source, Some(span), String::new(), message, help)
    }
}

/// Rows of any length, the header among them.
fn reader(text: &str) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes())
}

fn text(cell: &[u8]) -> &str {
    str::from_utf8(cell).unwrap_or("")
}

/// A finite number.
fn number(cell: &[u8]) -> Option<f64> {
    text(cell).parse().ok().filter(|number: &f64| number.is_finite())
}

/// The bytes of a cell of the row that begins at or after `start`.
fn cell_span(text: &str, start: usize, column: usize) -> Range<usize> {
    let row = &text[start..];
    let begin = start + row.len() - row.trim_start_matches(['\r', '\n', '\u{feff}']).len();
    let (mut from, mut at, mut quoted, mut cells) = (begin, begin, false, 0);
    for byte in text[begin..].bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\r' | b'\n' if !quoted => break,
            b',' if !quoted && cells == column => break,
            b',' if !quoted => (cells, from) = (cells + 1, at + 1),
            _ => {}
        }
        at += 1;
    }
    from..at
}

/// The bytes as they were before compression.
fn unpacked(path: &Path, bytes: Vec<u8>) -> Result<Vec<u8>, InputError> {
    const MAGIC: [u8; 2] = [0x1f, 0x8b];
    let named = path.extension().is_some_and(|extension| extension == "gz");
    match (named, bytes.starts_with(&MAGIC)) {
        (false, false) => Ok(bytes),
        (false, true) => {
            let help = format!("name it `{}.gz`", path.display());
            Err(InputError::file(path, "the file is gzip, but its name does not end in `.gz`", Some(help)))
        }
        (true, false) => {
            let help = "compress it with gzip, or take `.gz` off its name".to_owned();
            Err(InputError::file(path, "the file is not gzip, though its name ends in `.gz`", Some(help)))
        }
        (true, true) => {
            let mut plain = Vec::new();
            let mut decoder = MultiGzDecoder::new(bytes.as_slice()).take(TABLE_BYTES + 1);
            decoder.read_to_end(&mut plain).map_err(|error| {
                let message = format!("the gzip file is damaged or cut short: {error}");
                InputError::file(path, message, Some("download or compress it again".into()))
            })?;
            if plain.len() as u64 > TABLE_BYTES {
                return Err(too_large(path, "is larger unpacked", TABLE_BYTES));
            }
            Ok(plain)
        }
    }
}

#[cfg(test)]
mod tests;
