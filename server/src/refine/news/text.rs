//! Mends text that lost its encoding on the way, and folds titles for comparison.

/// Decodes literal escapes, then repairs mojibake; the second value tells whether anything changed.
///
/// What is left of control characters after that is the end of a broken dash or quotation mark (see
/// [`restore_punctuation`]) or noise.
pub(super) fn mend(text: &str) -> (String, bool) {
    let decoded = decode_escapes(text);
    let repaired = repair_mojibake(&decoded);
    let mut mended = String::with_capacity(repaired.len());
    for c in repaired.chars() {
        match c {
            '\n' | '\t' => mended.push(c),
            _ => mended.extend(restore_punctuation(c)),
        }
    }
    let mended = mended.trim().to_owned();
    let changed = mended != text.trim();
    (mended, changed)
}

/// `\x93`, `\xa0`, `\u200b`, `\n`, `\'` written out as characters. Unknown escapes stay as they are.
fn decode_escapes(text: &str) -> String {
    if !text.contains('\\') {
        return text.to_owned();
    }
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        decoded.push_str(&rest[..at]);
        rest = &rest[at..];
        let (c, length) = take_escape(rest).unwrap_or(('\\', 1));
        decoded.push(c);
        rest = &rest[length..];
    }
    decoded.push_str(rest);
    decoded
}

/// The character an escape stands for, and the length of the escape.
fn take_escape(rest: &str) -> Option<(char, usize)> {
    let digits = match rest.as_bytes().get(1)? {
        b'n' => return Some(('\n', 2)),
        b'r' => return Some(('\r', 2)),
        b't' => return Some(('\t', 2)),
        b'\'' => return Some(('\'', 2)),
        b'"' => return Some(('"', 2)),
        b'\\' => return Some(('\\', 2)),
        b'x' => 2,
        b'u' => 4,
        b'U' => 8,
        _ => return None,
    };
    let end = 2 + digits;
    let code = hex(rest.get(2..end)?)?;
    if (0xd800..0xdc00).contains(&code) {
        let low = hex(rest.get(end..end + 6)?.strip_prefix("\\u")?)?;
        let low = low.checked_sub(0xdc00).filter(|&low| low < 0x400)?;
        let pair = 0x1_0000 + ((code - 0xd800) << 10) + low;
        return Some((char::from_u32(pair)?, end + 6));
    }
    Some((char::from_u32(code)?, end))
}

fn hex(digits: &str) -> Option<u32> {
    // `from_str_radix` takes a sign
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    u32::from_str_radix(digits, 16).ok()
}

/// `SÃ£o` → `São`: UTF-8 that was read as windows-1252. A sequence is repaired only if its bytes are exactly one
/// UTF-8 character of a kind that headlines hold, so that `CAFÉ»` stays as it is.
fn repair_mojibake(text: &str) -> String {
    let mut repaired = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let (c, length) = take_mojibake(rest).unwrap_or((c, c.len_utf8()));
        repaired.push(c);
        rest = &rest[length..];
    }
    repaired
}

fn take_mojibake(rest: &str) -> Option<(char, usize)> {
    let mut bytes = [0; 4];
    let mut length = 0;
    let mut needed = 1;
    for (index, c) in rest.chars().take(4).enumerate() {
        if index == needed {
            break;
        }
        bytes[index] = windows_1252(c)?;
        length += c.len_utf8();
        if index == 0 {
            needed = match bytes[0] {
                0xc2..=0xdf => 2,
                0xe0..=0xef => 3,
                0xf0..=0xf4 => 4,
                _ => return None,
            };
        }
    }
    let c = std::str::from_utf8(&bytes[..needed]).ok()?.chars().next()?;
    let is_likely = matches!(c, '\u{a0}'..='\u{17f}' | '\u{370}'..='\u{4ff}' | '\u{2000}'..='\u{20cf}'
        | '\u{2122}' | '\u{fe0f}' | '\u{1f300}'..='\u{1faff}');
    is_likely.then_some((c, length))
}

/// The byte of a character in windows-1252, with the five unused bytes standing for themselves.
fn windows_1252(c: char) -> Option<u8> {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž',
        '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}',
        'ž', 'Ÿ',
    ];
    match u32::from(c) {
        code @ 0x80..=0xff => u8::try_from(code).ok(),
        0x100.. => {
            let index = HIGH.iter().position(|&high| high == c)?;
            u8::try_from(0x80 + index).ok()
        }
        _ => None,
    }
}

/// News files hold `\x93` where a dash was: the last byte of `E2 80 93`, whose first two were lost. Other control
/// characters say nothing.
fn restore_punctuation(c: char) -> Option<char> {
    match c {
        '\u{93}' => Some('–'),
        '\u{94}' => Some('—'),
        '\u{98}' => Some('‘'),
        '\u{99}' => Some('’'),
        '\u{9c}' => Some('“'),
        '\u{9d}' => Some('”'),
        _ if c.is_control() => None,
        _ => Some(c),
    }
}

/// A title with case, punctuation and white space folded: equal for the same headline in two files.
pub(super) fn fold_title(title: &str) -> String {
    let mut folded = String::with_capacity(title.len());
    for c in title.chars().filter(|c| !is_invisible(*c)) {
        if c.is_alphanumeric() {
            folded.extend(c.to_lowercase());
        } else if matches!(c, '\'' | '’' | '‘') {
            // apostrophes come and go within a word
        } else if !folded.is_empty() && !folded.ends_with(' ') {
            folded.push(' ');
        }
    }
    folded.truncate(folded.trim_end().len());
    folded
}

/// White space folded to single blanks.
pub(super) fn fold_space(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_mended() {
        for (broken, whole) in [
            (r"next week.\xa0More", "next week.\u{a0}More"),
            (r"H1 2022 \x93 which", "H1 2022 – which"),
            (r"so-called \x9cmerge.\x9d", "so-called “merge.”"),
            (r"one\r\ntwo\nthree", "one\ntwo\nthree"),
            (r"it\'s \\o/", r"it's \o/"),
            (r"NFT\u200b.NYC \ud83d\ude80", "NFT\u{200b}.NYC 🚀"),
            (r"\xe2\x80\x93", "–"),
            (
                r"\ud83d alone, \q, \x9, \u+123, \",
                "\\ud83d alone, \\q, \\x9, \\u+123, \\",
            ),
            ("SÃ£o Paulo, TouadÃ©ra, 100Âº", "São Paulo, Touadéra, 100º"),
            (r"lenderÂ\xa0Celsius’s", "lender\u{a0}Celsius’s"),
            ("â€œquotedâ€\u{9d} â€” ðŸš€", "“quoted” — 🚀"),
            ("ÐŸÑƒ", "Пу"),
            ("CAFÉ» Ärger Â", "CAFÉ» Ärger Â"),
            ("bell\u{7} zero\0", "bell zero"),
        ] {
            let (mended, changed) = mend(broken);
            assert_eq!(mended, whole, "{broken}");
            assert_eq!(changed, broken != whole, "{broken}");
        }
    }

    #[test]
    fn titles_fold_to_the_same() {
        let folded = "bitcoins price hits 20000 again";
        for title in [
            "Bitcoin's Price Hits 20000 - Again!",
            "  BITCOIN’S price   hits “20000”… again",
            "Bitcoins price\u{200b} hits 20000, again",
        ] {
            assert_eq!(fold_title(title), folded);
        }
        assert_eq!(fold_title("?!"), "");
    }
}
