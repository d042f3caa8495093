//! A scripted worker with invented letters, to look at every screen without a relay. Built only with the feature
//! `fixtures`, never into the page that is served. It seals nothing and judges nothing: each answer is written down here.
//!
//! `premiere@…` signs in to an unfinished account; any pass phrase is right but `faux`.

use std::rc::Rc;

use js_sys::ArrayBuffer;
use sceau_protocol::*;

use super::clock;
use super::link::{Deliver, Incoming, Wire};

/// Rows of the invented archive: a long list.
const MANY: u32 = 50_000;
const HOUR: i64 = 3_600;

struct Scripted(Deliver);

/// Starts the script, and lets panics be read in the console: no invented letter is a secret.
#[expect(clippy::unnecessary_wraps, reason = "the signature of the real one")]
pub fn make(deliver: Deliver) -> Result<Box<dyn Wire>, FailureCode> {
    std::panic::set_hook(Box::new(|what| leptos::logging::error!("{what}")));
    Ok(Box::new(Scripted(deliver)))
}

impl Wire for Scripted {
    fn post(&self, message: &ToWorker, _buffers: &[ArrayBuffer]) -> Result<(), FailureCode> {
        let (deliver, job) = (Rc::clone(&self.0), message.job);
        let slow = match &message.ask {
            Ask::SignIn(_) | Ask::Enrol(_) | Ask::MakeKeys(_) => Some(Stage::Unlocking),
            Ask::AttachFile(_) => Some(Stage::Uploading),
            Ask::Send(_) => Some(Stage::Sealing),
            _ => None,
        };
        let answer = answer(&message.ask);
        // Writing to oneself about "arrêt" stops the worker.
        let stops = matches!(&message.ask, Ask::SaveDraft(call) if call.content.subject == "arrêt");
        leptos::task::spawn_local(async move {
            if let Some(stage) = slow {
                for done in 0..8 {
                    let progress = Progress { stage, done, total: 8 };
                    deliver(Incoming::Word(FromWorker::Progress(job, progress), Vec::new()));
                    clock::sleep(60).await;
                }
            } else {
                clock::sleep(20).await;
            }
            let word = match answer {
                Ok(answer) => FromWorker::Done(job, answer),
                Err(failure) => FromWorker::Failed(job, failure),
            };
            deliver(Incoming::Word(word, vec![ArrayBuffer::new(4)]));
            if stops {
                deliver(Incoming::Stopped);
            }
        });
        Ok(())
    }
}

fn answer(ask: &Ask) -> Result<Answer, Failure> {
    Ok(match ask {
        Ask::Start(_) => Ready { backend: "fixtures".into(), version: "0".into() }.into(),
        Ask::SignIn(call) if call.secret.expose() == "faux" => {
            return Err(FailureCode::WrongPassPhrase.into());
        }
        Ask::SignIn(call) => account(&call.address).into(),
        Ask::Describe(_) => account("paul.roux@cabinet.example").into(),
        Ask::Enrol(call) => Enrolment {
            address: call.address.clone(),
            recovery_code: "K7QF-2M9X-HT4B-WZ3P-8RVD-61NC".into(),
            stage: proposed(),
        }
        .into(),
        Ask::PinAuthority(_) => AccountStage::NeedsKeys.into(),
        Ask::ImportKeys(_) | Ask::InstallCertificates(_) => AccountStage::Ready.into(),
        Ask::MakeKeys(_) => CertificateRequests { signing: "…".into(), encryption: "…".into() }.into(),
        Ask::Mailboxes(_) => mailboxes().into(),
        Ask::List(call) => rows(call).into(),
        Ask::Open(call) => return open(&call.email),
        Ask::OpenFile(_) => return Err(FailureCode::NotForThisKey.into()),
        Ask::OpenFileWithKey(_) => letter(6, LetterSource::File(1)).into(),
        Ask::SavePart(_) => {
            PartFile { name: "ecg.pdf".into(), content_type: "application/pdf".into() }.into()
        }
        Ask::Complete(call) => completions(&call.text).into(),
        Ask::CheckRecipients(call) => {
            call.addresses.iter().map(|address| recipient(address)).collect::<Vec<_>>().into()
        }
        Ask::AcceptRecipient(call) => vec![Recipient {
            address: call.address.clone(),
            name: Some("Claire Nouvelle".into()),
            class: Some(RecipientClass::Default),
            obstacle: None,
        }]
        .into(),
        Ask::StartDraft(call) => Box::new(draft(&call.kind)).into(),
        Ask::ChangePassPhrase(_) => {
            NewRecoveryCode { recovery_code: "7D0MH-2M9XV-HT4BW-Z3P8R-VD61N-C".into() }.into()
        }
        Ask::UndoSend(_) => Box::new(draft(&DraftKind::New)).into(),
        Ask::AttachFile(call) => Attached {
            attachment: AttachmentId(1),
            name: call.name.clone(),
            content_type: call.content_type.clone(),
            size: 2_400_000,
            inline: call.inline,
        }
        .into(),
        Ask::ReadRecipients(call) => read_recipients(&call.typed).into(),
        Ask::ReadAttachment(_) => {
            PartFile { name: "ecg.png".into(), content_type: "image/png".into() }.into()
        }
        Ask::Signature(_) => "Dr Paul Roux\nCabinet du Val d’Oisans".to_owned().into(),
        Ask::SaveDraft(_) => SavedDraft { email: EmailId("d1".into()), at: now() }.into(),
        Ask::Send(call) if call.content.subject == "panne" => {
            return Err(FailureCode::RelayUnreachable.into());
        }
        Ask::Send(_) => {
            SentLetter { letter: LetterId("l1".into()), email: EmailId("s1".into()), send_at: now() + 10 }
                .into()
        }
        Ask::Cancel(_)
        | Ask::SignOut(_)
        | Ask::ReadNew(_)
        | Ask::MarkSeen(_)
        | Ask::Move(_)
        | Ask::Destroy(_)
        | Ask::RemoveAttachment(_)
        | Ask::DiscardDraft(_) => Answer::Nothing(()),
    })
}

fn now() -> UnixSeconds {
    (clock::CALENDAR.now)()
}

fn account(address: &str) -> Account {
    Account {
        address: address.to_owned(),
        name: Some("Dr Paul Roux".into()),
        stage: if address.starts_with("premiere") { proposed() } else { AccountStage::Ready },
        last_sign_in: Some(LastSignIn { at: now() - 26 * HOUR, from: "192.0.2.17".into() }),
        clock_offset_seconds: 0,
        clock_is_wrong: false,
        way: WayIn::PassPhrase,
        certificate_ends: Some(now() + 300 * 24 * HOUR),
    }
}

fn proposed() -> AccountStage {
    AccountStage::NeedsAuthority(vec![ProposedAuthority {
        id: "a1".into(),
        name: "Autorité de démonstration du Val d’Oisans".into(),
        fingerprint: "3F0A 91C2 77BE 04D1 A6F3 5520 9E1C 48AB D7E4 0B63 F1A8 2C95 6E70 DD18 B94F 5A3E".into(),
        domains: vec!["cabinet.example".into(), "cardio.example".into()],
    }])
}

fn mailboxes() -> Vec<Mailbox> {
    let mailbox = |id: &str, role, name: &str, total, unread| Mailbox {
        id: MailboxId(id.into()),
        role,
        name: name.into(),
        total,
        unread,
    };
    vec![
        mailbox("in", Some(MailboxRole::Inbox), "", 12, 4),
        mailbox("dr", Some(MailboxRole::Drafts), "", 2, 0),
        mailbox("se", Some(MailboxRole::Sent), "", 3, 0),
        mailbox("ar", Some(MailboxRole::Archive), "", MANY, 0),
        mailbox("tr", Some(MailboxRole::Trash), "", 0, 0),
        mailbox("own", None, "Réseau cardio", 1, 1),
    ]
}

type Line = (&'static str, &'static str, &'static str, u32, Option<Trust>, i64);

const LINES: &[Line] = &[
    (
        "Martine Durand",
        "Compte rendu d’échocardiographie — Éloïse Nœuvéglise",
        "Cher confrère, je vous remercie de m’avoir adressé Madame Nœuvéglise, 67 ans, pour une dyspnée d’effort.",
        3,
        Some(Trust::SealedSigned),
        0,
    ),
    (
        "Laboratoire des Alpes",
        "Résultats : NFS, CRP, BNP",
        "Veuillez trouver les résultats du prélèvement du 20 novembre au format HPRIM.",
        1,
        Some(Trust::SealedSigned),
        1,
    ),
    (
        "Aline Ferrand, infirmière",
        "Pansement de M. Berthier",
        "Plaie propre, bourgeonnement satisfaisant. Je repasse jeudi.",
        0,
        Some(Trust::SealedSigned),
        3,
    ),
    (
        "secretariat@chu-nord.example",
        "Convocation du 3 décembre",
        "Le service d’orthopédie vous informe de la date retenue.",
        2,
        Some(Trust::Gateway),
        20,
    ),
    (
        "Hôpital de Bourg",
        "Lettre de sortie — M. Achard",
        "Hospitalisé du 12 au 19 novembre pour décompensation cardiaque.",
        1,
        Some(Trust::Signed),
        27,
    ),
    (
        "Jean-Marc Colin",
        "Avis sur ECG",
        "Pouvez-vous jeter un œil au tracé joint ? Le patient est asymptomatique.",
        1,
        Some(Trust::SealedUnverified),
        31,
    ),
    (
        "Direction générale",
        "Mise à jour urgente de votre compte",
        "Merci de confirmer vos identifiants sous 24 heures.",
        0,
        Some(Trust::Broken),
        52,
    ),
    (
        "Martine Durand",
        "Re: Mme Lhermitte, suite de prise en charge",
        "D’accord pour l’anticoagulation ; je la revois dans trois mois.",
        0,
        Some(Trust::SealedSigned),
        55,
    ),
    (
        "Cabinet Sainte-Anne",
        "Réunion du réseau, 8 décembre",
        "L’ordre du jour est joint. Salle habituelle, 19 h 30.",
        1,
        Some(Trust::SealedSigned),
        130,
    ),
    (
        "Pharmacie du Pont",
        "Rupture de stock",
        "Le dosage 5 mg manque jusqu’à mi-décembre ; puis-je substituer ?",
        0,
        Some(Trust::SealedSigned),
        300,
    ),
    ("Laboratoire des Alpes", "Résultats : INR", "INR à 2,6.", 1, Some(Trust::SealedSigned), 2_000),
    ("Martine Durand", "Vœux", "Une très bonne année à toute l’équipe.", 0, Some(Trust::SealedSigned), 9_000),
];

fn rows(call: &List) -> RowPage {
    let total = match (call.mailbox.0.as_str(), &call.search) {
        (_, Some(_)) => 2,
        ("in", None) => 12,
        ("dr", None) => 2,
        ("se", None) => 3,
        ("ar", None) => MANY,
        ("own", None) => 1,
        _ => 0,
    };
    let end = total.min(call.offset.saturating_add(call.limit));
    let rows = (call.offset..end).map(|index| row(&call.mailbox.0, index)).collect();
    RowPage { total, offset: call.offset, rows }
}

fn row(mailbox: &str, index: u32) -> Row {
    let at = usize::try_from(index).unwrap_or(0);
    let (who, subject, first_words, attachments, trust, age) =
        LINES.get(at % LINES.len()).copied().unwrap_or(("", "", "", 0, None, 0));
    let many = mailbox == "ar";
    let draft = mailbox == "dr";
    let age = if many { i64::from(index) * 5 } else { age };
    let content = match index {
        9 => RowContent::Pending,
        10 => RowContent::Unreadable,
        _ => RowContent::Known(RowSummary {
            who: who.into(),
            subject: subject.into(),
            first_words: first_words.into(),
            attachments,
            trust: if draft { None } else { trust },
        }),
    };
    Row {
        email: EmailId(format!("{mailbox}{index}")),
        unread: mailbox == "in" && matches!(index, 0 | 1 | 4 | 5),
        answered: index == 7,
        draft,
        date: now() - 600 - age * HOUR,
        size: 20_000,
        content,
    }
}

fn open(email: &EmailId) -> Result<Answer, Failure> {
    let digits: String = email.0.chars().filter(char::is_ascii_digit).collect();
    let index: usize = digits.parse().unwrap_or(0);
    if index == 10 {
        return Err(FailureCode::NotForThisKey.into());
    }
    Ok(letter(index, LetterSource::Email(email.clone())).into())
}

const TEXT: &str = "Cher confrère,\n\nJe vous remercie de m’avoir adressé Madame Éloïse Nœuvéglise, 67 ans, pour une dyspnée d’effort de stade II apparue depuis trois mois.\n\nL’échocardiographie montre un ventricule gauche non dilaté, une fraction d’éjection à 58 % et une oreillette gauche modérément dilatée (38 mL/m²). Pas de valvulopathie significative. Les pressions de remplissage sont à la limite supérieure.\n\nJe propose d’introduire un inhibiteur de SGLT2 et de contrôler la fonction rénale dans un mois (protocole : https://cardio.example/protocoles/icfep). Je la reverrai au printemps.\n\nBien confraternellement,\nDr Martine Durand\n\n> Merci de voir cette patiente pour une dyspnée d’effort.\n> Bien cordialement, P. Roux";

fn letter(index: usize, source: LetterSource) -> Box<LetterView> {
    let (who, subject, _, count, trust, age) =
        LINES.get(index % LINES.len()).copied().unwrap_or(("", "", "", 0, None, 0));
    let trust = if matches!(source, LetterSource::File(_)) {
        Trust::Clear
    } else {
        trust.unwrap_or(Trust::SealedSigned)
    };
    let confirmed = matches!(trust, Trust::SealedSigned | Trust::Signed | Trust::Gateway);
    let person = |name: &str, address: &str| Person { name: name.into(), address: address.into() };
    let (reasons, warnings) = match trust {
        Trust::SealedUnverified => (vec![Reason::SignerUntrusted], vec![Reason::NotAddressedToReader]),
        Trust::Broken => (vec![Reason::SignerIsNotSender, Reason::DisplayNameDiffers], vec![]),
        Trust::Gateway => (vec![Reason::ReadableAtGateway], vec![]),
        Trust::Clear => (vec![Reason::Unsigned], vec![]),
        Trust::SealedSigned | Trust::Signed => (vec![], vec![]),
    };
    let names = ["compte-rendu.pdf", "résultats.hpr", "irm-thoracique-séquence-complète-2026-11-20.zip"];
    let parts = names.iter().take(usize::try_from(count).unwrap_or(0)).map(|name| PartInfo {
        name: (*name).into(),
        content_type: "application/octet-stream".into(),
        size: 187_400 * u64::try_from(name.len()).unwrap_or(1),
        sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into(),
    });
    let sent = matches!(&source, LetterSource::Email(email) if email.0.starts_with("se"));
    let deliveries = if sent {
        vec![
            Delivery { address: "martine.durand@cardio.example".into(), state: DeliveryState::Delivered },
            Delivery { address: "labo@alpes.example".into(), state: DeliveryState::Queued },
        ]
    } else {
        Vec::new()
    };
    Box::new(LetterView {
        source,
        trust,
        reasons,
        warnings,
        confirmed_name: confirmed.then(|| who.to_owned()),
        confirmed_address: confirmed.then(|| "martine.durand@cardio.example".to_owned()),
        judged_at: now(),
        time_source: TimeSource::SigningTime,
        from: vec![person(who, "martine.durand@cardio.example")],
        to: vec![person("Paul Roux", "paul.roux@cabinet.example")],
        cc: vec![person("Laboratoire des Alpes", "labo@alpes.example")],
        bcc: Vec::new(),
        date: Some(now() - 600 - age * HOUR),
        subject: subject.into(),
        text: TEXT.into(),
        was_html: index == 4,
        may_quote: confirmed,
        parts: parts.collect(),
        layers: vec![
            LayerInfo { summary: "AuthEnvelopedData aes-256-gcm, rsa-oaep-sha256".into(), signer: None },
            LayerInfo {
                summary: "SignedData rsa-pss-sha256".into(),
                signer: Some("CN=Martine Durand".into()),
            },
        ],
        deliveries,
        report: None,
    })
}

const PEOPLE: &[(&str, &str, bool)] = &[
    ("Martine Durand", "martine.durand@cardio.example", true),
    ("Laboratoire des Alpes", "labo@alpes.example", true),
    ("Aline Ferrand", "aline.ferrand@soins.example", false),
    ("Jean-Marc Colin", "jm.colin@ancien.example", false),
];

fn completions(text: &str) -> Vec<Completion> {
    let text = text.to_lowercase();
    PEOPLE
        .iter()
        .filter(|(name, address, _)| name.to_lowercase().contains(&text) || address.contains(&text))
        .map(|(name, address, known)| Completion {
            person: Person { name: (*name).into(), address: (*address).into() },
            known: *known,
        })
        .collect()
}

fn recipient(address: &str) -> Recipient {
    let found = PEOPLE.iter().find(|(_, known, _)| *known == address);
    let class = if address.contains("ancien") { RecipientClass::Compat } else { RecipientClass::Default };
    let obstacle = match found {
        Some(_) => None,
        None if address.contains("change") => Some(FailureCode::RecipientChanged),
        None if address.contains('@') => Some(FailureCode::RecipientUnknown),
        None => Some(FailureCode::BadAddress),
    };
    Recipient {
        address: address.into(),
        name: found.map(|(name, _, _)| (*name).into()),
        class: obstacle.is_none().then_some(class),
        obstacle,
    }
}

fn draft(kind: &DraftKind) -> OpenDraft {
    let content = match kind {
        DraftKind::New | DraftKind::Continue(_) => DraftContent::default(),
        DraftKind::Reply(_) | DraftKind::ReplyAll(_) | DraftKind::Forward(_) => DraftContent {
            to: vec![Person {
                name: "Martine Durand".into(),
                address: "martine.durand@cardio.example".into(),
            }],
            subject: "Re: Compte rendu d’échocardiographie".into(),
            quote: Quote {
                text: format!("Le 20 novembre, Martine Durand a écrit :\n> {}", TEXT.replace('\n', "\n> ")),
                whole: None,
            },
            ..DraftContent::default()
        },
    };
    OpenDraft {
        draft: DraftId(1),
        content,
        attachments: Vec::new(),
        saved_at: None,
        most_octets: Some(50_000_000),
    }
}

fn read_recipients(typed: &str) -> Vec<TypedRecipient> {
    let read = |piece: &str| TypedRecipient {
        person: Person { name: String::new(), address: piece.to_owned() },
        wrong: (!piece.contains('@')).then_some(WrongAddress::NoAt),
    };
    typed.split([',', ';']).map(str::trim).filter(|piece| !piece.is_empty()).map(read).collect()
}
