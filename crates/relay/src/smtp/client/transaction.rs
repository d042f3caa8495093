//! One letter: MAIL, RCPT for each, DATA, and a verdict for each (RFC 5321 §3.3).

use std::io;

use super::{
    super::{
        text::{Shape, Stuffing},
        wire::Stream,
    },
    conversation::{Conversation, Hello, Reply, Trouble},
};
use crate::{
    limits,
    queue::{Attempt, Fate, Parcel, Verdict},
};

/// Looks at a letter before it is offered.
pub(super) async fn shape_of(parcel: &Parcel) -> io::Result<Shape> {
    let (mut shape, mut pieces) = (Shape::default(), parcel.content.pieces());
    while let Some(piece) = pieces.recv().await {
        shape.see(&piece?);
    }
    Ok(shape.end())
}

/// Offers a letter. `is_verified`: the other side showed a certificate for its name.
pub(super) async fn transact<S: Stream>(
    mut talk: Conversation<S>,
    parcel: &Parcel,
    shape: Shape,
    hello: Hello,
    is_verified: bool,
) -> Attempt {
    let mut verdicts: Vec<Option<Verdict>> = vec![None; parcel.recipients.len()];
    let outcome = offer(&mut talk, parcel, shape, hello, is_verified, &mut verdicts).await;
    let (rest, is_host_well) = match outcome {
        Ok(verdict) => (verdict, true),
        Err(trouble) => (Verdict { fate: Fate::Later, reply: trouble.reply() }, false),
    };
    talk.leave().await;
    let verdicts = verdicts.into_iter().map(|verdict| verdict.unwrap_or_else(|| rest.clone())).collect();
    Attempt { verdicts, is_host_well }
}

/// Fills in the verdicts of recipients who were refused by name, and gives the one of all others.
async fn offer<S: Stream>(
    talk: &mut Conversation<S>,
    parcel: &Parcel,
    shape: Shape,
    hello: Hello,
    is_verified: bool,
    verdicts: &mut [Option<Verdict>],
) -> Result<Verdict, Trouble> {
    let never = |reply: &str| Ok(Verdict { fate: Fate::Never, reply: reply.to_owned() });
    if hello.size != 0 && shape.octets > hello.size {
        return never("552 5.3.4 The host takes no letters of this size");
    }
    if shape.is_8bit && !hello.has_8bit {
        return never(
            "554 5.6.3 The letter has 8-bit octets, which the host does not take; seal it in base64",
        );
    }
    let reply = talk.ask(&mail(parcel, shape, hello), limits::SMTP_REPLY_WAIT).await?;
    if !reply.is_positive() {
        return refusal(reply);
    }
    let notify = if hello.has_dsn { " NOTIFY=SUCCESS,FAILURE,DELAY" } else { "" };
    for (address, verdict) in parcel.recipients.iter().zip(verdicts.iter_mut()) {
        let reply = talk.ask(&format!("RCPT TO:<{address}>{notify}"), limits::SMTP_REPLY_WAIT).await?;
        if !reply.is_positive() {
            *verdict = Some(refusal(reply)?);
        }
    }
    if verdicts.iter().all(Option::is_some) {
        return never("550 5.1.1 No recipient is left");
    }
    let reply = talk.ask("DATA", limits::SMTP_DATA_REPLY_WAIT).await?;
    if reply.code != 354 {
        return refusal(reply);
    }
    let reply = send_text(talk, parcel).await?;
    if !reply.is_positive() {
        return refusal(reply);
    }
    let is_delivered = hello.is_ours && is_verified;
    Ok(Verdict { fate: if is_delivered { Fate::Delivered } else { Fate::Taken }, reply: reply.text })
}

fn mail(parcel: &Parcel, shape: Shape, hello: Hello) -> String {
    let mut command = format!("MAIL FROM:<{}>", parcel.mail_from);
    if hello.has_size {
        command.push_str(&format!(" SIZE={}", shape.octets));
    }
    if shape.is_8bit {
        command.push_str(" BODY=8BITMIME");
    }
    if hello.has_dsn {
        command.push_str(" RET=HDRS");
    }
    if hello.has_dsn || hello.is_ours {
        command.push_str(&format!(" ENVID={}", parcel.envelope_id));
    }
    if hello.has_priority && parcel.urgent {
        command.push_str(&format!(" MT-PRIORITY={}", limits::URGENT_PRIORITY));
    }
    command
}

async fn send_text<S: Stream>(talk: &mut Conversation<S>, parcel: &Parcel) -> Result<Reply, Trouble> {
    let (mut stuffing, mut pieces) = (Stuffing::default(), parcel.content.pieces());
    while let Some(piece) = pieces.recv().await {
        // Broken off without the final dot, the letter is nothing to the other side.
        let piece = piece.map_err(|_| Trouble::Gone)?;
        talk.say(&stuffing.stuff(&piece)).await?;
    }
    talk.say(stuffing.end()).await?;
    talk.reply(limits::SMTP_LETTER_REPLY_WAIT).await
}

/// 421 ends the conversation (RFC 5321 §3.8); what else is no success is for the letter.
fn refusal(reply: Reply) -> Result<Verdict, Trouble> {
    if reply.code == 421 {
        return Err(Trouble::Refused(reply.text));
    }
    Ok(Verdict { fate: reply.fate(), reply: reply.text })
}
