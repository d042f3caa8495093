//! Random messages between us and another program, counted per cell of the table.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::chooser::Chooser;
use crate::exchange::exchange;
use crate::party::{Oracle, Ours};
use crate::probe::probe;
use crate::random::Seeded;
use crate::recipe::{Recipe, Writer};
use crate::rows::rows;
use crate::table::{Cell, Table, before};
use crate::trouble::Trouble;

/// One direction of one run.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    /// The other program's name.
    pub oracle: &'a str,
    /// Who writes.
    pub writer: Writer,
    /// What chance begins with.
    pub seed: u64,
    /// What counts.
    pub table: &'a Table,
    /// Most octets of content.
    pub most_bytes: usize,
    /// Only whole letters in a profile: all that a command can write.
    pub letters_only: bool,
}

/// A message on which the two sides disagree.
#[derive(Debug, Clone)]
pub struct Disagreement {
    /// Its number, for `--only`.
    pub index: usize,
    /// What it is made of.
    pub recipe: String,
    /// What came out.
    pub reason: String,
}

/// What a run found.
#[derive(Debug, Default)]
pub struct Tally {
    /// Messages that went through.
    pub messages: usize,
    /// How often each row of the table took part.
    pub rows: BTreeMap<String, usize>,
    /// How often each nesting.
    pub nestings: BTreeMap<String, usize>,
    /// What went wrong.
    pub disagreements: Vec<Disagreement>,
}

impl Tally {
    /// Adds what another thread found.
    pub fn add(&mut self, other: Self) {
        self.messages = self.messages.saturating_add(other.messages);
        for (row, count) in other.rows {
            let own = self.rows.entry(row).or_default();
            *own = own.saturating_add(count);
        }
        for (nesting, count) in other.nestings {
            let own = self.nestings.entry(nesting).or_default();
            *own = own.saturating_add(count);
        }
        self.disagreements.extend(other.disagreements);
    }

    fn count(&mut self, recipe: &Recipe) {
        self.messages = self.messages.saturating_add(1);
        for row in recipe.features() {
            let count = self.rows.entry(row.to_owned()).or_default();
            *count = count.saturating_add(1);
        }
        let count = self.nestings.entry(recipe.nesting()).or_default();
        *count = count.saturating_add(1);
    }
}

/// Asks one program for every row: which it can.
///
/// # Errors
/// When it does not run at all.
pub fn probed(
    ours: &dyn Ours,
    oracle: &mut dyn Oracle,
    name: &str,
    mut told: impl FnMut(&str),
) -> Result<Table, Trouble> {
    oracle.version()?;
    let mut table = Table::default();
    for writer in [Writer::Ours, Writer::Theirs] {
        for row in rows() {
            let mut cell = before(row, writer);
            if cell == Cell::No {
                match exchange(ours, oracle, &probe(row, writer), writer, &["probe", row]) {
                    Ok(()) => cell = Cell::Can,
                    Err(reason) => told(&format!("{name} {writer:?} {row}: {reason}")),
                }
            }
            table.set(name, writer, row, cell);
        }
    }
    Ok(table)
}

impl Run<'_> {
    /// The recipe of one message.
    #[must_use]
    pub fn recipe(&self, index: usize) -> Option<Recipe> {
        let words = self.words(index);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let can = |row: &str| self.table.can(self.oracle, self.writer, row);
        let chooser = Chooser { writer: self.writer, can: &can, most_bytes: self.most_bytes };
        let mut rng = Seeded::new(&words);
        if self.letters_only {
            return (0..100).find_map(|_| chooser.draw_profile(&mut rng));
        }
        chooser.draw(&mut rng)
    }

    /// Every so many-th message of a range, so that several threads share them.
    pub fn messages(
        &self,
        ours: &dyn Ours,
        oracle: &mut dyn Oracle,
        range: Range<usize>,
        step: usize,
    ) -> Tally {
        let mut tally = Tally::default();
        for index in range.step_by(step.max(1)) {
            let words = self.words(index);
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let Some(recipe) = self.recipe(index) else {
                let reason = "the table allows no message".to_owned();
                tally.disagreements.push(Disagreement { index, recipe: String::new(), reason });
                return tally;
            };
            match exchange(ours, oracle, &recipe, self.writer, &words) {
                Ok(()) => tally.count(&recipe),
                Err(reason) => {
                    let (recipe, reason) = (recipe.shown(), reason.to_string());
                    tally.disagreements.push(Disagreement { index, recipe, reason });
                }
            }
        }
        tally
    }

    /// What chance begins with for one message.
    #[must_use]
    pub fn words(&self, index: usize) -> [String; 4] {
        [self.oracle.to_owned(), format!("{:?}", self.writer), self.seed.to_string(), index.to_string()]
    }
}
