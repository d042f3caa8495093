//! The `sceau` command from outside: forms, exit codes, JSON, files, and the `openssl` program
//! as its counterpart.

#[cfg(test)]
mod authority;
#[cfg(test)]
mod bench;
#[cfg(test)]
mod big;
#[cfg(test)]
mod chain;
#[cfg(test)]
mod foreign;
#[cfg(test)]
mod inspect;
#[cfg(test)]
mod intact;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod letters;
#[cfg(test)]
mod receipts;
#[cfg(test)]
mod shared;
#[cfg(test)]
mod usage;
