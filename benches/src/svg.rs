//! The outcome of a group as a bar chart.

use crate::contender::Side;
use crate::measure::{Figures, Outcome};
use crate::table::time;
use std::fmt::Write;

const WIDTH: u32 = 860;
const NAMES: u32 = 280;
const FIGURES: u32 = 100;
const LINE: u32 = 26;
const TOP: u32 = 56;

/// A chart with a bar for each row, the shortest first. It needs nothing from outside of the file.
#[must_use]
pub fn of(outcome: &Outcome) -> String {
    let mut rows: Vec<&Figures> = outcome.rows.iter().collect();
    rows.sort_by(|a, b| a.median.total_cmp(&b.median));
    let longest = rows.last().map_or(1.0, |row| row.median);
    let height = TOP + LINE * u32::try_from(rows.len()).unwrap_or(u32::MAX) + 12;

    let mut svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="13">
<rect width="100%" height="100%" fill="#ffffff"/>
<text x="12" y="22" font-size="15" font-weight="bold">{}</text>
<text x="12" y="41" fill="#555555">{} · {} · median time of one operation; less is better</text>
"##,
        escaped(&outcome.work),
        outcome.place.name(),
        outcome.placement.name(),
    );
    let mut y = TOP;
    for row in rows {
        let color = match row.side {
            Side::Ours => "#1f77b4",
            Side::Peer => "#999999",
            Side::HandOffPeer => "#cc8844",
            Side::Limit => "#2ca02c",
        };
        let length = f64::from(WIDTH - NAMES - FIGURES) * row.median / longest;
        let _ = writeln!(
            svg,
            r#"<text x="{}" y="{}" text-anchor="end">{}</text><rect x="{NAMES}" y="{}" width="{length:.1}" height="18" fill="{color}"/><text x="{:.1}" y="{}">{}</text>"#,
            NAMES - 8,
            y + 14,
            escaped(&row.name),
            y,
            f64::from(NAMES) + length + 6.0,
            y + 14,
            time(row.median),
        );
        y += LINE;
    }
    svg.push_str("</svg>\n");
    svg
}

/// The name of a file for the chart.
#[must_use]
pub fn file_name(outcome: &Outcome) -> String {
    let title = outcome.title().to_lowercase();
    let words = title.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    format!("{}.svg", words.collect::<Vec<_>>().join("-"))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{Effort, Group, Placement};
    use crate::place::Place;
    use std::time::Duration;

    fn outcome() -> Outcome {
        let mut group = Group::new("1 < 2 & more", Place::TaskAfterAwait, Placement::Free);
        group.add_timed("slow", Side::Peer, |count| Duration::from_micros(20 * count));
        group.add_timed("fast", Side::Ours, |count| Duration::from_micros(10 * count));
        group.run(Effort::ONCE)
    }

    #[test]
    fn bars_are_as_long_as_their_rows_and_in_order() {
        let svg = of(&outcome());
        let (fast, slow) = (svg.find(r#"width="240.0""#).unwrap(), svg.find(r#"width="480.0""#).unwrap());
        assert!(fast < slow);
        assert!(svg.contains("10.0 µs") && svg.contains("20.0 µs"));
        assert!(svg.contains("1 &lt; 2 &amp; more") && svg.ends_with("</svg>\n"));
    }

    #[test]
    fn file_names_have_no_odd_characters() {
        assert_eq!(file_name(&outcome()), "1-2-more-multi-thread-task-after-an-await-unpinned.svg");
    }
}
