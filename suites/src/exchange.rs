//! One message from one side to the other, and what has to come out.

use sha2::{Digest, Sha256};

use crate::carry;
use crate::layer::Layer;
use crate::party::{Carriage, Oracle, Ours, Report, Seen, Written};
use crate::recipe::{Form, Recipe, Writer};
use crate::trouble::Trouble;

/// Sends one message; an error is a disagreement.
///
/// # Errors
/// What the one who could not said, or what differs.
pub fn exchange(
    ours: &dyn Ours,
    oracle: &mut dyn Oracle,
    recipe: &Recipe,
    writer: Writer,
    words: &[&str],
) -> Result<(), Trouble> {
    match writer {
        Writer::Ours => we_write(ours, oracle, recipe, words),
        Writer::Theirs => they_write(ours, oracle, recipe),
    }
}

fn we_write(
    ours: &dyn Ours,
    oracle: &mut dyn Oracle,
    recipe: &Recipe,
    words: &[&str],
) -> Result<(), Trouble> {
    let made = ours.write(recipe, words)?;
    let mut message = made.message;
    for layer in recipe.layers.iter().rev() {
        message = oracle.read(layer, &message)?;
    }
    if <[u8; 32]>::from(Sha256::digest(&message)) == made.content_sha256 {
        return Ok(());
    }
    Err(Trouble::new(format!("the other program read {} octets that are not the content", message.len())))
}

fn they_write(ours: &dyn Ours, oracle: &mut dyn Oracle, recipe: &Recipe) -> Result<(), Trouble> {
    let message = written(oracle, recipe)?;
    let report = ours.read(recipe, &message)?;
    judge(recipe, &report)
}

/// The message as the other program makes it, layer by layer.
fn written(oracle: &mut dyn Oracle, recipe: &Recipe) -> Result<Vec<u8>, Trouble> {
    let last = recipe.layers.len().saturating_sub(1);
    let mut content = recipe.content.clone();
    for (at, layer) in recipe.layers.iter().enumerate() {
        let around = recipe.layers.get(at.saturating_add(1)..).unwrap_or_default();
        let mail = if at == last { recipe.form == Form::Mail } else { recipe.inner_base64 };
        let canonical = around.iter().any(|layer| matches!(layer, Layer::Signed(it) if it.detached));
        let carriage = Carriage { mail, stream: recipe.stream, canonical };
        content = match oracle.write(layer, &content, carriage)? {
            Written::Entity(entity) => entity,
            Written::Object(cms) if at == last => carry::outermost(layer, &cms, &content, recipe.form)?,
            Written::Object(cms) => carry::inner(layer, &cms, &content, recipe.inner_base64)?,
        };
    }
    Ok(content)
}

fn judge(recipe: &Recipe, report: &Report) -> Result<(), Trouble> {
    if report.content != recipe.content {
        let (read, written) = (report.content.len(), recipe.content.len());
        return Err(Trouble::new(format!("we read {read} octets that are not the {written} written")));
    }
    let layers: Vec<&Layer> = recipe.layers.iter().rev().collect();
    let fits = layers.len() == report.layers.len()
        && layers.iter().zip(&report.layers).all(|(layer, seen)| fits(layer, seen));
    if !fits {
        return Err(Trouble::new(format!("we report {:?}", report.layers)));
    }
    if report.confirmed != recipe.is_confirmed() {
        let said = if report.confirmed { "is" } else { "is not" };
        return Err(Trouble::new(format!("we say that the sender {said} confirmed: {:?}", report.layers)));
    }
    Ok(())
}

fn fits(layer: &Layer, seen: &Seen) -> bool {
    let valid = seen.verdict.as_deref().is_none_or(|verdict| verdict == "valid");
    valid && seen.summary.starts_with(&layer.reported())
}
