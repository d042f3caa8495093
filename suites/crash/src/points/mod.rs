//! Fail points: a serving relay ends itself at a named place under load, is started again, and must hold what it told.

mod keeper;
mod load;
mod prepare;
mod run;
mod table;
mod tally;

pub use run::{Options, run};
pub use table::{POINTS, Point, When};
pub use tally::Tally;
