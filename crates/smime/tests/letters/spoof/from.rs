//! Who the letter says it is from, against who signed it.

use super::Case;
use super::forge::{message, signed};
use crate::world::{AMELIE, CHLOE, world};

/// Signed by Chloé, whose certificate and signature are good, and written as if by Amélie.
const BY_CHLOE_AS_ANOTHER: [(&str, &str); 19] = [
    ("somebody else", "From: amelie.roche@cabinet.example"),
    ("her name before another address", "From: Chloé Petit <amelie.roche@cabinet.example>"),
    ("Sender without delegation", "From: amelie.roche@cabinet.example\r\nSender: chloe.petit@labo.example"),
    ("Reply-To is the signer", "From: amelie.roche@cabinet.example\r\nReply-To: chloe.petit@labo.example"),
    (
        "Resent-From is the signer",
        "From: amelie.roche@cabinet.example\r\nResent-From: chloe.petit@labo.example",
    ),
    (
        "Return-Path is the signer",
        "Return-Path: <chloe.petit@labo.example>\r\nFrom: amelie.roche@cabinet.example",
    ),
    ("letter case", "From: AMELIE.ROCHE@CABINET.EXAMPLE"),
    ("another mailbox of the domain", "From: direction@labo.example"),
    ("a tag", "From: chloe.petit+amelie@labo.example"),
    ("a domain below", "From: chloe.petit@sub.labo.example"),
    ("a domain above", "From: chloe.petit@example"),
    ("a longer domain", "From: amelie.roche@cabinet.example.labo.example"),
    ("percent routing", "From: amelie.roche%cabinet.example@labo.example"),
    ("bang routing", "From: cabinet.example!amelie.roche@labo.example"),
    ("Cyrillic letters", "From: сhlое.petit@labo.example"),
    ("Greek letters", "From: chlοe.petit@labo.example"),
    ("Cyrillic domain", "From: chloe.petit@lаbо.example"),
    ("an A-label", "From: chloe.petit@xn--lb-7kcd.example"),
    ("encoded-word name", "From: =?utf-8?q?Chlo=C3=A9_Petit?= <amelie.roche@cabinet.example>"),
];

/// Signed by Chloé too, and nobody can say from whom it is.
const AMBIGUOUS: [(&str, &str, &str); 32] = [
    ("no From", "To: bruno.keller@cardio.example", "from_missing"),
    ("empty From", "From: ", "from_missing"),
    ("From of a name alone", "From: Chloe Petit", "from_missing"),
    ("address as display name alone", "From: \"chloe.petit@labo.example\"", "from_missing"),
    ("empty group", "From: undisclosed:;", "from_missing"),
    ("full-width at sign", "From: chloe.petit＠labo.example", "from_missing"),
    ("encoded-word address", "From: =?utf-8?q?chloe=2Epetit=40labo=2Eexample?=", "from_missing"),
    ("encoded-word in an address", "From: <=?utf-8?q?chloe.petit?=@labo.example>", "several_from"),
    (
        "two From fields",
        "From: chloe.petit@labo.example\r\nFrom: amelie.roche@cabinet.example",
        "several_from",
    ),
    (
        "two From fields, the other first",
        "From: amelie.roche@cabinet.example\r\nFrom: chloe.petit@labo.example",
        "several_from",
    ),
    (
        "the same From twice",
        "From: chloe.petit@labo.example\r\nFrom: chloe.petit@labo.example",
        "several_from",
    ),
    (
        "two From fields in other case",
        "From: chloe.petit@labo.example\r\nFROM: amelie.roche@cabinet.example",
        "several_from",
    ),
    (
        "From with a space before its colon",
        "From : amelie.roche@cabinet.example\r\nFrom: chloe.petit@labo.example",
        "several_from",
    ),
    ("two addresses", "From: chloe.petit@labo.example, amelie.roche@cabinet.example", "several_from"),
    (
        "a second address on a folded line",
        "From: chloe.petit@labo.example,\r\n amelie.roche@cabinet.example",
        "several_from",
    ),
    (
        "group of two",
        "From: Cabinet: chloe.petit@labo.example, amelie.roche@cabinet.example;",
        "several_from",
    ),
    ("group of one", "From: Cabinet: chloe.petit@labo.example;", "several_from"),
    ("a comment before the domain", "From: chloe.petit(amelie)@labo.example", "several_from"),
    (
        "a comment with another address",
        "From: chloe.petit@labo.example (amelie.roche@cabinet.example)",
        "several_from",
    ),
    ("a comment in front", "From: (amelie) chloe.petit@labo.example", "several_from"),
    (
        "an address as bare name",
        "From: amelie.roche@cabinet.example <chloe.petit@labo.example>",
        "several_from",
    ),
    (
        "two angle addresses",
        "From: <amelie.roche@cabinet.example> <chloe.petit@labo.example>",
        "several_from",
    ),
    ("nested angles", "From: <<chloe.petit@labo.example>>", "several_from"),
    ("a source route", "From: <@cabinet.example:chloe.petit@labo.example>", "several_from"),
    ("a null byte after the address", "From: chloe.petit@labo.example\0.cabinet.example", "several_from"),
    (
        "a null byte before the address",
        "From: amelie.roche@cabinet.example\0<chloe.petit@labo.example>",
        "several_from",
    ),
    ("a null byte in the name", "From: Amelie\0 <chloe.petit@labo.example>", "several_from"),
    ("an unclosed quote", "From: \"Amelie <chloe.petit@labo.example>", "from_missing"),
    ("a trailing dot", "From: chloe.petit@labo.example.", "several_from"),
    ("a quoted address as local part", "From: \"amelie.roche@cabinet.example\"@labo.example", "several_from"),
    (
        "her quoted address as local part",
        "From: \"chloe.petit@labo.example\"@cabinet.example",
        "several_from",
    ),
    ("white space in the address", "From: <chloe.petit @labo.example>", "several_from"),
];

pub(super) fn cases() -> Vec<Case> {
    let w = world();
    let mut cases = Vec::new();
    for (name, head) in BY_CHLOE_AS_ANOTHER {
        let letter = signed(&message(&format!("{head}\r\nTo: bruno.keller@cardio.example")), &w.chloe.sign);
        cases.push(Case::broken(name, letter, "signer_not_from"));
    }
    for (name, head, code) in AMBIGUOUS {
        cases.push(Case::unconfirmed(name, signed(&message(head), &w.chloe.sign), code));
    }
    assert!(CHLOE.starts_with("chloe") && AMELIE.starts_with("amelie"));
    cases
}
