//! Reading a number as Norwegians type it: `1 000,5`, `1.000,50 kr`, `−3.5`, `12 %`.
//!
//! Decimals throughout, never binary floats: 0,1 is a tenth. One separator before exactly three digits may mark
//! thousands or decimals, and we do not choose for the learner.

use super::normal::{is_dash, is_invisible};
use rust_decimal::Decimal;

/// Further from 1 than this no `Decimal` reaches.
const LARGEST_EXPONENT: i32 = 28;

/// What a typed number may mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// Nothing was typed.
    Blank,
    Clear(Decimal),
    /// `1.000` or `1,000`.
    Either {
        thousands: Decimal,
        decimals: Decimal,
    },
}

impl Reading {
    fn try_map(self, step: impl Fn(Decimal) -> Option<Decimal>) -> Option<Self> {
        Some(match self {
            Self::Blank => Self::Blank,
            Self::Clear(value) => Self::Clear(step(value)?),
            Self::Either { thousands, decimals } => {
                Self::Either { thousands: step(thousands)?, decimals: step(decimals)? }
            }
        })
    }
}

/// Reads `typed`, with or without `unit`. `None` for what is no number, is followed by another unit, or has more
/// digits than a `Decimal` holds.
pub(super) fn read_number(typed: &str, unit: Option<&str>) -> Option<Reading> {
    let tidied = tidy(typed);
    if tidied.is_empty() {
        return Some(Reading::Blank);
    }
    let unit = unit.map(tidy).unwrap_or_default();
    let bare = tidied.strip_suffix(&unit).or_else(|| tidied.strip_prefix(&unit)).unwrap_or(&tidied).trim();
    let (negative, unsigned) = match bare.strip_prefix('-') {
        Some(rest) => (true, rest.trim_start()),
        None => (false, bare.strip_prefix('+').unwrap_or(bare).trim_start()),
    };
    let (mantissa, exponent) = match unsigned.split_once('e') {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (unsigned, 0),
    };
    let sign = |value: Decimal| if negative { -value } else { value };
    read_mantissa(mantissa)?.try_map(|value| times_power_of_ten(sign(value), exponent))
}

/// Lower case, single spaces, plain minus, no full stop that ends the sentence.
fn tidy(text: &str) -> String {
    let visible = text.chars().filter(|c| !is_invisible(*c)).flat_map(char::to_lowercase);
    let plain: String = visible.map(|c| if is_dash(c) { '-' } else { c }).collect();
    let spaced = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    spaced.trim_end_matches(['.', ',', ' ']).to_owned()
}

fn read_mantissa(text: &str) -> Option<Reading> {
    match (text.rfind('.'), text.rfind(',')) {
        (None, None) => whole_number(text, ' ').map(Reading::Clear),
        (Some(_), None) => read_one_mark(text, '.'),
        (None, Some(_)) => read_one_mark(text, ','),
        // With both, the last one marks the decimals and the other one the thousands.
        (Some(point), Some(comma)) => {
            let (thousands, at) = if point < comma { ('.', comma) } else { (',', point) };
            decimal(&ungrouped(&text[..at], thousands)?, &text[at + 1..]).map(Reading::Clear)
        }
    }
}

/// A number in which only `mark` stands: twice it can mark nothing but thousands.
fn read_one_mark(text: &str, mark: char) -> Option<Reading> {
    let (whole, fraction) = text.split_once(mark)?;
    if fraction.contains(mark) {
        return whole_number(text, mark).map(Reading::Clear);
    }
    let decimals = decimal(&ungrouped(whole, ' ')?, fraction)?;
    let may_be_thousands = fraction.len() == 3 && (1..=3).contains(&whole.len()) && !whole.starts_with('0');
    if !may_be_thousands {
        return Some(Reading::Clear(decimals));
    }
    Some(Reading::Either { thousands: whole_number(text, mark)?, decimals })
}

fn whole_number(text: &str, separator: char) -> Option<Decimal> {
    let digits = ungrouped(text, separator)?;
    if digits.is_empty() { None } else { Decimal::from_str_exact(&digits).ok() }
}

/// The digits without their separators, which must stand between groups of three.
fn ungrouped(text: &str, separator: char) -> Option<String> {
    let groups: Vec<&str> = text.split(separator).collect();
    let [first, later @ ..] = groups.as_slice() else { return None };
    let well_grouped =
        later.is_empty() || ((1..=3).contains(&first.len()) && later.iter().all(|group| group.len() == 3));
    let all_digits = groups.iter().all(|group| is_digits(group));
    (well_grouped && all_digits).then(|| groups.concat())
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `whole` may be empty, as in `,5`.
fn decimal(whole: &str, fraction: &str) -> Option<Decimal> {
    if fraction.is_empty() || !is_digits(fraction) {
        return None;
    }
    Decimal::from_str_exact(&format!("0{whole}.{fraction}")).ok()
}

/// `None` where the result would be rounded or is too large.
fn times_power_of_ten(value: Decimal, exponent: i32) -> Option<Decimal> {
    if exponent.checked_abs()? > LARGEST_EXPONENT {
        return None;
    }
    if exponent > 0 {
        let power = Decimal::try_from_i128_with_scale(10_i128.pow(exponent.unsigned_abs()), 0).ok()?;
        return value.normalize().checked_mul(power);
    }
    let mut scaled = value;
    scaled.set_scale(value.scale() + exponent.unsigned_abs()).ok()?;
    Some(scaled)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn clear(value: &str) -> Option<Reading> {
        Some(Reading::Clear(value.parse().unwrap()))
    }

    #[test]
    fn numbers_are_read_as_norwegians_type_them() {
        let check = |typed: &str, value: &str| assert_eq!(read_number(typed, None), clear(value), "{typed:?}");
        check("180", "180");
        check(" 180. ", "180");
        check("3,14", "3.14");
        check("3.14", "3.14");
        check(",5", "0.5");
        check("9 000", "9000");
        check("9\u{A0}000", "9000");
        check("12\u{2009}345\u{202F}678,9", "12345678.9");
        check("1.000,5", "1000.5");
        check("1,000.5", "1000.5");
        check("1.000,000", "1000");
        check("1.234.567", "1234567");
        check("1.234.567,89", "1234567.89");
        check("1 000,500", "1000.5");
        check("1000,500", "1000.5");
        check("0,125", "0.125");
        check("1,2345", "1.2345");
        check("\u{2212}5", "-5");
        check("– 5,0", "-5");
        check("+5", "5");
        check("007", "7");
        check("2e3", "2000");
        check("1,5E-3", "0.0015");
        check("0,0000000000000000000000000001", "0.0000000000000000000000000001");
    }

    #[test]
    fn a_separator_before_three_digits_is_read_both_ways() {
        let check = |typed: &str, thousands: i64, decimals: &str| {
            let expect = Reading::Either { thousands: thousands.into(), decimals: decimals.parse().unwrap() };
            assert_eq!(read_number(typed, Some("kr")), Some(expect), "{typed}");
        };
        check("1.000", 1000, "1");
        check("1,000", 1000, "1");
        check("-12,345 kr", -12345, "-12.345");
        check("999.001.", 999_001, "999.001");
    }

    #[test]
    fn the_unit_may_be_typed_along_but_no_other() {
        let check = |typed: &str, unit: &str, expect| assert_eq!(read_number(typed, Some(unit)), expect, "{typed}");
        check("180 Underskrifter", "underskrifter", clear("180"));
        check("12%", "%", clear("12"));
        check("12 %", "%", clear("12"));
        check("12 %", "prosent", None);
        check("kr 1 500,50", "kr", clear("1500.5"));
        check("5 stk.", "stk.", clear("5"));
        check("10 m2", "m2", clear("10"));
        check("10 km", "m", None);
        check("kr", "kr", None);
        assert_eq!(read_number("12 %", None), None);
    }

    #[test]
    fn what_is_no_number_is_not_read() {
        for typed in [
            "ti",
            "1 00",
            "12 34",
            "1.2.3",
            "1,5.000",
            "1.000,5,5",
            "--5",
            "5-",
            "500,-",
            "e",
            "e5",
            "1e",
            "1e29",
            "1e-29",
            "1e2147483648",
            "1e-2147483648",
            "9e28",
            "1,5e-28",
            "½",
            "٣",
            "-",
            "1,,5",
            "1 .5",
            "1, 5",
            "0x10",
            "99999999999999999999999999999",
            "1,00000000000000000000000000001",
            "1..000",
            "NaN",
            "1_000",
        ] {
            assert_eq!(read_number(typed, None), None, "{typed}");
        }
        assert_eq!(read_number(" \u{200B}", Some("kr")), Some(Reading::Blank));
    }

    proptest! {
        #[test]
        fn nothing_typed_is_too_odd_to_read(
            typed in prop_oneof![any::<String>(), "[-+0-9., eE%kr]{0,40}"],
            unit: String,
        ) {
            let _ = read_number(&typed, Some("kr"));
            let _ = read_number(&typed, Some(&unit));
        }

        #[test]
        fn a_number_written_out_is_read_back(units: i64, scale in 0..12_u32, comma: bool) {
            let value = Decimal::new(units, scale);
            let typed = value.to_string().replace('.', if comma { "," } else { "." });
            match read_number(&typed, None) {
                Some(Reading::Clear(read)) => prop_assert_eq!(read, value),
                Some(Reading::Either { decimals, .. }) => prop_assert_eq!(decimals, value),
                other => prop_assert!(false, "{other:?}"),
            }
        }
    }
}
