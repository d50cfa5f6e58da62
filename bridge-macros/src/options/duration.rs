//! A span of time as people write it: `5s`, `1m 30s`, `250ms`.

use std::time::Duration;

/// # Errors
///
/// Why the text is no span of time, for a message.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, &'static str> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err("it is empty");
    }
    let mut sum = Duration::ZERO;
    while !rest.is_empty() {
        let number = leading(rest, |c| c.is_ascii_digit());
        let after = rest[number.len()..].trim_start();
        let unit = leading(after, char::is_alphabetic);
        rest = after[unit.len()..].trim_start();
        let number: u64 = match number {
            "" => return Err("it must be whole numbers, each with a unit"),
            digits => digits.parse().map_err(|_| TOO_LONG)?,
        };
        let part = match unit {
            "ns" => Duration::from_nanos(number),
            "us" | "µs" => Duration::from_micros(number),
            "ms" => Duration::from_millis(number),
            "s" => Duration::from_secs(number),
            "m" => Duration::from_secs(number.checked_mul(60).ok_or(TOO_LONG)?),
            "h" => Duration::from_secs(number.checked_mul(3600).ok_or(TOO_LONG)?),
            "" => return Err("it has a number without a unit"),
            _ => return Err("the units are `ns`, `us`, `ms`, `s`, `m` and `h`"),
        };
        sum = sum.checked_add(part).ok_or(TOO_LONG)?;
    }
    Ok(sum)
}

const TOO_LONG: &str = "it is too long";

fn leading(text: &str, is_part: impl Fn(char) -> bool) -> &str {
    &text[..text.find(|c| !is_part(c)).unwrap_or(text.len())]
}

#[cfg(test)]
mod tests {
    use super::parse_duration;
    use std::time::Duration;

    #[test]
    fn units_add_up() {
        let parts = [
            ("5s", Duration::from_secs(5)),
            (" 1m 30s ", Duration::from_secs(90)),
            ("2h1ms", Duration::from_secs(7200) + Duration::from_millis(1)),
            ("3 us", Duration::from_micros(3)),
            ("3µs", Duration::from_micros(3)),
            ("0s", Duration::ZERO),
            ("18446744073709551615ns", Duration::from_nanos(u64::MAX)),
        ];
        for (text, duration) in parts {
            assert_eq!(parse_duration(text), Ok(duration), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in
            ["", " ", "5", "s", "5 5s", "-5s", "1.5s", "5s,", "5d", "99999999999999999999s", "18446744073709551615m"]
        {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }
}
