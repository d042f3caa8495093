//! Addresses that look like those of somebody the reader knows, and are another's: homoglyphs, digits for letters,
//! internationalised domains (RFC 3492, RFC 5890). The signature under such a letter may be as valid as any.
//!
//! The rule is a compact one after Unicode UTS #39 §4: two addresses that have the same skeleton look alike. It knows
//! what is confusable with Latin letters, because that is what the addresses of our readers are written in.

use sceau_mime::Address;

/// Longest label of a domain that is decoded (RFC 1035 §2.3.4).
const MAX_LABEL: usize = 63;

/// Longest address that is compared (RFC 5321 §4.5.3.1.3, with room for what UTF-8 needs).
const MAX_ADDRESS: usize = 1_024;

/// The known address that `address` resembles without being it; `None` when it is a known one itself.
///
/// `address` is what a letter says and untrusted; `known` are the reader's own correspondents.
pub fn looks_like<'a>(address: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let shape = skeleton(address);
    let mailbox = Address::bare(address);
    let mut found = None;
    for one in known {
        if one.eq_ignore_ascii_case(address) || Address::bare(one).same_mailbox(&mailbox) {
            return None;
        }
        if found.is_none() && skeleton(one) == shape {
            found = Some(one);
        }
    }
    found
}

/// What an address looks like: lower case, domain labels decoded, confusable characters made one, marks left out.
#[must_use]
pub fn skeleton(address: &str) -> String {
    let address: String = address.chars().take(MAX_ADDRESS).collect();
    let (local, domain) = address.rsplit_once(['@', '＠']).unwrap_or((&address, ""));
    let labels = domain.split(['.', '。', '．', '｡']).map(|label| {
        let lower = label.to_lowercase();
        lower.strip_prefix("xn--").and_then(decode).unwrap_or(lower)
    });
    let domain = labels.collect::<Vec<_>>().join(".");
    format!("{}@{}", shape(local), shape(&domain))
}

fn shape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.to_lowercase().chars() {
        match single(c) {
            Some(c) => out.push(c),
            None => out.push_str(several(c)),
        }
    }
    // Pairs that read as one letter in most typefaces.
    out.replace("rn", "m").replace("vv", "w").replace("cl", "d")
}

/// The Latin letter a character looks like; `None` when it stands for none or for several.
fn single(c: char) -> Option<char> {
    let full_width = u32::from(c).checked_sub(0xfee0).filter(|ascii| (0x21..0x7f).contains(ascii));
    let c = full_width.and_then(char::from_u32).unwrap_or(c).to_ascii_lowercase();
    Some(match c {
        'à'..='å' | 'ā' | 'ă' | 'ą' | 'ǎ' | 'ạ' | 'ả' | 'а' | 'α' | 'ɑ' | 'ά' => 'a',
        'ƅ' | 'ь' | 'в' | 'ḃ' | 'ḅ' | 'β' => 'b',
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' | 'с' | 'ϲ' | 'ƈ' => 'c',
        'ď' | 'đ' | 'ԁ' | 'ḍ' | 'ɗ' => 'd',
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' | 'ẹ' | 'ẻ' | 'ẽ' | 'е' | 'ё' | 'є' | 'ε' | 'έ' | 'ҽ' => {
            'e'
        }
        'ƒ' | 'ϝ' => 'f',
        'ĝ' | 'ğ' | 'ġ' | 'ģ' | 'ɡ' | 'ԍ' | '9' => 'g',
        'ĥ' | 'ħ' | 'һ' | 'ḥ' | 'н' | 'η' => 'h',
        // i, l, 1, | and the capital I are told apart by nobody.
        'i'
        | '1'
        | '|'
        | '!'
        | 'ì'..='ï'
        | 'ĩ'
        | 'ī'
        | 'ĭ'
        | 'į'
        | 'ı'
        | 'і'
        | 'ї'
        | 'ι'
        | 'ί'
        | 'ɩ'
        | 'ị'
        | 'ĺ'
        | 'ļ'
        | 'ľ'
        | 'ŀ'
        | 'ł'
        | 'ӏ'
        | 'ḷ'
        | 'ǀ' => 'l',
        'ĵ' | 'ј' | 'ϳ' => 'j',
        'ķ' | 'ĸ' | 'к' | 'κ' | 'ḳ' => 'k',
        'м' | 'ṃ' | 'ṁ' => 'm',
        'ñ' | 'ń' | 'ņ' | 'ň' | 'ŋ' | 'п' | 'ո' | 'ṇ' => 'n',
        '0' | 'ò'..='ö' | 'ø' | 'ō' | 'ŏ' | 'ő' | 'ọ' | 'ỏ' | 'о' | 'ο' | 'ό' | 'σ' | 'օ' | 'ө' => {
            'o'
        }
        'р' | 'ρ' | 'ṗ' => 'p',
        'ԛ' | 'գ' => 'q',
        'ŕ' | 'ŗ' | 'ř' | 'г' | 'ṛ' => 'r',
        'ś' | 'ŝ' | 'ş' | 'š' | 'ș' | 'ѕ' | 'ṣ' | '5' => 's',
        'ţ' | 'ť' | 'ŧ' | 'ț' | 'т' | 'τ' | 'ṭ' => 't',
        'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' | 'ụ' | 'υ' | 'ύ' | 'ս' | 'ц' => 'u',
        'ѵ' | 'ν' | 'ṿ' => 'v',
        'ŵ' | 'ẁ' | 'ẃ' | 'ẅ' | 'ԝ' | 'ω' | 'ѡ' | 'ш' => 'w',
        'х' | 'χ' | 'ҳ' => 'x',
        'ý' | 'ÿ' | 'ŷ' | 'ỳ' | 'у' | 'ү' | 'γ' => 'y',
        'ź' | 'ż' | 'ž' | 'ẓ' | 'ʐ' => 'z',
        '‐'..='―' | '−' | '﹣' | 'ー' | '_' => '-',
        '․' | '·' | '。' | '．' | '｡' => '.',
        _ if several_or_none(c) => return None,
        other => other,
    })
}

fn several_or_none(c: char) -> bool {
    !several(c).is_empty() || is_invisible(c)
}

fn several(c: char) -> &'static str {
    match c {
        'æ' | 'ӕ' => "ae",
        'œ' => "oe",
        'ß' => "ss",
        'ĳ' => "ll",
        'ﬁ' => "fl",
        'ﬂ' => "fl",
        'ю' => "lo",
        'ы' => "bl",
        _ => "",
    }
}

/// Marks over letters, joiners, directions: what leaves no letter of its own.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}' | '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// Decodes one label after its `xn--` (RFC 3492 §6.2); `None` when it is none.
fn decode(label: &str) -> Option<String> {
    if label.len() > MAX_LABEL || !label.is_ascii() {
        return None;
    }
    let (basic, extended) = label.rsplit_once('-').unwrap_or(("", label));
    let mut output: Vec<char> = basic.chars().collect();
    let (mut n, mut i, mut bias) = (128_u32, 0_u32, 72_u32);
    let mut digits = extended.chars();
    let mut next = digits.next();
    while next.is_some() {
        let before = i;
        let (mut weight, mut k) = (1_u32, 36_u32);
        loop {
            let digit = value(next?)?;
            next = digits.next();
            i = i.checked_add(digit.checked_mul(weight)?)?;
            let threshold = k.saturating_sub(bias).clamp(1, 26);
            if digit < threshold {
                break;
            }
            weight = weight.checked_mul(36 - threshold)?;
            k = k.checked_add(36)?;
        }
        let length = u32::try_from(output.len()).ok()?.checked_add(1)?;
        bias = adapt(i - before, length, before == 0);
        n = n.checked_add(i / length)?;
        i %= length;
        output.insert(usize::try_from(i).ok()?, char::from_u32(n)?);
        i += 1;
    }
    Some(output.into_iter().collect())
}

/// a to z are 0 to 25, 0 to 9 are 26 to 35.
fn value(c: char) -> Option<u32> {
    match c {
        'a'..='z' => Some(u32::from(c) - u32::from('a')),
        '0'..='9' => Some(u32::from(c) - u32::from('0') + 26),
        _ => None,
    }
}

/// Bias adaptation (RFC 3492 §6.1).
fn adapt(delta: u32, points: u32, first: bool) -> u32 {
    let mut delta = if first { delta / 700 } else { delta / 2 };
    delta += delta / points;
    let mut k = 0;
    while delta > 455 {
        delta /= 35;
        k += 36;
    }
    k + 36 * delta / (delta + 38)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 2] = ["amelie.roche@cabinet.example", "will.martin@clinique.example"];

    #[test]
    fn look_alikes_are_told_from_the_known() {
        for (address, resembles) in [
            ("аmelie.roche@cabinet.example", 0),
            ("amelie.roche@саbinet.example", 0),
            ("amélie.roche@cabinet.example", 0),
            ("ame1ie.roche@cabinet.example", 0),
            ("amelle.roche@cabinet.example", 0),
            ("amelie.r0che@cabinet.example", 0),
            ("arnelie.roche@cabinet.example", 0),
            ("amelie.roche@cabinet.exarnple", 0),
            ("amelie.roche@cabi\u{200b}net.example", 0),
            ("ａｍｅｌｉｅ.roche@cabinet.example", 0),
            ("αmelie.rοche@cabinet.example", 0),
            ("ame\u{301}lie.roche@cabinet.example", 0),
            ("amelie.roche@cabinet。example", 0),
            ("vvill.martin@clinique.example", 1),
            ("will.martin@dinique.example", 1),
            // саbinet, with two Cyrillic letters, in its ASCII form.
            ("amelie.roche@xn--binet-3ve2j.example", 0),
        ] {
            assert_eq!(
                looks_like(address, KNOWN),
                Some(KNOWN[resembles]),
                "{address}: {}",
                skeleton(address)
            );
        }
    }

    #[test]
    fn the_known_and_the_different_are_not_warned_of() {
        for address in [
            KNOWN[0],
            "AMELIE.ROCHE@cabinet.example",
            "amelie.roche@CABINET.example",
            "bruno.keller@cabinet.example",
            "amelie.roche@cardio.example",
            "amelie.rocher@cabinet.example",
            "",
            "@",
            "xn--",
        ] {
            assert_eq!(looks_like(address, KNOWN), None, "{address}");
        }
        // Known under both forms of its domain.
        assert_eq!(looks_like("a@xn--mnchen-3ya.example", ["a@münchen.example"]), None);
    }

    #[test]
    fn labels_are_decoded_as_they_are_encoded() {
        for label in ["münchen", "саbinet", "éloïse-nœuvéglise", "日本語", "bücher"] {
            let ascii = sceau_mime::domain_to_ascii(label).unwrap();
            assert_eq!(decode(ascii.strip_prefix("xn--").unwrap()).as_deref(), Some(label));
        }
        for odd in ["99999999", "-", "é", "a-é", "zzzzzzzzzzzzzzzzz", "ls8h="] {
            let _ = decode(odd);
        }
        assert_eq!(decode("zzzzzzzzzzzzzzzzz"), None);
    }
}
