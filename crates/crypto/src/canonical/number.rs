//! Numbers as ECMAScript writes them (RFC 8785, 3.2.2.3; ECMA-262, `Number::toString` with radix 10).

use serde_json::Number;

use super::CanonicalError;

/// Beyond ±(2^53 − 1) not every integer is a double.
const LARGEST_SAFE: u64 = (1 << 53) - 1;

pub(super) fn write(out: &mut String, number: &Number) -> Result<(), CanonicalError> {
    if let Some(integer) = number.as_u64() {
        write_integer(out, "", integer)
    } else if let Some(integer) = number.as_i64() {
        write_integer(out, "-", integer.unsigned_abs())
    } else {
        match number.as_f64() {
            Some(double) if double.is_finite() => {
                write_double(out, double);
                Ok(())
            }
            _ => Err(CanonicalError::NotFinite),
        }
    }
}

/// RFC 8785 knows doubles only. A larger integer is let through if, and only if, its own digits are what
/// ECMAScript writes for the double next to it: then every reader sees the same number. The others are
/// refused rather than rounded.
fn write_integer(out: &mut String, sign: &str, magnitude: u64) -> Result<(), CanonicalError> {
    let digits = magnitude.to_string();
    if magnitude > LARGEST_SAFE {
        let nearest: f64 = digits.parse().map_err(|_| CanonicalError::IntegerTooLarge)?;
        let mut as_double = String::new();
        write_double(&mut as_double, nearest);
        if as_double != digits {
            return Err(CanonicalError::IntegerTooLarge);
        }
    }
    out.push_str(sign);
    out.push_str(&digits);
    Ok(())
}

/// A finite double, laid out as ECMA-262 lays it out.
pub(super) fn write_double(out: &mut String, double: f64) {
    if double == 0.0 {
        out.push('0'); // minus zero too
        return;
    }
    if double < 0.0 {
        out.push('-');
    }
    let scientific = shortest(double.abs());
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let digits: String = mantissa.chars().filter(|digit| *digit != '.').collect();
    let exponent: i32 = exponent.parse().unwrap_or(0);
    // ECMA-262 names: the value is 0.digits × 10^n, with k digits.
    let k = digits.len();
    let n = exponent + 1;
    match usize::try_from(n) {
        Ok(n) if (k..=21).contains(&n) => {
            out.push_str(&digits);
            out.extend(std::iter::repeat_n('0', n - k));
        }
        Ok(n) if (1..=21).contains(&n) => {
            out.push_str(&digits[..n]);
            out.push('.');
            out.push_str(&digits[n..]);
        }
        _ if (-5..=0).contains(&n) => {
            out.push_str("0.");
            out.extend((n..0).map(|_| '0'));
            out.push_str(&digits);
        }
        _ => {
            out.push_str(&digits[..1]);
            if k > 1 {
                out.push('.');
                out.push_str(&digits[1..]);
            }
            out.push_str(if exponent < 0 { "e-" } else { "e+" });
            out.push_str(&exponent.unsigned_abs().to_string());
        }
    }
}

/// The digits of `double` in scientific notation: as few as read back as the same double; among those the
/// closest to it; of two equally close ones the even (ECMA-262, `Number::toString`, step 5 and its note).
///
/// `{:e}` gives the fewest digits but rounds a tie upwards: 1424953923781206.25 becomes …6.3 where RFC 8785,
/// appendix B, has …6.2. With a given number of digits the library rounds ties to even, so that is asked for
/// in a second step, and taken if it still reads back: just above a power of two it may not.
fn shortest(double: f64) -> String {
    let fewest = format!("{double:e}");
    let digits = fewest.bytes().take_while(|byte| *byte != b'e').filter(u8::is_ascii_digit).count();
    let rounded = format!("{double:.*e}", digits - 1);
    if rounded.parse() == Ok(double) { rounded } else { fewest }
}
