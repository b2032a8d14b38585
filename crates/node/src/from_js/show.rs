//! A refused value as its error message shows it: like JSON, and short, however large the value is.

use crate::js::{Js, Kind, Thrown};

const MOST_CHARS: usize = 60;
const DEEPEST: usize = 3;

pub fn show(js: Js<'_>) -> String {
    let mut shown = String::new();
    write(js, DEEPEST, &mut shown);
    match shown.char_indices().nth(MOST_CHARS) {
        Some((end, _)) => format!("{}…", shown.get(..end).unwrap_or_default()),
        None => shown,
    }
}

fn write(js: Js<'_>, deeper: usize, to: &mut String) {
    match js.kind() {
        Kind::Undefined => to.push_str("undefined"),
        Kind::Null => to.push_str("null"),
        Kind::Boolean => to.push_str(&js.boolean().unwrap_or_default().to_string()),
        Kind::Number => to.push_str(&js.digits().unwrap_or_default()),
        Kind::BigInt => to.extend([js.digits().unwrap_or_default().as_str(), "n"]),
        Kind::String => text(&js.string().unwrap_or_default(), to),
        Kind::Symbol => to.push_str("a symbol"),
        Kind::Function => to.push_str("a function"),
        Kind::Array if deeper == 0 => to.push_str("[…]"),
        Kind::Array => list(js, to, ['[', ']'], |to, element| write(element, deeper - 1, to)),
        Kind::Object if deeper == 0 => to.push_str("{…}"),
        Kind::Object => object(js, deeper - 1, to),
    }
}

fn text(text: &str, to: &mut String) {
    to.push('\'');
    to.extend(text.chars().take(MOST_CHARS).flat_map(|char| match char {
        '\'' => vec!['\\', '\''],
        char if char.is_control() => char.escape_default().collect(),
        char => vec![char],
    }));
    to.push('\'');
}

fn object(js: Js<'_>, deeper: usize, to: &mut String) {
    if let Some(length) = js.typed_length() {
        return to.extend(["a typed array of ", &length.to_string()]);
    }
    match js.keys() {
        Err(Thrown(_)) => to.push_str("{…}"),
        Ok(keys) => list(keys, to, ['{', '}'], |to, key| {
            to.push_str(&key.string().unwrap_or_default());
            to.push_str(": ");
            match js.property(key) {
                Ok(value) => write(value, deeper, to),
                Err(Thrown(_)) => to.push('…'),
            }
        }),
    }
}

/// Of a list only as much as will be seen.
fn list<'e>(array: Js<'e>, to: &mut String, [open, close]: [char; 2], mut write: impl FnMut(&mut String, Js<'e>)) {
    to.push(open);
    for at in 0..array.length() {
        if at > 0 {
            to.push_str(", ");
        }
        match array.element(at) {
            Ok(element) if to.len() <= MOST_CHARS => write(to, element),
            _ => {
                to.push('…');
                break;
            }
        }
    }
    to.push(close);
}
