//! What Linux says of a process (proc(5)).

use std::fs;
use std::time::Duration;

use sceau_crash::trouble::{Trouble, told};

/// Clock ticks a second in `/proc`: 100 on every Linux of today (`sysconf(_SC_CLK_TCK)`).
const TICKS: u64 = 100;

/// Octets of memory of a process, shared ones counted in part.
pub(crate) fn memory(process: u32) -> Result<u64, Trouble> {
    let path = format!("/proc/{process}/smaps_rollup");
    let text = fs::read_to_string(&path).map_err(told(&path))?;
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kibibytes.map(|count| count * 1_024).ok_or_else(|| Trouble(format!("{path} says nothing of memory")))
}

/// Processor time of a process, its own and the system's for it.
pub(crate) fn processor(process: u32) -> Result<Duration, Trouble> {
    let path = format!("/proc/{process}/stat");
    let text = fs::read_to_string(&path).map_err(told(&path))?;
    // Behind the name in brackets, which may hold anything: the fields from the third on.
    let fields = text.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace();
    let ticks: u64 = fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Ok(Duration::from_millis(ticks * (1_000 / TICKS)))
}

/// The processes whose parent is another, and theirs.
pub(crate) fn descendants(process: u32) -> Vec<u32> {
    let mut found = Vec::new();
    let all: Vec<(u32, u32)> = parents();
    let mut waiting = vec![process];
    while let Some(parent) = waiting.pop() {
        let children = all.iter().filter(|(_, of)| *of == parent).map(|(child, _)| *child);
        waiting.extend(children.clone());
        found.extend(children);
    }
    found
}

/// Every process with its parent.
fn parents() -> Vec<(u32, u32)> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let numbers = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let parent = |process: u32| {
        let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        let fields = text.rsplit_once(')')?.1.split_whitespace();
        Some((process, fields.skip(1).find_map(|field| field.parse().ok())?))
    };
    numbers.filter_map(parent).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_read() {
        let this = std::process::id();
        assert!(memory(this).unwrap() > 100_000);
        processor(this).unwrap();
        assert!(!descendants(1).is_empty());
        assert!(memory(u32::MAX).is_err());
    }
}
