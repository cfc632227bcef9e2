//! The pages of experiments hold what is published.

use std::fs;
use std::path::Path;

use dtao_reproduce::page::pages;

#[test]
fn each_page_has_the_figures_that_are_published() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/experiments");
    let pages = pages();
    assert!(!pages.is_empty());
    for page in pages {
        let text = fs::read_to_string(folder.join(&page.file))
            .unwrap_or_else(|error| panic!("{}: {error}", page.file));
        let wanted = page.with_tables(&text).unwrap_or_else(|error| panic!("{error}"));
        let differing = text.lines().zip(wanted.lines()).find(|(there, here)| there != here);
        assert!(
            text == wanted,
            "{}: not what is published; `cargo run -p dtao-reproduce --example pages` writes it: {differing:?}",
            page.file
        );
    }
}
