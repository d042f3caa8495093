//! Who runs a command, as the machine knows it.

use std::{fs, os::unix::fs::MetadataExt as _};

/// What Linux says where nobody logged in.
const NO_LOGIN: u32 = u32::MAX;

/// The name of the user who logged in, behind whatever `sudo` made of them; else of the process's own.
pub(super) fn name() -> String {
    let logged_in = fs::read_to_string("/proc/self/loginuid").ok().and_then(|text| text.trim().parse().ok());
    let own = || fs::metadata("/proc/self").map_or(NO_LOGIN, |process| process.uid());
    let user = logged_in.filter(|user| *user != NO_LOGIN).unwrap_or_else(own);
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    name_of(user, &users).unwrap_or_else(|| user.to_string())
}

fn name_of(user: u32, users: &str) -> Option<String> {
    let number = user.to_string();
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == number).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_found_by_their_number() {
        let users = "root:x:0:0:root:/root:/bin/sh\nanne:x:1000:1000::/home/anne:/bin/sh\nbroken\n";
        assert_eq!(name_of(1000, users).as_deref(), Some("anne"));
        assert_eq!(name_of(7, users), None);
    }
}
