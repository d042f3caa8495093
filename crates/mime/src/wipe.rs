//! What was read out of a letter is wiped from memory when it is dropped: its words, names, addresses and files.
//!
//! The parser keeps decoded copies of header fields while it reads, and they are not wiped; neither is what callers clone.

use std::borrow::Cow;
use std::ops::Deref;

use zeroize::Zeroize;

use crate::address::Address;
use crate::given::Given;
use crate::letter::{Header, Letter, Part};
use crate::protect::HeaderState;
use crate::structure::Node;

impl Drop for Letter {
    /// Header fields and parts wipe themselves.
    fn drop(&mut self) {
        self.text.wipe();
        self.subject.zeroize();
        let lists = [&mut self.from, &mut self.reply_to, &mut self.to, &mut self.cc, &mut self.bcc];
        lists.into_iter().flatten().chain(&mut self.sender).for_each(wipe);
        let ids = self.in_reply_to.iter_mut().chain(&mut self.references).chain(&mut self.message_id);
        ids.for_each(Zeroize::zeroize);
        self.hp_outer.iter_mut().for_each(|(_, value)| value.zeroize());
    }
}

fn wipe(address: &mut Address) {
    address.name.zeroize();
    address.email.zeroize();
}

impl Drop for Header {
    fn drop(&mut self) {
        self.value.wipe();
        self.raw.wipe();
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        self.name.zeroize();
        self.bytes.wipe();
    }
}

#[cfg(feature = "legacy-files")]
impl Drop for crate::uuencode::UuFile {
    fn drop(&mut self) {
        self.name.zeroize();
        self.bytes.wipe();
    }
}

/// Wiping many octets at a time. A `Vec` by itself is wiped octet by octet where the crate `zeroize` has no barrier in
/// assembler, as over WebAssembly: for a large letter that took as long as decoding it.
pub trait Wipe {
    /// Overwrites everything, room that is not used as well, and leaves nothing.
    fn wipe(&mut self);
}

impl Wipe for Vec<u8> {
    fn wipe(&mut self) {
        self.spare_capacity_mut().zeroize();
        self.as_mut_slice().zeroize();
        self.clear();
    }
}

impl Wipe for String {
    fn wipe(&mut self) {
        std::mem::take(self).into_bytes().wipe();
    }
}

/// Words of our own, wiped when they are dropped.
#[derive(Clone, Default)]
pub(crate) struct Words(String);

impl Words {
    pub(crate) fn new(words: String) -> Self {
        Self(words)
    }

    /// The words, for whoever wipes them.
    pub(crate) fn take(&mut self) -> String {
        std::mem::take(&mut self.0)
    }
}

impl Deref for Words {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Drop for Words {
    fn drop(&mut self) {
        self.0.wipe();
    }
}

impl Drop for HeaderState {
    fn drop(&mut self) {
        self.value.zeroize();
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.name.zeroize();
        self.decoded.zeroize();
        self.text.zeroize();
    }
}

impl Drop for Given {
    fn drop(&mut self) {
        self.wipe();
    }
}

/// Borrowed from a message, or a copy of our own that is wiped when it is dropped.
pub struct Wiped<'a, B>(Cow<'a, B>)
where
    B: ToOwned + ?Sized,
    B::Owned: Wipe;

impl<'a, B> From<Cow<'a, B>> for Wiped<'a, B>
where
    B: ToOwned + ?Sized,
    B::Owned: Wipe,
{
    fn from(found: Cow<'a, B>) -> Self {
        Self(found)
    }
}

impl From<Vec<u8>> for Wiped<'_, [u8]> {
    fn from(own: Vec<u8>) -> Self {
        Self(Cow::Owned(own))
    }
}

impl<B> Deref for Wiped<'_, B>
where
    B: ToOwned + ?Sized,
    B::Owned: Wipe,
{
    type Target = B;

    fn deref(&self) -> &B {
        &self.0
    }
}

impl<B> Drop for Wiped<'_, B>
where
    B: ToOwned + ?Sized,
    B::Owned: Wipe,
{
    fn drop(&mut self) {
        if let Cow::Owned(copy) = &mut self.0 {
            copy.wipe();
        }
    }
}
