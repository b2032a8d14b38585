//! A refused value in an error message: like JSON, and short however large the value is.

use crate::js::{Js, Kind, Thrown};

const MAX_CHARS: usize = 60;
const MAX_DEPTH: usize = 3;

pub fn show(js: Js<'_>) -> String {
    let mut shown = String::new();
    write(js, MAX_DEPTH, &mut shown);
    match shown.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => format!("{}…", shown.get(..end).unwrap_or_default()),
        None => shown,
    }
}

fn write(js: Js<'_>, depth_left: usize, to: &mut String) {
    match js.kind() {
        Kind::Undefined => to.push_str("undefined"),
        Kind::Null => to.push_str("null"),
        Kind::Boolean => to.push_str(&js.boolean().unwrap_or_default().to_string()),
        Kind::Number => to.push_str(&js.digits().unwrap_or_default()),
        Kind::BigInt => to.extend([js.digits().unwrap_or_default().as_str(), "n"]),
        Kind::String => text(&js.string().unwrap_or_default(), to),
        Kind::Symbol => to.push_str("a symbol"),
        Kind::Function => to.push_str("a function"),
        Kind::Array if depth_left == 0 => to.push_str("[…]"),
        Kind::Array => list(js, to, ['[', ']'], |to, element| write(element, depth_left - 1, to)),
        Kind::Object if depth_left == 0 => to.push_str("{…}"),
        Kind::Object => object(js, depth_left - 1, to),
    }
}

fn text(text: &str, to: &mut String) {
    to.push('\'');
    to.extend(text.chars().take(MAX_CHARS).flat_map(|char| match char {
        '\'' => vec!['\\', '\''],
        char if char.is_control() => char.escape_default().collect(),
        char => vec![char],
    }));
    to.push('\'');
}

fn object(js: Js<'_>, depth_left: usize, to: &mut String) {
    if let Some(length) = js.typed_length() {
        return to.extend(["a typed array of ", &length.to_string()]);
    }
    match js.keys() {
        Err(Thrown(_)) => to.push_str("{…}"),
        Ok(keys) => list(keys, to, ['{', '}'], |to, key| {
            to.push_str(&key.string().unwrap_or_default());
            to.push_str(": ");
            match js.property(key) {
                Ok(value) => write(value, depth_left, to),
                Err(Thrown(_)) => to.push('…'),
            }
        }),
    }
}

/// Stops where `show` will cut the text.
fn list<'e>(array: Js<'e>, to: &mut String, [open, close]: [char; 2], mut write: impl FnMut(&mut String, Js<'e>)) {
    to.push(open);
    for at in 0..array.length() {
        if at > 0 {
            to.push_str(", ");
        }
        match array.element(at) {
            Ok(element) if to.len() <= MAX_CHARS => write(to, element),
            _ => {
                to.push('…');
                break;
            }
        }
    }
    to.push(close);
}
