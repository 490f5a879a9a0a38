//! Canonical JSON (RFC 8785, JCS): the same value gives the same bytes on every machine.
//!
//! What is hashed, signed or compared is always these bytes. Own code rather than a wrapped library: the
//! rules fill one page, the published vectors decide, and a library's silent `NaN` → `null` would put a
//! value into a signed note that nobody entered.

mod finite;
mod number;

use serde::Serialize;
use serde_json::Value;

/// Why a value has no canonical form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CanonicalError {
    /// A number is infinite or not a number; JSON has no word for it (RFC 8785, 3.2.2.3).
    #[error("a number is infinite or not a number, which JSON cannot say")]
    NotFinite,
    /// An integer too large for a double to hold exactly; other programs would read another number.
    /// Put it into a string.
    #[error("an integer is too large to be exchanged exactly; send it as text")]
    IntegerTooLarge,
    /// The type's own `Serialize` refused, or it is not JSON (a map whose keys are no strings). The reason
    /// is not kept, because it may quote what is in the record.
    #[error("the value cannot be written as JSON")]
    NotJson,
}

/// The canonical bytes of anything serialisable.
///
/// Properties are sorted by their UTF-16 code units, numbers are written as ECMAScript writes doubles,
/// strings get only the escapes that JSON requires, and nothing is normalised: text is put into Unicode NFC
/// when it is written, not when it is hashed. `f32` counts as the double that it is equal to.
///
/// # Errors
/// See [`CanonicalError`].
pub fn to_vec<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, CanonicalError> {
    to_string(value).map(String::into_bytes)
}

/// [`to_vec`] as text; canonical JSON is always UTF-8.
///
/// # Errors
/// See [`CanonicalError`].
pub fn to_string<T: Serialize + ?Sized>(value: &T) -> Result<String, CanonicalError> {
    finite::check(value)?;
    let value = serde_json::to_value(value).map_err(|_| CanonicalError::NotJson)?;
    value_to_string(&value)
}

/// [`to_string`] for a value that is already a tree, without building it again.
///
/// # Errors
/// [`CanonicalError::IntegerTooLarge`]; a tree holds no infinite numbers.
pub fn value_to_string(value: &Value) -> Result<String, CanonicalError> {
    let mut out = String::with_capacity(256);
    write_value(&mut out, value)?;
    Ok(out)
}

/// Whether `bytes` are exactly the canonical form of the JSON in them.
///
/// A receiver asks this before it hashes what it was sent: bytes with a property given twice, with spaces
/// or with another order are refused here instead of meaning different things to different readers.
#[must_use]
pub fn is_canonical(bytes: &[u8]) -> bool {
    serde_json::from_slice::<Value>(bytes)
        .is_ok_and(|value| value_to_string(&value).is_ok_and(|text| text.as_bytes() == bytes))
}

fn write_value(out: &mut String, value: &Value) -> Result<(), CanonicalError> {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => number::write(out, number)?,
        Value::String(text) => write_text(out, text),
        Value::Array(items) => {
            out.push('[');
            for (position, item) in items.iter().enumerate() {
                if position > 0 {
                    out.push(',');
                }
                write_value(out, item)?;
            }
            out.push(']');
        }
        Value::Object(properties) => {
            let mut sorted: Vec<_> = properties.iter().collect();
            sorted.sort_unstable_by(|(left, _), (right, _)| left.encode_utf16().cmp(right.encode_utf16()));
            out.push('{');
            for (position, (name, item)) in sorted.into_iter().enumerate() {
                if position > 0 {
                    out.push(',');
                }
                write_text(out, name);
                out.push(':');
                write_value(out, item)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

/// RFC 8785, 3.2.2.2. Runs without anything to escape are copied whole: that is nearly all of a note.
fn write_text(out: &mut String, text: &str) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.push('"');
    let mut copied = 0;
    for (position, byte) in text.bytes().enumerate() {
        let short = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            0x08 => "\\b",
            0x09 => "\\t",
            0x0a => "\\n",
            0x0c => "\\f",
            0x0d => "\\r",
            0x00..0x20 => "",
            _ => continue,
        };
        // Every escaped byte is ASCII, so both cuts fall between characters.
        out.push_str(&text[copied..position]);
        copied = position + 1;
        if short.is_empty() {
            out.push_str("\\u00");
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        } else {
            out.push_str(short);
        }
    }
    out.push_str(&text[copied..]);
    out.push('"');
}

#[cfg(test)]
mod tests;
