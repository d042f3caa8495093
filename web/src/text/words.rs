//! What a language must be able to say. `{…}` in a sentence is filled in by [`fill`].

use super::Lang;

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($field:ident),* $(,)? })*) => {
        $(
            $(#[$doc])*
            pub struct $name { $(pub $field: &'static str),* }

            impl $name {
                #[cfg(test)]
                pub(super) fn all(&self) -> Vec<(&'static str, &'static str)> {
                    vec![$((stringify!($field), self.$field)),*]
                }
            }
        )*
    };
}

/// A language.
pub struct Words {
    /// Which one.
    pub lang: Lang,
    pub account: AccountWords,
    pub caution: CautionWords,
    pub charset: CharsetWords,
    pub compose: ComposeWords,
    pub delivery: DeliveryWords,
    pub elsewhere: ElsewhereWords,
    pub failure: FailureWords,
    pub first: FirstWords,
    pub folder: FolderWords,
    pub formatted: FormattedWords,
    pub key_file: KeyFileWords,
    pub keys: KeyWords,
    pub letter: LetterWords,
    pub list: ListWords,
    pub notice: NoticeWords,
    pub part: PartWords,
    pub preview: PreviewWords,
    pub reason: ReasonWords,
    pub report: ReportWords,
    pub seal: SealWords,
    pub settings: SettingsWords,
    pub sign_in: SignInWords,
    pub stage: StageWords,
    pub writing: WritingWords,
}

words! {
    /// The person at the desk and the line to the relay.
    AccountWords {
        lock, up_to_date, offline_since, connecting, last_sign_in, last_sign_in_when, no_sign_in_before, clock_wrong,
        certificate_ends, skip_to_list, skip_to_letter, menu, close, cancel, support_code, indexed, change_pass_phrase, change_text, forgotten_text, new_code_text, current_pass_phrase, new_pass_phrase,
    }
    /// Why a file's name should not be believed.
    CautionWords { hidden_marks, double_ending, other_content, runs }
    /// The charset a text is read in.
    CharsetWords { declared, guessed, chosen, label, automatic }
    /// The panel where a letter is written.
    ComposeWords {
        title, to, cc, bcc, add_copies, subject, text, send, sending, attach, drop_here, discard, saved_at, saving,
        not_saved, widen, narrow, remove, remove_file, class_default, class_compat, class_compat_hint, checking,
        bcc_hint, close_keep, suggestions, known, from_directory, files_leaving, several_classes, accept_changed, stop_file, waits, wait_no_longer,
    }
    /// What became of a letter.
    DeliveryWords { title, queued, delivered, failed, unknown }
    /// What a report says of a letter.
    ReportWords {
        title, title_of, unvouched, failed, delayed, delivered, relayed, expanded, displayed, deleted, other, no_such_address,
        mailbox_closed, mailbox_full, too_large, no_answer, refused, retried_until, said, more,
    }
    /// One tab per account.
    ElsewhereWords { title, text, take_over, leave, waiting, taken_over, drafts }
    /// One sentence per failure.
    FailureWords {
        wrong_pass_phrase, wrong_enrolment_code, weak_pass_phrase, too_many_attempts, session_ended, signed_out,
        relay_unreachable, relay_refused, relay_busy, relay_full, vault_conflict, vault_damaged, fingerprint_changed, not_ready,
        wrong_key_file_pass_phrase, key_file_damaged, key_file_incomplete, certificate_not_yours,
        certificate_untrusted, own_certificate_expired, no_recipient, bad_address, recipient_unknown,
        recipient_certificate_wrong, recipient_certificate_expired, recipient_untrusted, recipient_revoked,
        recipient_changed, revocation_stale, too_large, draft_conflict, cannot_unsend, gone, not_for_this_key,
        cannot_open, not_a_letter, cancelled, cannot_show, locked, worker_stopped, internal, send_failed, save_failed,
    }
    /// The first log-in.
    FirstWords {
        title, step, intro, code, code_hint, new_pass_phrase, pass_phrase_hint, again, differs, enrol, enrolling,
        code_title, code_text, print, kept, go_on, authority_title, authority_text, fingerprint, speaks_for, same,
        not_same, not_same_text, no_authority, keys_title, keys_text, import_title, import_text, import, make_title, make_text, your_name, make, making, requests_title, requests_text,
        download_signing, download_encryption, answer_title, choose_certificates, sign_out,
    }
    /// Folders.
    FolderWords { inbox, drafts, sent, archive, trash, title, unread_count }
    /// A letter as its author laid it out, and what can be done with it.
    FormattedWords {
        frame, waiting, silent, as_text, as_html, remote_one, remote, leads_to, doubt_title, doubt_text, mail_title, mail_text, stay, go,
        copy_address, previous, next, print, date, seal, source, copy_details, path, valid, signing_time, nested, back_to_outer,
    }
    /// A key file and its pass phrase.
    KeyFileWords { choose, phrase, phrase_hint }
    /// The help on keys.
    KeyWords {
        title, switch, intro, write, next, open, reply, reply_all, forward, archive, delete, unread, search, go_to, help,
        send, back, lock,
    }
    /// An opened letter.
    LetterWords {
        no_subject, from, to, cc, bcc, me, details, hide_details, reply, reply_all, forward, archive, delete,
        destroy, unread, back, attachments, save, opening, nothing_chosen, nothing_hint, reply_to,
        failed_title, close_file, file_letter, other_key_title, other_key_text, open_with,
        was_html, no_date, quote_head, quote_head_undated, forward_prefix, technical, no_layers, signer, judged_at,
        time_token, time_first_check, time_signing,
        time_given, sha256, actions, text_of, empty_text, retry,
    }
    /// The list.
    ListWords {
        search, search_hint, clear_search, write, empty_inbox, empty_folder, nothing_found, loading, count,
        count_one, pending, unreadable, unread, answered, draft, attachments, attachments_one, today, yesterday,
        open_file, drop_file, folders, no_subject,
    }
    /// Notices.
    NoticeWords {
        title, sent, unsent, moved_inbox, moved_archive, moved_trash, moved_other, destroyed, discarded, saved, copied, not_printed, draft_kept, pass_phrase_changed, undo,
        undo_seconds, dismiss, new_build, reload,
    }
    /// What a file is.
    PartWords {
        pdf, image, other_image, letter, archive, table, xml, hprim, calendar, text, html, office, media, program, other,
    }
    /// An attachment that is looked at.
    PreviewWords {
        look, open_letter, count, save_all, waiting, content, nothing, more, seen_of, table, empty_archive, more_entries, encrypted,
        unsupported, too_large, damaged, misleads, frame, page_of, zoom_in, zoom_out, zoom_width, image_of, link_within, locked_text,
        locked_again, password, open, undrawn_kind, undrawn_damaged, undrawn_locked, undrawn_large, undrawn_pixels, undrawn_engine, undrawn_silent,
        page_damaged, first_pages, link_title, link_text,
    }
    /// Why a verdict is what it is.
    ReasonWords {
        unsigned, partly_signed, content_modified, signature_invalid, signer_untrusted, domain_not_allowed,
        signer_expired, signer_usage, signer_revoked, signer_compromised, revocation_unknown, signer_is_not_sender,
        sender_ambiguous, legacy_algorithm, display_name_differs, looks_like, not_addressed_to_reader, outer_headers_differ,
        seal_without_integrity, readable_at_gateway, damaged, repaired_line_ends, other,
    }
    /// The seal line: state, sentence, explanation.
    SealWords {
        more, less, sealed_signed, sealed_signed_text, sealed_signed_more, signed, signed_text, signed_more, gateway,
        gateway_text, gateway_more, unverified, unverified_text, unverified_more, clear, clear_text, clear_more, broken,
        broken_text, broken_more, reasons, warnings, confirmed_address,
    }
    /// Preferences.
    SettingsWords {
        language, theme, theme_machine, theme_light, theme_dark, by_browser, by_browser_hint,
    }
    /// Signing in.
    SignInWords {
        title, address, pass_phrase, enter, entering, forgotten, recovery_code, with_pass_phrase, first_time,
        welcome, nothing_left, words_kept, tagline, have_account,
    }
    /// What a long job is doing.
    StageWords { unlocking, making_keys, sealing, uploading, downloading, opening, indexing, preparing }
    /// Formatting, signature, quote, and what is asked before a letter leaves.
    WritingWords {
        format, tools, bold, italic, underline, bullets, numbers, quote, link, plain_words, link_title, link_target,
        link_wrong, link_set, link_off, lose_title, lose_text, lose, keep_format, signature, sign, signature_add, signature_change,
        signature_text, signature_hint, signature_keep, quote_show, quote_whole, quote_short, quote_remove, quote_removed,
        quote_shown, weight, too_heavy, missing_title, missing_text, missing_attach, missing_send, reopen, capture, no_at,
        wrong_local, wrong_domain, unclosed, wrong_name, address_too_long,
    }
}

/// Puts values into the places of a sentence: `fill("{n} lettres", &[("n", "3")])`.
pub fn fill(sentence: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(sentence.len());
    let mut rest = sentence;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((name, tail)) = after.split_once('}') else {
            filled.push('{');
            rest = after;
            continue;
        };
        let value = values.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value);
        filled.push_str(value);
        rest = tail;
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    fn everything(words: &Words) -> Vec<(&'static str, &'static str)> {
        [
            words.account.all(),
            words.caution.all(),
            words.charset.all(),
            words.compose.all(),
            words.formatted.all(),
            words.part.all(),
            words.preview.all(),
            words.delivery.all(),
            words.report.all(),
            words.elsewhere.all(),
            words.failure.all(),
            words.first.all(),
            words.folder.all(),
            words.key_file.all(),
            words.keys.all(),
            words.letter.all(),
            words.list.all(),
            words.notice.all(),
            words.reason.all(),
            words.seal.all(),
            words.settings.all(),
            words.sign_in.all(),
            words.stage.all(),
            words.writing.all(),
        ]
        .concat()
    }

    fn places(sentence: &str) -> Vec<&str> {
        let mut places: Vec<_> =
            sentence.split('{').skip(1).filter_map(|piece| piece.split('}').next()).collect();
        places.sort_unstable();
        places
    }

    #[test]
    fn both_languages_fill_in_the_same_facts() {
        let (fr, en) = (everything(Lang::Fr.words()), everything(Lang::En.words()));
        assert!(fr.len() > 250, "{} words", fr.len());
        for ((name, french), (_, english)) in fr.iter().zip(&en) {
            assert_eq!(places(french), places(english), "{name}");
        }
    }

    #[test]
    fn every_word_is_said_calmly() {
        for lang in [Lang::Fr, Lang::En] {
            for (name, sentence) in everything(lang.words()) {
                assert!(!sentence.trim().is_empty(), "{name} is empty in {lang:?}");
                assert!(!sentence.contains('!'), "{name} shouts in {lang:?}");
            }
        }
    }

    #[test]
    fn jargon_stays_in_the_technical_panel() {
        for lang in [Lang::Fr, Lang::En] {
            for (name, sentence) in everything(lang.words()) {
                let lower = sentence.to_lowercase();
                for jargon in ["x.509", "cms", "clé publique", "public key", "pkcs", "s/mime"] {
                    assert!(!lower.contains(jargon), "{name} says {jargon} in {lang:?}");
                }
            }
        }
    }

    #[test]
    fn places_are_filled_and_unknown_braces_stay_harmless() {
        assert_eq!(
            fill("{n} lettres pour {who}", &[("n", "3"), ("who", "Anne {n}")]),
            "3 lettres pour Anne {n}"
        );
        assert_eq!(fill("a { b", &[]), "a { b");
    }
}
