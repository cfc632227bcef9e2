//! What `dtao report` and `dtao show` take.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct ReportArguments {
    /// The folder of a finished run, sweep, comparison or experiment
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// The file to write; DIR/report.html by default
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Of a run, the subnet that is shown first
    #[arg(long, value_name = "NETUID")]
    pub netuid: Option<u16>,
    /// Of a sweep, an outcome to show; may be repeated. Without it the first few are shown
    #[arg(long = "outcome", value_name = "NAME")]
    pub outcomes: Vec<String>,
    /// Write every chart as an SVG file, too
    #[arg(long)]
    pub svg: bool,
    /// Write every chart as a PNG file, too
    #[arg(long)]
    pub png: bool,
    /// The folder for SVG and PNG files; `report_figures` in DIR by default
    #[arg(long, value_name = "DIR")]
    pub figures: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ShowArguments {
    /// The folder of a finished run, sweep, comparison or experiment
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// Of a run, the subnet that is shown
    #[arg(long, value_name = "NETUID")]
    pub netuid: Option<u16>,
    /// Of a sweep, an outcome to show; may be repeated
    #[arg(long = "outcome", value_name = "NAME")]
    pub outcomes: Vec<String>,
    /// How many columns wide; as wide as the terminal by default, and 100 where there is none
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(20..=400))]
    pub width: Option<u16>,
}
