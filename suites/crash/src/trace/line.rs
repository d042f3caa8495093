//! One line of `strace -f -y`: a call, or the half of one that another thread's came in between.

use crate::trouble::Trouble;

/// A line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// `PID name(arguments) = result`.
    Whole { pid: u32, call: Call<'a> },
    /// `PID name(arguments <unfinished ...>`: its end comes later.
    Begun { pid: u32, text: &'a [u8] },
    /// `PID <... name resumed>rest`.
    Resumed { pid: u32, rest: &'a [u8] },
    /// A signal or the end of a thread.
    Other,
}

/// A call that returned.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Call<'a> {
    pub(super) name: &'a str,
    pub(super) arguments: Vec<&'a [u8]>,
    /// What it returned, and what stands behind it: a file, or the name of an error.
    pub(super) result: i64,
    pub(super) behind: &'a [u8],
}

const UNFINISHED: &[u8] = b" <unfinished ...>";

/// Reads a line.
pub(super) fn line(text: &[u8]) -> Result<Line<'_>, Trouble> {
    let wrong = || Trouble(format!("strace wrote a line that cannot be read: {}", lossy(text)));
    let digits = text.iter().take_while(|octet| octet.is_ascii_digit()).count();
    let (pid, rest) = text.split_at_checked(digits).ok_or_else(wrong)?;
    let pid = std::str::from_utf8(pid).ok().and_then(|pid| pid.parse().ok()).ok_or_else(wrong)?;
    let rest = rest.trim_ascii_start();
    if rest.starts_with(b"+++") || rest.starts_with(b"---") {
        return Ok(Line::Other);
    }
    if let Some(rest) = rest.strip_prefix(b"<... ") {
        let at = find(rest, b" resumed>").ok_or_else(wrong)?;
        return Ok(Line::Resumed { pid, rest: rest.get(at + b" resumed>".len()..).unwrap_or_default() });
    }
    if let Some(text) = rest.strip_suffix(UNFINISHED) {
        return Ok(Line::Begun { pid, text });
    }
    Ok(Line::Whole { pid, call: call(rest)? })
}

/// Reads `name(arguments) = result`.
pub(super) fn call(text: &[u8]) -> Result<Call<'_>, Trouble> {
    let wrong = || Trouble(format!("strace wrote a call that cannot be read: {}", lossy(text)));
    let open = text.iter().position(|&octet| octet == b'(').ok_or_else(wrong)?;
    let (name, rest) = text.split_at_checked(open).ok_or_else(wrong)?;
    let (arguments, rest) = arguments(rest.get(1..).unwrap_or_default()).ok_or_else(wrong)?;
    let rest = rest.trim_ascii_start().strip_prefix(b"=").ok_or_else(wrong)?.trim_ascii();
    let end = rest.iter().position(|octet| !octet.is_ascii_alphanumeric() && *octet != b'-');
    let (number, behind) = rest.split_at_checked(end.unwrap_or(rest.len())).ok_or_else(wrong)?;
    let number = std::str::from_utf8(number).map_err(|_| wrong())?;
    let result = match number.strip_prefix("0x") {
        Some(hex) => i64::from_str_radix(hex, 16).unwrap_or(0),
        // A call cut short by the end of its thread has no number.
        None => number.parse().unwrap_or(-1),
    };
    let name = std::str::from_utf8(name).map_err(|_| wrong())?;
    Ok(Call { name, arguments, result, behind })
}

/// Arguments up to the parenthesis that closes them, and what follows it.
fn arguments(text: &[u8]) -> Option<(Vec<&[u8]>, &[u8])> {
    let (mut found, mut start, mut depth, mut at) = (Vec::new(), 0, 0_usize, 0);
    loop {
        match *text.get(at)? {
            b'"' => at = end_of_string(text, at)?,
            b'(' | b'[' | b'{' | b'<' => depth += 1,
            b')' if depth == 0 => {
                if at > start || !found.is_empty() {
                    found.push(text.get(start..at)?.trim_ascii());
                }
                return Some((found, text.get(at + 1..)?));
            }
            b')' | b']' | b'}' | b'>' => depth = depth.checked_sub(1)?,
            b',' if depth == 0 => {
                found.push(text.get(start..at)?.trim_ascii());
                start = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
}

/// Where the quotation ends that begins at `at`.
fn end_of_string(text: &[u8], at: usize) -> Option<usize> {
    let mut at = at + 1;
    loop {
        match *text.get(at)? {
            b'"' => return Some(at),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// The octets a quotation stands for; `None` when strace cut it short or it is none.
pub(super) fn string(text: &[u8]) -> Option<Vec<u8>> {
    let inner = text.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    let mut out = Vec::with_capacity(inner.len());
    let mut octets = inner.iter().copied().peekable();
    while let Some(octet) = octets.next() {
        if octet != b'\\' {
            out.push(octet);
            continue;
        }
        out.push(match octets.next()? {
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'v' => 0x0b,
            b'f' => 0x0c,
            first @ b'0'..=b'7' => {
                let mut value = u32::from(first - b'0');
                for _ in 0..2 {
                    match octets.next_if(|octet| (b'0'..=b'7').contains(octet)) {
                        Some(next) => value = value * 8 + u32::from(next - b'0'),
                        None => break,
                    }
                }
                u8::try_from(value).ok()?
            }
            other => other,
        });
    }
    Some(out)
}

/// The file of an argument `5</path>`; `None` when it has none or is no longer named.
pub(super) fn file(text: &[u8]) -> Option<(i64, &str)> {
    let at = text.iter().position(|&octet| octet == b'<')?;
    let (number, rest) = text.split_at_checked(at)?;
    let path = rest.strip_prefix(b"<")?.strip_suffix(b">")?;
    Some((std::str::from_utf8(number).ok()?.parse().ok()?, std::str::from_utf8(path).ok()?))
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

fn lossy(text: &[u8]) -> String {
    String::from_utf8_lossy(text.get(..text.len().min(200)).unwrap_or_default()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_has_its_arguments_and_its_file() {
        let Line::Whole { pid, call } = line(br#"17 pwrite64(5</a/b>, "a\0\"\n\177,)", 7, 32) = 7"#).unwrap()
        else {
            panic!("no whole call");
        };
        assert_eq!((pid, call.name, call.result, call.arguments.len()), (17, "pwrite64", 7, 4));
        assert_eq!(file(call.arguments[0]), Some((5, "/a/b")));
        assert_eq!(string(call.arguments[1]).unwrap(), b"a\0\"\n\x7f,)");
        let opened = super::call(br#"openat(AT_FDCWD</x>, "/a", O_RDWR|O_CREAT, 0644) = 6</a>"#).unwrap();
        assert_eq!((opened.result, opened.behind), (6, &b"</a>"[..]));
        let failed = super::call(br#"mkdir("/a", 0700) = -1 EEXIST (File exists)"#).unwrap();
        assert_eq!(failed.result, -1);
    }

    #[test]
    fn a_call_in_two_halves_is_told_so() {
        assert_eq!(
            line(b"3 fsync(5</a> <unfinished ...>").unwrap(),
            Line::Begun { pid: 3, text: b"fsync(5</a>" }
        );
        assert_eq!(line(b"3 <... fsync resumed>) = 0").unwrap(), Line::Resumed { pid: 3, rest: b") = 0" });
        assert_eq!(line(b"3 +++ exited with 0 +++").unwrap(), Line::Other);
        assert!(line(b"no number").is_err());
    }

    #[test]
    fn a_string_cut_short_is_none() {
        assert_eq!(string(br#""abc"..."#), None);
    }
}
