//! Writes what the pages in `docs/experiments` hold of published tables: `cargo run -p dtao-reproduce --example pages`.

use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/experiments");
    for page in dtao_reproduce::page::pages() {
        let path = folder.join(&page.file);
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let wanted = page.with_tables(&text)?;
        if wanted != text {
            std::fs::write(&path, wanted)?;
            println!("{}", page.file);
        }
    }
    Ok(())
}
